// Distinct id types. Inside: 63 bits, ordered by time (41 bits of milliseconds since 2020-01-01 UTC, 10 bits of node,
// 12 bits of sequence), BIGINT in both databases. Outside: prefix + Crockford base32, "lead_0f3k…", never numbers.
#pragma once
#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace linli {

template <class Tag>
struct Id {
  std::int64_t value = 0;  // 0: none
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const Id&) const = default;
};

struct MessageTag {
  static constexpr std::string_view prefix = "msg";
};
struct LeadTag {
  static constexpr std::string_view prefix = "lead";
};
struct GroupTag {
  static constexpr std::string_view prefix = "grp";
};
struct ChannelTag {
  static constexpr std::string_view prefix = "chn";
};
struct UserTag {
  static constexpr std::string_view prefix = "usr";
};
struct AttachmentTag {
  static constexpr std::string_view prefix = "att";
};

struct SessionTag {
  static constexpr std::string_view prefix = "ses";
};
struct ApiKeyTag {
  static constexpr std::string_view prefix = "key";
};

using MessageId = Id<MessageTag>;
using LeadId = Id<LeadTag>;
using GroupId = Id<GroupTag>;
using ChannelId = Id<ChannelTag>;
using UserId = Id<UserTag>;
using AttachmentId = Id<AttachmentTag>;
using SessionId = Id<SessionTag>;
using ApiKeyId = Id<ApiKeyTag>;

// "0f3k…", 13 lower-case characters of Crockford's alphabet (no i, l, o, u).
std::string crockford(std::int64_t value);
// Reads both cases; nullopt for anything that crockford() does not write.
std::optional<std::int64_t> from_crockford(std::string_view text);

template <class Tag>
std::string to_text(Id<Tag> id) {
  return std::string(Tag::prefix) + "_" + crockford(id.value);
}

template <class Tag>
std::optional<Id<Tag>> parse_id(std::string_view text) {
  if (!text.starts_with(Tag::prefix) || text.size() <= Tag::prefix.size() || text[Tag::prefix.size()] != '_') return {};
  const auto value = from_crockford(text.substr(Tag::prefix.size() + 1));
  if (!value || *value == 0) return {};
  return Id<Tag>{*value};
}

// Draws ids that rise strictly within one node, also when the clock steps back. Any thread.
class IdSource {
 public:
  explicit IdSource(const Clock& clock, int node = 0);  // node 0..1023
  std::int64_t next();
  template <class IdType>
  IdType draw() {
    return IdType{next()};
  }
  // Ids drawn from now on are greater than this one (called at start with the greatest stored id).
  void stay_above(std::int64_t id);
  // The least id that can have been drawn at this instant: for queries by time over ids.
  static std::int64_t floor(Instant at);

 private:
  const Clock& clock_;
  const std::int64_t node_;
  std::atomic<std::int64_t> last_{0};  // (milliseconds << 12) | sequence
};

}  // namespace linli

template <class Tag>
struct std::hash<linli::Id<Tag>> {
  std::size_t operator()(linli::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
