// Files of cases (table `files`): pictures of officers and residents. Sent first, named by a step afterwards; what nobody names
// goes. Bytes stand in blobs/ (store/blobs.h). Functions run inside a transaction; scope is asked of the case.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cases/case.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct FileTag {
  static constexpr std::string_view prefix = "file";
};
using FileId = Id<FileTag>;

struct CaseFile {
  FileId id;
  std::string blob;  // what the store of blobs gave
  std::string name, media_type;
  std::int64_t size = 0;
  int width = 0, height = 0;  // 0: not a picture
  std::string taken;          // JSON {at, lat, lon}; empty: not kept
  Instant at{};
  UserId by;       // 0: a resident
  CaseId case_id;  // 0: not named yet
  int seq = 0;     // of the case's timeline
  bool shown = false;
};

namespace case_files {

inline constexpr std::size_t kMost = 6;             // of one step, note or report
inline constexpr std::size_t kMostBytes = 8 << 20;  // of one
inline constexpr std::chrono::hours kWaits{24}, kWaitsPublic{1}, kUrlHolds{1};

// `key`: what a resident names it by; stored as a keyed hash.
Result<void> add(Tx& tx, const Sealer& sealer, const CaseFile& file, std::optional<std::string_view> key = {});
Result<std::optional<CaseFile>> find(Tx& tx, const Sealer& sealer, FileId id);
// By the timeline's order.
Result<std::vector<CaseFile>> of_case(Tx& tx, const Sealer& sealer, CaseId id);
// Those with these keys, still waiting. Error: bad_value (`files`), when one is not there (any more).
Result<std::vector<CaseFile>> by_keys(Tx& tx, const Sealer& sealer, std::span<const std::string> keys, Instant now);

// To a step of a case. Each must wait and be `by` theirs (0: a resident's). Error: bad_value (`files`).
Result<void> bind(Tx& tx, std::span<const FileId> files, UserId by, CaseId id, int seq, bool shown);
// A waiting one that became part of a message.
Result<void> drop(Tx& tx, FileId id);
// What nobody named in its time. How many.
Result<std::int64_t> forget(Tx& tx, Instant now);

// An address for who has no session: "file_….1764370000000.mac", good until then, for this file only.
std::string signed_name(const Sealer& sealer, FileId id, Instant until);
std::optional<FileId> signed_file(const Sealer& sealer, std::string_view name, Instant now);

}  // namespace case_files
}  // namespace linli
