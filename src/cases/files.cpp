#include "cases/files.h"

#include "cases/signed_until.h"
#include "store/blobs.h"

namespace linli::case_files {
namespace {

constexpr std::string_view kName = "files.name", kTaken = "files.taken", kKey = "files.key_hash", kUrl = "files.url";
#define LINLI_FILE_COLUMNS "id, blob, name, media_type, size, width, height, taken, at, user_id, case_id, seq, shown"
constexpr std::string_view kById = "SELECT " LINLI_FILE_COLUMNS " FROM files WHERE id = $1";
constexpr std::string_view kOfCase = "SELECT " LINLI_FILE_COLUMNS " FROM files WHERE case_id = $1 ORDER BY seq, id";
constexpr std::string_view kByKey =
    "SELECT " LINLI_FILE_COLUMNS " FROM files WHERE key_hash = $1 AND case_id IS NULL AND at > $2";

Result<CaseFile> file_of(const Row& row, const Sealer& sealer) {
  CaseFile out;
  out.id = row.get<FileId>(0);
  out.blob = row.get<std::string>(1);
  auto name = sealer.open(kName, row.bytes(2));
  if (!name) return tl::unexpected(std::move(name).error());
  out.name = *std::move(name);
  out.media_type = row.get<std::string>(3);
  out.size = row.integer(4);
  out.width = row.get<int>(5);
  out.height = row.get<int>(6);
  if (!row.is_null(7)) {
    auto taken = sealer.open(kTaken, row.bytes(7));
    if (!taken) return tl::unexpected(std::move(taken).error());
    out.taken = *std::move(taken);
  }
  out.at = row.get<Instant>(8);
  out.by = row.get<UserId>(9);
  out.case_id = row.get<CaseId>(10);
  out.seq = row.get<int>(11);
  out.shown = row.get<bool>(12);
  return out;
}

Result<std::vector<CaseFile>> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<CaseFile> out;
  std::optional<Error> wrong;
  LINLI_TRY(tx.each(sql, params, [&](const Row& row) {
    auto file = file_of(row, sealer);
    if (file) out.push_back(*std::move(file));
    else wrong = std::move(file).error();
  }));
  if (wrong) return tl::unexpected(*std::move(wrong));
  return out;
}

tl::unexpected<Error> not_there() { return fail(Errc::bad_value, Where::at_field("files")); }

}  // namespace

Result<void> add(Tx& tx, const Sealer& sealer, const CaseFile& f, std::optional<std::string_view> key) {
  const std::string name = sealer.seal(kName, f.name), taken = sealer.seal(kTaken, f.taken);
  const Digest hash = sealer.digest(kKey, key.value_or(""));
  LINLI_TRY(
      tx.run("INSERT INTO files (id, blob, name, media_type, size, width, height, taken, at, user_id, key_hash, shown) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)",
             {f.id, Blob{f.blob}, Blob{name}, f.media_type, f.size, f.width, f.height,
              f.taken.empty() ? Param(nullptr) : Param(Blob{taken}), f.at, f.by ? std::optional(f.by) : std::nullopt,
              key ? Param(blob(hash)) : Param(nullptr)}));
  return {};
}

Result<std::optional<CaseFile>> find(Tx& tx, const Sealer& sealer, FileId id) {
  auto found = read(tx, sealer, kById, {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<CaseFile>{};
  return std::optional(std::move(found->front()));
}

Result<std::vector<CaseFile>> of_case(Tx& tx, const Sealer& sealer, CaseId id) {
  return read(tx, sealer, kOfCase, {id});
}

Result<std::vector<CaseFile>> by_keys(Tx& tx, const Sealer& sealer, std::span<const std::string> keys, Instant now) {
  std::vector<CaseFile> out;
  for (const std::string& key : keys) {
    const Digest hash = sealer.digest(kKey, key);
    auto found = read(tx, sealer, kByKey, {blob(hash), now - kWaitsPublic});
    if (!found) return found;
    if (found->empty()) return not_there();
    out.push_back(std::move(found->front()));
  }
  return out;
}

Result<void> bind(Tx& tx, std::span<const FileId> files, UserId by, CaseId id, int seq, bool shown) {
  if (files.size() > kMost) return not_there();
  for (const FileId file : files) {
    auto bound = tx.run(
        "UPDATE files SET case_id = $2, seq = $3, shown = $4, key_hash = NULL WHERE id = $1 AND case_id IS NULL AND "
        "COALESCE(user_id, 0) = $5",
        {file, id, seq, shown, by.value});
    if (!bound) return tl::unexpected(std::move(bound).error());
    if (*bound == 0) return not_there();
  }
  return {};
}

Result<void> drop(Tx& tx, FileId id) {
  LINLI_TRY(tx.run("DELETE FROM files WHERE id = $1 AND case_id IS NULL", {id}));
  return {};
}

Result<std::int64_t> forget(Tx& tx, Instant now) {
  return tx.run(
      "DELETE FROM files WHERE case_id IS NULL AND at < CASE WHEN user_id IS NULL THEN CAST($1 AS BIGINT) ELSE CAST($2 "
      "AS BIGINT) END",
      {now - kWaitsPublic, now - kWaits});
}

std::string signed_name(const Sealer& sealer, FileId id, Instant until) {
  return sign_until(sealer, kUrl, to_text(id), until);
}

std::optional<FileId> signed_file(const Sealer& sealer, std::string_view name, Instant now) {
  const auto id = signed_until(sealer, kUrl, name, now);
  return id ? parse_id<FileTag>(*id) : std::nullopt;
}

}  // namespace linli::case_files
