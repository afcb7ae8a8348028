#include "people/audit.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "store/blobs.h"

namespace linli::audit {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeadPlace = "audit_head.sealed", kKeyPlace = "person_keys.key",
                           kAnchorPlace = "audit.anchor";
constexpr std::array<std::string_view, 5> kBy{"anyone", "user", "api_key", "command", "machine"};
constexpr std::array<std::string_view, 6> kFlaws{"changed", "missing", "cut_off", "head", "anchor", "anchor_false"};
constexpr std::size_t kMostFlaws = 100;
constexpr int kPage = 500;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::string_view view(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

void put(std::string& out, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
}
void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

// An entry as its row holds it.
struct Stored {
  std::int64_t sequence, at;
  std::string_view by_kind;
  std::int64_t by_id;
  std::string_view what, object_kind, object_id, address, detail;
  std::int64_t key_id;
  std::string_view before, after;
};

Digest hash_of(const Digest& previous, const Stored& e) {
  std::string form(view(previous));
  put(form, e.sequence);
  put(form, e.at);
  put(form, e.by_kind);
  put(form, e.by_id);
  for (std::string_view text : {e.what, e.object_kind, e.object_id, e.address, e.detail}) put(form, text);
  put(form, e.key_id);
  put(form, e.before);
  put(form, e.after);
  Digest out;
  crypto_hash_sha256(out.data(), bytes_of(form), form.size());
  return out;
}

std::string head_form(const Head& head) {
  std::string out;
  put(out, head.sequence);
  return out += view(head.hash);
}

// ---- values of persons ----

using Key = std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                      kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

// The place is "before" or "after": neither opens as the other.
std::string seal(const Key& key, std::string_view place, std::string_view plain) {
  if (plain.empty()) return {};
  std::string out(kNonce + plain.size() + kTag, '\0');
  auto* const at = reinterpret_cast<unsigned char*>(out.data());
  randombytes_buf(at, kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(at + kNonce, nullptr, bytes_of(plain), plain.size(), bytes_of(place),
                                             place.size(), nullptr, at, key.data());
  return out;
}

std::string open(const Key& key, std::string_view place, std::string_view sealed) {
  if (sealed.size() < kNonce + kTag) return {};
  std::string out(sealed.size() - kNonce - kTag, '\0');
  const auto* at = bytes_of(sealed);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(out.data()), nullptr, nullptr,
                                                 at + kNonce, sealed.size() - kNonce, bytes_of(place), place.size(), at,
                                                 key.data()) != 0)
    return {};
  return out;
}

Result<Key> unsealed(const Sealer& sealer, std::string_view stored) {
  auto plain = sealer.open(kKeyPlace, stored);
  if (!plain) return tl::unexpected(std::move(plain).error());
  Key key{};
  if (plain->size() != key.size()) return fail(Errc::sealed_broken, Where::at(std::string(kKeyPlace)));
  std::memcpy(key.data(), plain->data(), key.size());
  return key;
}

struct PersonKey {
  std::int64_t id;
  Key key;
};

Result<PersonKey> key_of(Tx& tx, const Sealer& sealer, const Person& person) {
  PersonKey fresh;
  randombytes_buf(&fresh.id, sizeof fresh.id);
  fresh.id = (fresh.id & 0x7fff'ffff'ffff'ffff) | 1;
  randombytes_buf(fresh.key.data(), fresh.key.size());
  const std::string sealed =
      sealer.seal(kKeyPlace, {reinterpret_cast<const char*>(fresh.key.data()), fresh.key.size()});
  auto added = tx.run(
      "INSERT INTO person_keys (id, person_kind, person_id, key) VALUES ($1, $2, $3, $4) ON CONFLICT (person_kind, "
      "person_id) DO NOTHING",
      {fresh.id, person.kind, person.id, Blob{sealed}});
  if (!added) return tl::unexpected(std::move(added).error());
  if (*added == 1) return fresh;
  std::string stored;
  LINLI_TRY(tx.first("SELECT id, key FROM person_keys WHERE person_kind = $1 AND person_id = $2",
                     {person.kind, person.id}, [&](const Row& r) {
                       fresh.id = r.get<std::int64_t>(0);
                       stored = r.get<std::string>(1);
                     }));
  auto key = unsealed(sealer, stored);
  if (!key) return tl::unexpected(std::move(key).error());
  fresh.key = *key;
  return fresh;
}

// ---- rows ----

#define LINLI_AUDIT_COLUMNS                                                                                   \
  "a.sequence, a.at, a.by_kind, a.by_id, a.what, a.object_kind, a.object_id, a.address, a.detail, a.key_id, " \
  "a.before, a.after, a.hash"

// Views into the row.
Stored stored_of(const Row& r) {
  return {r.integer(0), r.integer(1), r.bytes(2), r.integer(3), r.bytes(4),  r.bytes(5),
          r.bytes(6),   r.bytes(7),   r.bytes(8), r.integer(9), r.bytes(10), r.bytes(11)};
}

By::Kind kind_of(std::string_view text) {
  const auto at = std::ranges::find(kBy, text);
  return at == kBy.end() ? By::Kind::anyone : static_cast<By::Kind>(at - kBy.begin());
}

Result<Recorded> recorded_of(const Row& r, const Sealer& sealer) {
  const Stored s = stored_of(r);
  Recorded out;
  out.sequence = s.sequence;
  out.entry = {from_millis(s.at),
               {kind_of(s.by_kind), s.by_id},
               std::string(s.what),
               std::string(s.object_kind),
               std::string(s.object_id),
               std::string(s.address),
               std::string(s.detail),
               {},
               {},
               {}};
  out.hash = r.get<std::string>(12);
  out.by_name = r.get<std::string>(13);
  if (s.key_id == 0) {
    out.entry.before = s.before;
    out.entry.after = s.after;
    return out;
  }
  out.sealed_before = s.before;
  out.sealed_after = s.after;
  out.erased = r.is_null(14);
  if (out.erased) return out;
  auto key = unsealed(sealer, r.bytes(14));
  if (!key) return tl::unexpected(std::move(key).error());
  out.entry.before = open(*key, "before", s.before);
  out.entry.after = open(*key, "after", s.after);
  out.entry.person = Person{r.get<std::string>(15), r.get<std::string>(16)};
  return out;
}

//   $1 by kind  $2 by id  $3 what  $4 object kind  $5 object id  $6 from  $7 to
// Only what is asked for is a condition, so that the indexes of the table serve it.
std::string conditions(const Filter& filter) {
  const auto one = [](bool asked, const char* condition, const char* none) {
    return std::string(" AND ") + (asked ? condition : none);
  };
  return one(filter.by.has_value(), "a.by_kind = CAST($1 AS TEXT) AND a.by_id = CAST($2 AS BIGINT)",
             "CAST($1 AS TEXT) IS NULL AND CAST($2 AS BIGINT) IS NULL") +
         one(!filter.what.empty(),
             filter.what.find('.') == filter.what.npos ? "a.family = CAST($3 AS TEXT)" : "a.what = CAST($3 AS TEXT)",
             "CAST($3 AS TEXT) IS NULL") +
         one(!filter.object_kind.empty(), "a.object_kind = CAST($4 AS TEXT)", "CAST($4 AS TEXT) IS NULL") +
         one(!filter.object_id.empty(), "a.object_id = CAST($5 AS TEXT)", "CAST($5 AS TEXT) IS NULL") +
         one(filter.from.has_value(), "a.at >= CAST($6 AS BIGINT)", "CAST($6 AS BIGINT) IS NULL") +
         one(filter.to.has_value(), "a.at < CAST($7 AS BIGINT)", "CAST($7 AS BIGINT) IS NULL");
}

#define LINLI_AUDIT_FROM                                                                                          \
  " FROM audit a LEFT JOIN users u ON a.by_kind = 'user' AND u.id = a.by_id LEFT JOIN api_keys p ON a.by_kind = " \
  "'api_key' AND p.id = a.by_id "                                                                                 \
  "LEFT JOIN person_keys k ON k.id = a.key_id AND a.key_id <> 0 "

enum class Order { newest_first, oldest_first };

Result<std::vector<Recorded>> page(Tx& tx, const Sealer& sealer, Order order, const Filter& filter, std::int64_t bound,
                                   int limit) {
  const std::string sql =
      "SELECT " LINLI_AUDIT_COLUMNS
      ", COALESCE(u.display_name, p.name), k.key, k.person_kind, k.person_id" LINLI_AUDIT_FROM "WHERE " +
      std::string(order == Order::newest_first ? "a.sequence < $8" : "a.sequence > $8") + conditions(filter) +
      (order == Order::newest_first ? " ORDER BY a.sequence DESC LIMIT $9" : " ORDER BY a.sequence LIMIT $9");
  const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  std::optional<std::string> kind;
  std::optional<std::int64_t> id;
  if (filter.by) kind = name(filter.by->kind), id = filter.by->id;
  std::vector<Recorded> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql,
                    {kind, id, given(filter.what), given(filter.object_kind), given(filter.object_id), filter.from,
                     filter.to, bound, limit},
                    [&](const Row& r) {
                      auto one = recorded_of(r, sealer);
                      if (one) out.push_back(std::move(*one));
                      else broken = std::move(one).error();
                    }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes_of(bytes), bytes.size());
  out.pop_back();
  return out;
}

std::optional<Digest> digest_of_hex(std::string_view text) {
  Digest out;
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end) != 0 ||
      size != out.size() || end != text.data() + text.size())
    return {};
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

Digest anchor_check(const Sealer& sealer, const Head& head, std::int64_t at) {
  std::string form = head_form(head);
  put(form, at);
  return sealer.digest(kAnchorPlace, form);
}

}  // namespace

std::string_view name(By::Kind kind) { return kBy[static_cast<std::size_t>(kind)]; }
std::string_view name(Flaw::Kind kind) { return kFlaws[static_cast<std::size_t>(kind)]; }

std::string to_text(const By& by) {
  if (by.kind == By::Kind::user) return linli::to_text(UserId{by.id});
  if (by.kind == By::Kind::api_key) return linli::to_text(ApiKeyId{by.id});
  return std::string(name(by.kind));
}

std::optional<By> parse_by(std::string_view text) {
  if (const auto user = parse_id<UserTag>(text)) return By::user(*user);
  if (const auto key = parse_id<ApiKeyTag>(text)) return By::api_key(*key);
  for (const auto kind : {By::Kind::anyone, By::Kind::command, By::Kind::machine})
    if (text == name(kind)) return By{kind, 0};
  return {};
}

Result<std::int64_t> add(Tx& tx, const Sealer& sealer, const Entry& entry) {
  PersonKey key{0, {}};
  if (entry.person && !(entry.before.empty() && entry.after.empty())) {
    auto found = key_of(tx, sealer, *entry.person);
    if (!found) return tl::unexpected(std::move(found).error());
    key = *found;
  }
  const std::string before = key.id ? seal(key.key, "before", entry.before) : entry.before;
  const std::string after = key.id ? seal(key.key, "after", entry.after) : entry.after;
  // The update that changes nothing takes the row's lock on PostgreSQL, until the commit: others wait here and then see
  // what was added.
  Head last;
  std::string hash;
  LINLI_TRY(tx.first(
      "INSERT INTO audit_head (id, sequence, hash, sealed) VALUES (1, 0, $1, $1) ON CONFLICT (id) DO UPDATE SET id = "
      "excluded.id RETURNING sequence, hash",
      {blob(last.hash)}, [&](const Row& r) {
        last.sequence = r.get<std::int64_t>(0);
        hash = r.get<std::string>(1);
      }));
  const auto previous = to_digest(hash);
  if (!previous) return fail(Errc::audit_broken, {}, {{"count", "1"}, {"sequence", std::to_string(last.sequence)}});
  const Stored row{
      last.sequence + 1, to_millis(entry.at), name(entry.by.kind), entry.by.id, entry.what, entry.object_kind,
      entry.object_id,   entry.address,       entry.detail,        key.id,      before,     after};
  const Head next{row.sequence, hash_of(*previous, row)};
  LINLI_TRY(tx.run(
      "INSERT INTO audit (sequence, at, by_kind, by_id, what, object_kind, object_id, address, detail, key_id, before, "
      "after, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      {row.sequence, row.at, row.by_kind, row.by_id, row.what, row.object_kind, row.object_id, row.address, row.detail,
       row.key_id, Blob{before}, Blob{after}, blob(next.hash)}));
  LINLI_TRY(tx.run("UPDATE audit_head SET sequence = $1, hash = $2, sealed = $3 WHERE id = 1",
                   {next.sequence, blob(next.hash), Blob{sealer.seal(kHeadPlace, head_form(next))}}));
  return next.sequence;
}

Result<void> erase(Tx& tx, const Person& person) {
  LINLI_TRY(tx.run("DELETE FROM person_keys WHERE person_kind = $1 AND person_id = $2", {person.kind, person.id}));
  return {};
}

Result<std::vector<Recorded>> list(Tx& tx, const Sealer& sealer, const Filter& filter, std::int64_t before, int limit) {
  const std::int64_t bound = before > 0 ? before : std::numeric_limits<std::int64_t>::max();
  return page(tx, sealer, Order::newest_first, filter, bound, limit);
}

Result<void> each(Tx& tx, const Sealer& sealer, const Filter& filter,
                  const std::function<Result<void>(const Recorded&)>& take) {
  for (std::int64_t after = 0;;) {
    auto some = page(tx, sealer, Order::oldest_first, filter, after, kPage);
    if (!some) return tl::unexpected(std::move(some).error());
    for (const Recorded& one : *some) LINLI_TRY(take(one));
    if (some->size() < static_cast<std::size_t>(kPage)) return {};
    after = some->back().sequence;
  }
}

std::string to_json(const Recorded& r) {
  const Entry& e = r.entry;
  json::object out{{"sequence", r.sequence},       {"at", format_time(e.at)},
                   {"at_ms", to_millis(e.at)},     {"by", to_text(e.by)},
                   {"by_kind", name(e.by.kind)},   {"by_id", std::to_string(e.by.id)},
                   {"by_name", r.by_name},         {"what", e.what},
                   {"object_kind", e.object_kind}, {"object_id", e.object_id},
                   {"address", e.address},         {"detail", e.detail},
                   {"before", e.before},           {"after", e.after},
                   {"erased", r.erased},           {"hash", hex(r.hash)}};
  if (!r.sealed_before.empty() || !r.sealed_after.empty()) {
    out["sealed_before"] = base64(r.sealed_before);
    out["sealed_after"] = base64(r.sealed_after);
  }
  return json::serialize(out);
}

std::vector<std::string> csv_header() {
  return {"sequence", "at",     "by",     "by_name", "what",   "object_kind", "object_id",
          "address",  "detail", "before", "after",   "erased", "hash"};
}

std::vector<std::string> csv_cells(const Recorded& r) {
  const Entry& e = r.entry;
  return {std::to_string(r.sequence),
          format_time(e.at),
          to_text(e.by),
          r.by_name,
          e.what,
          e.object_kind,
          e.object_id,
          e.address,
          e.detail,
          e.before,
          e.after,
          r.erased ? "1" : "",
          hex(r.hash)};
}

// ---- verifying ----

Result<Head> head(Tx& tx) {
  Head out;
  std::string hash(view(out.hash));
  LINLI_TRY(tx.first("SELECT sequence, hash FROM audit_head WHERE id = 1", {}, [&](const Row& r) {
    out.sequence = r.get<std::int64_t>(0);
    hash = r.get<std::string>(1);
  }));
  const auto digest = to_digest(hash);
  if (!digest) return fail(Errc::audit_broken, {}, {{"count", "1"}, {"sequence", std::to_string(out.sequence)}});
  out.hash = *digest;
  return out;
}

std::string to_text(const Head& head) { return std::to_string(head.sequence) + ":" + hex(view(head.hash)); }

Result<Head> parse_head(std::string_view text) {
  Head out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.sequence);
  const auto at = static_cast<std::size_t>(end - text.data());
  const auto hash =
      error == std::errc{} && at < text.size() && text[at] == ':' ? digest_of_hex(text.substr(at + 1)) : std::nullopt;
  if (!hash || out.sequence < 1)
    return fail(Errc::bad_value, Where::at_field("known"),
                {{"value", std::string(text)}, {"allowed", "1234:0a1b… (64 hex digits)"}});
  out.hash = *hash;
  return out;
}

std::string anchor_line(const Sealer& sealer, const Head& head, Instant at) {
  return format_time(at) + " " + std::to_string(head.sequence) + " " + hex(view(head.hash)) + " " +
         hex(view(anchor_check(sealer, head, to_millis(at)))) + "\n";
}

std::vector<Anchor> read_anchors(const Sealer& sealer, std::string_view text) {
  std::vector<Anchor> out;
  long line = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == text.npos) break;  // a line that a crash cut off
    std::istringstream parts{std::string(text.substr(0, end))};
    text.remove_prefix(end + 1);
    Anchor anchor;
    anchor.line = ++line;
    std::string at_text, hash_text, check_text, rest;
    parts >> at_text >> anchor.head.sequence >> hash_text >> check_text;
    const auto at = parse_time(at_text);
    const auto hash = digest_of_hex(hash_text), check = digest_of_hex(check_text);
    anchor.genuine = at && hash && check && !(parts >> rest);
    if (anchor.genuine) {
      anchor.at = *at;
      anchor.head.hash = *hash;
      const Digest right = anchor_check(sealer, anchor.head, to_millis(*at));
      anchor.genuine = sodium_memcmp(right.data(), check->data(), right.size()) == 0;
    }
    out.push_back(anchor);
  }
  return out;
}

Result<void> keep_anchor(const std::filesystem::path& file, const Sealer& sealer, const Head& head, Instant at) {
  if (head.sequence == 0) return {};
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (const auto known = read_anchors(sealer, text); !known.empty() && known.back().genuine &&
                                                     known.back().head.sequence == head.sequence &&
                                                     known.back().head.hash == head.hash)
    return {};
  const std::string line = (text.empty() || text.ends_with('\n') ? "" : "\n") + anchor_line(sealer, head, at);
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool good =
      out >= 0 && ::write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(out) == 0;
  if (out >= 0) ::close(out);
  if (!good) return fail(Errc::file_unwritable, Where::at(file.string()), {{"file", file.string()}});
  return {};
}

Result<Verdict> verify(Tx& tx, const Sealer& sealer, std::span<const Anchor> anchors) {
  Verdict out;
  const auto flaw = [&](Flaw::Kind kind, std::int64_t sequence, std::int64_t count = 1) {
    ++out.flaw_count;
    if (out.flaws.size() < kMostFlaws) out.flaws.push_back({kind, sequence, count});
  };
  std::vector<Anchor> in_order;
  for (const Anchor& anchor : anchors) {
    if (anchor.genuine) in_order.push_back(anchor);
    else flaw(Flaw::Kind::anchor_false, anchor.line);
  }
  out.anchors = in_order.size();
  std::ranges::sort(in_order, {}, [](const Anchor& a) { return a.head.sequence; });
  auto anchor = in_order.begin();

  Head last;                 // of the entry before, as it is stored
  bool known_before = true;  // false behind a gap: the hash before is not known
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  for (std::int64_t read = 1; read > 0;) {
    read = 0;
    LINLI_TRY(tx.each("SELECT " LINLI_AUDIT_COLUMNS
                      " FROM audit a WHERE a.sequence > $1 ORDER BY a.sequence LIMIT 2000",
                      {from}, [&](const Row& r) {
                        ++read, ++out.entries;
                        const Stored s = stored_of(r);
                        from = s.sequence;
                        if (s.sequence < 1) return flaw(Flaw::Kind::changed, s.sequence);  // none of ours
                        if (s.sequence != last.sequence + 1) {
                          flaw(Flaw::Kind::missing, last.sequence + 1, s.sequence - last.sequence - 1);
                          known_before = false;
                        }
                        const auto stored = to_digest(r.bytes(12));
                        const bool fits = stored && (!known_before || hash_of(last.hash, s) == *stored);
                        if (!fits) flaw(Flaw::Kind::changed, s.sequence);
                        known_before = stored.has_value();
                        last = {s.sequence, stored.value_or(Digest{})};
                        for (; anchor != in_order.end() && anchor->head.sequence <= s.sequence; ++anchor)
                          if (anchor->head.sequence == s.sequence && anchor->head.hash != last.hash)
                            flaw(Flaw::Kind::anchor, s.sequence);
                      }));
  }
  out.head = last;

  Head kept;
  std::string hash, sealed;
  auto there = tx.first("SELECT sequence, hash, sealed FROM audit_head WHERE id = 1", {}, [&](const Row& r) {
    kept.sequence = r.get<std::int64_t>(0);
    hash = r.get<std::string>(1);
    sealed = r.get<std::string>(2);
  });
  if (!there) return tl::unexpected(std::move(there).error());
  const std::int64_t noted = std::max(*there ? kept.sequence : 0, in_order.empty() ? 0 : in_order.back().head.sequence);
  if (noted > last.sequence) flaw(Flaw::Kind::cut_off, last.sequence + 1, noted - last.sequence);
  kept.hash = to_digest(hash).value_or(Digest{});
  const auto opened = sealer.open(kHeadPlace, sealed);
  const bool right =
      *there ? opened && *opened == head_form(kept) &&
                   (kept.sequence > last.sequence || (kept.sequence == last.sequence && kept.hash == last.hash))
             : last.sequence == 0;
  if (!right) flaw(Flaw::Kind::head, last.sequence);
  return out;
}

}  // namespace linli::audit
