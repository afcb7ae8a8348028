#include "channels/outgoing.h"

#include <array>
#include <boost/json.hpp>

#include "base/normal_form.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> kStates{"held",    "queued",   "sending", "sent",     "failed",
                                                  "unknown", "to_relay", "relayed", "withdrawn"};
constexpr std::string_view kWords = "outgoing.words", kWhy = "outgoing.why";
constexpr std::chrono::hours kEcho{24};

#define LINLI_OUTGOING_COLUMNS \
  "id, purpose, subject_id, group_id, state, due_at, tries, error, why, words, said_at, heard_at, said_by"

std::string seal_words(const Sealer& sealer, const outgoing::Words& words) {
  return sealer.seal(kWords, json::serialize(json::object{{"text", words.text}, {"quotes", words.quotes}}));
}

Result<outgoing::Item> item_of(const Row& row, const Sealer& sealer) {
  outgoing::Item out;
  out.id = row.get<OutgoingId>(0);
  out.purpose = row.get<std::string>(1);
  out.subject = row.get<std::int64_t>(2);
  out.group = row.get<GroupId>(3);
  out.state = parse_out_state(row.bytes(4)).value_or(OutState::failed);
  out.due_at = row.get<Instant>(5);
  out.tries = row.get<int>(6);
  out.error = row.get<std::string>(7);
  if (!row.is_null(8)) {
    auto why = sealer.open(kWhy, row.bytes(8));
    if (!why) return tl::unexpected(std::move(why).error());
    out.why = *std::move(why);
  }
  out.said_at = row.get<std::optional<Instant>>(10);
  out.heard_at = row.get<std::optional<Instant>>(11);
  out.said_by = row.get<UserId>(12);
  if (row.bytes(9).empty()) return out;  // erased
  auto plain = sealer.open(kWords, row.bytes(9));
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  const json::value words = json::parse(*plain, broken);
  if (broken || !words.is_object()) return fail(Errc::sealed_broken, Where::at(std::string(kWords)));
  out.words.text = words.as_object().at("text").as_string();
  out.words.quotes = words.as_object().at("quotes").as_string();
  return out;
}

Result<std::vector<outgoing::Item>> items(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<outgoing::Item> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& row) {
    auto item = item_of(row, sealer);
    if (item) out.push_back(*std::move(item));
    else broken = std::move(item).error();
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  return out;
}

}  // namespace

std::string_view name(OutState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<OutState> parse_out_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<OutState>(i);
  return {};
}

namespace outgoing {

std::int64_t words_hash(const Sealer& sealer, std::string_view text) {
  return sealer.hash("outgoing.words", normalize(text).bytes);
}

Result<void> add(Tx& tx, const Sealer& sealer, const Item& item) {
  const std::string words = seal_words(sealer, item.words);
  auto added = tx.run(
      "INSERT INTO outgoing (id, purpose, subject_id, group_id, state, due_at, words, words_hash) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (purpose, subject_id, group_id) DO NOTHING",
      {item.id, item.purpose, item.subject, item.group, name(item.state), item.due_at, Blob{words},
       words_hash(sealer, item.words.text)});
  if (!added) return tl::unexpected(std::move(added).error());
  if (*added == 0) return fail(Errc::answered_already);
  return {};
}

Result<std::optional<Item>> find(Tx& tx, const Sealer& sealer, OutgoingId id) {
  auto found = items(tx, sealer, "SELECT " LINLI_OUTGOING_COLUMNS " FROM outgoing WHERE id = $1", {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<Item>{};
  return std::optional(std::move(found->front()));
}

Result<std::vector<Item>> of_subject(Tx& tx, const Sealer& sealer, std::string_view purpose, std::int64_t subject) {
  return items(tx, sealer,
               "SELECT " LINLI_OUTGOING_COLUMNS " FROM outgoing WHERE purpose = $1 AND subject_id = $2 ORDER BY id",
               {purpose, subject});
}

Result<std::vector<Item>> due(Tx& tx, const Sealer& sealer, Instant now, int limit) {
  return items(tx, sealer,
               "SELECT " LINLI_OUTGOING_COLUMNS
               " FROM outgoing WHERE state IN ('held', 'queued') AND due_at <= $1 ORDER BY due_at, id LIMIT $2",
               {now, limit});
}

Result<std::vector<Item>> sending(Tx& tx, const Sealer& sealer) {
  return items(tx, sealer, "SELECT " LINLI_OUTGOING_COLUMNS " FROM outgoing WHERE state = 'sending' ORDER BY id", {});
}

Result<std::optional<Instant>> next_due(Tx& tx) {
  std::optional<Instant> out;
  LINLI_TRY(tx.each("SELECT MIN(due_at) FROM outgoing WHERE state IN ('held', 'queued')", {},
                    [&](const Row& row) { out = row.get<std::optional<Instant>>(0); }));
  return out;
}

Result<bool> change(Tx& tx, const Sealer& sealer, const Item& item, OutState from) {
  const std::string why = item.why.empty() ? std::string() : sealer.seal(kWhy, item.why);
  auto changed = tx.run(
      "UPDATE outgoing SET state = $3, due_at = $4, tries = $5, error = $6, why = $7, said_at = $8, said_by = $9 "
      "WHERE id = $1 AND state = $2",
      {item.id, name(from), name(item.state), item.due_at, item.tries,
       item.error.empty() ? std::nullopt : std::optional(item.error), why.empty() ? Param(nullptr) : Param(Blob{why}),
       item.said_at, item.said_by ? std::optional(item.said_by) : std::nullopt});
  if (!changed) return tl::unexpected(std::move(changed).error());
  return *changed > 0;
}

Result<void> set_external_id(Tx& tx, OutgoingId id, std::string_view external_id) {
  LINLI_TRY(tx.run("UPDATE outgoing SET external_id = $2 WHERE id = $1", {id, external_id}));
  return {};
}

Result<std::optional<OutgoingId>> echo_of(Tx& tx, const Sealer& sealer, GroupId group, std::string_view text,
                                          Instant now) {
  std::optional<OutgoingId> out;
  LINLI_TRY(tx.each(
      "SELECT id FROM outgoing WHERE group_id = $1 AND words_hash = $2 AND heard_at IS NULL AND due_at >= $3 AND state "
      "IN ('sending', 'sent', 'unknown', 'to_relay', 'relayed') ORDER BY id LIMIT 1",
      {group, words_hash(sealer, text), now - kEcho}, [&](const Row& row) { out = row.get<OutgoingId>(0); }));
  return out;
}

Result<void> heard(Tx& tx, OutgoingId id, Instant at) {
  LINLI_TRY(tx.run("UPDATE outgoing SET heard_at = $2 WHERE id = $1 AND heard_at IS NULL", {id, at}));
  return {};
}

}  // namespace outgoing
}  // namespace linli
