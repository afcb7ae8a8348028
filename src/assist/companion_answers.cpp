#include "assist/companion_answers.h"

#include <array>
#include <boost/json.hpp>

#include "assist/gaps.h"
#include "channels/messages.h"
#include "leads/lead_store.h"
#include "store/outbox.h"

namespace linli::companion {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kWays{"said", "prepared", "none"}, kOvers{"no", "resident", "person"};
constexpr std::array<std::string_view, 4> kMissing{"nothing", "place", "matter", "answered"};
constexpr std::array<std::string_view, 2> kVerdicts{"right", "wrong"};
constexpr std::string_view kContent = "companion_answers.content";
constexpr std::chrono::minutes kTooLate{10};  // what could not be said by then helps nobody

constexpr std::string_view kTalkOf =
    "SELECT begun_at, latest_at, greeted, over, asked, said, window_at, in_window, guided FROM companion_talks WHERE "
    "group_id = $1 AND sender = $2";
constexpr std::string_view kKeepTalk =
    "INSERT INTO companion_talks (group_id, sender, begun_at, latest_at, greeted, over, asked, said, window_at, "
    "in_window, guided) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (group_id, sender) DO UPDATE "
    "SET begun_at = excluded.begun_at, latest_at = excluded.latest_at, greeted = excluded.greeted, over = "
    "excluded.over, asked = excluded.asked, said = excluded.said, window_at = excluded.window_at, in_window = "
    "excluded.in_window, guided = excluded.guided";
constexpr std::string_view kPersonWrites =
    "INSERT INTO companion_persons (group_id, at) VALUES ($1, $2) ON CONFLICT (group_id) DO UPDATE SET at = CASE WHEN "
    "excluded.at > companion_persons.at THEN excluded.at ELSE companion_persons.at END";
constexpr std::string_view kSilence =
    "UPDATE companion_talks SET over = 'person' WHERE group_id = $1 AND latest_at >= $2";
constexpr std::string_view kFromDesk =
    "SELECT MAX(said_at) FROM outgoing WHERE id > $2 AND group_id = $1 AND purpose = 'reply' AND said_at IS NOT NULL";
constexpr std::string_view kWithdraw =
    "UPDATE outgoing SET state = 'withdrawn' WHERE group_id = $1 AND purpose = 'companion' AND state IN ('held', "
    "'queued', 'to_relay')";
constexpr std::string_view kAdd =
    "INSERT INTO companion_answers (id, message_id, group_id, lead_id, grid_path, at, kind, why, called, way, "
    "words_version, model, content, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1) ON "
    "CONFLICT (message_id) DO NOTHING";
constexpr std::string_view kOurs =
    "SELECT COUNT(*) FROM companion_answers a JOIN outgoing o ON o.purpose = 'companion' AND o.subject_id = "
    "a.message_id AND o.group_id = a.group_id WHERE a.group_id = $1 AND a.id > $2 AND o.external_id = $3";
// A person has written in the group since, has answered or decided its lead, or the question was taken back (flag 4).
constexpr std::string_view kUnwanted =
    "SELECT COUNT(*) FROM companion_answers a WHERE a.message_id = $1 AND (EXISTS (SELECT 1 FROM companion_persons p "
    "WHERE p.group_id = a.group_id AND p.at >= a.at) OR EXISTS (SELECT 1 FROM leads l WHERE l.id = a.lead_id AND "
    "(l.answered_at IS NOT NULL OR l.claimed_at IS NOT NULL OR l.state NOT IN ('open', 'confirmed'))) OR EXISTS "
    "(SELECT 1 FROM messages m WHERE m.id = a.message_id AND (m.flags / 4) % 2 = 1))";
#define LINLI_ANSWER_COLUMNS                                                                                        \
  "a.id, a.message_id, a.group_id, a.lead_id, a.grid_path, a.at, a.kind, a.why, a.called, a.way, a.words_version, " \
  "a.model, a.content, a.verdict, a.looked_by, a.looked_at, a.revision FROM companion_answers a "
#define LINLI_ANSWERS_MINE LINLI_IN_SCOPE("a.grid_path", replies_send, "$1", "$2", "$3")
constexpr std::string_view kList = "SELECT " LINLI_ANSWER_COLUMNS "WHERE " LINLI_ANSWERS_MINE
                                   " AND ($4 = 0 OR a.verdict IS NULL) AND a.id < $5 ORDER BY a.id DESC LIMIT $6";
constexpr std::string_view kWaiting =
    "SELECT COUNT(*) FROM companion_answers a WHERE a.verdict IS NULL AND " LINLI_ANSWERS_MINE;
constexpr std::string_view kFind = "SELECT " LINLI_ANSWER_COLUMNS "WHERE a.id = $1";
constexpr std::string_view kJudge =
    "UPDATE companion_answers SET verdict = $3, looked_by = $4, looked_at = $5, revision = revision + 1 WHERE id = $1 "
    "AND revision = $2";

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return {};
}

std::string seal_content(const Sealer& sealer, const Answer& answer) {
  json::array sources;
  for (const Source& one : answer.sources)
    sources.push_back(json::object{{"id", one.id}, {"title", one.title}, {"source", one.source}});
  return sealer.seal(kContent, json::serialize(json::object{{"text", answer.text}, {"sources", std::move(sources)}}));
}

Result<void> open_content(const Sealer& sealer, std::string_view sealed, Answer& into) {
  if (sealed.empty()) return {};  // erased
  auto plain = sealer.open(kContent, sealed);
  if (!plain) return tl::unexpected(std::move(plain).error());
  json::error_code broken;
  const json::value content = json::parse(*plain, broken);
  if (broken || !content.is_object()) return fail(Errc::sealed_broken, Where::at(std::string(kContent)));
  into.text = content.as_object().at("text").as_string();
  for (const json::value& one : content.as_object().at("sources").as_array())
    into.sources.push_back({std::string(one.at("id").as_string()), std::string(one.at("title").as_string()),
                            std::string(one.at("source").as_string())});
  return {};
}

Result<Answer> answer_of(const Row& r, const Sealer& sealer) {
  Answer a;
  a.id = r.get<AnswerId>(0);
  a.message = r.get<MessageId>(1);
  a.group = r.get<GroupId>(2);
  a.lead = r.get<LeadId>(3);
  a.grid_path = r.get<std::string>(4);
  a.at = r.get<Instant>(5);
  a.kind = parse_kind(r.bytes(6)).value_or(Kind::silent);
  a.why = r.get<std::string>(7);
  a.called = r.get<bool>(8);
  a.way = parse<Way>(kWays, r.bytes(9)).value_or(Way::none);
  a.words_version = r.get<int>(10);
  a.model = r.get<std::string>(11);
  LINLI_TRY(open_content(sealer, r.bytes(12), a));
  a.verdict = parse_verdict(r.bytes(13));
  a.looked_by = r.get<UserId>(14);
  a.looked_at = r.get<std::optional<Instant>>(15);
  a.revision = r.get<int>(16);
  return a;
}

Result<std::vector<Answer>> read(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Answer> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    auto one = answer_of(r, sealer);
    if (one) out.push_back(*std::move(one));
    else broken = std::move(one).error();
  }));
  if (broken) return tl::unexpected(*std::move(broken));
  return out;
}

}  // namespace

std::string_view name(Way way) { return kWays[static_cast<std::size_t>(way)]; }
std::string_view name(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
std::optional<Verdict> parse_verdict(std::string_view text) { return parse<Verdict>(kVerdicts, text); }

// ---- talks ----

Result<Talk> talk(Tx& tx, GroupId group, std::int64_t sender) {
  Talk t;
  LINLI_TRY(tx.first(kTalkOf, {group, sender}, [&](const Row& r) {
    t.begun = r.get<std::optional<Instant>>(0);
    t.latest = r.get<std::optional<Instant>>(1);
    t.greeted = r.get<bool>(2);
    t.over = parse<Over>(kOvers, r.bytes(3)).value_or(Over::no);
    t.asked = parse<Missing>(kMissing, r.bytes(4)).value_or(Missing::nothing);
    t.said = r.get<int>(5);
    t.window = r.get<std::optional<Instant>>(6);
    t.in_window = r.get<int>(7);
    t.guided = r.get<std::string>(8);
  }));
  return t;
}

Result<void> keep_talk(Tx& tx, GroupId group, std::int64_t sender, const Talk& t) {
  LINLI_TRY(tx.run(kKeepTalk, {group, sender, t.begun, t.latest, t.greeted, kOvers[static_cast<std::size_t>(t.over)],
                               kMissing[static_cast<std::size_t>(t.asked)], t.said, t.window, t.in_window, t.guided}));
  return {};
}

Result<std::optional<Instant>> person_at(Tx& tx, GroupId group, Instant now) {
  auto by_hand = tx.value<Instant>("SELECT at FROM companion_persons WHERE group_id = $1", {group});
  if (!by_hand) return by_hand;
  auto from_desk = tx.value<std::optional<Instant>>(kFromDesk, {group, IdSource::floor(now - kTalk)});
  if (!from_desk) return tl::unexpected(std::move(from_desk).error());
  const std::optional<Instant> said = from_desk->value_or(std::nullopt);
  return said && (!*by_hand || **by_hand < *said) ? said : *by_hand;
}

Result<void> person_writes(Tx& tx, const Sealer&, GroupId group, Instant at) {
  LINLI_TRY(tx.run(kPersonWrites, {group, at}));
  LINLI_TRY(tx.run(kSilence, {group, at - kTalk}));
  LINLI_TRY(tx.run(kWithdraw, {group}));
  return {};
}

// ---- answers ----

Result<bool> add(Tx& tx, const Sealer& sealer, const Answer& a) {
  const std::string content = seal_content(sealer, a);
  auto added = tx.run(kAdd, {a.id, a.message, a.group, a.lead ? std::optional(a.lead) : std::nullopt, a.grid_path, a.at,
                             name(a.kind), a.why, a.called, name(a.way), a.words_version, a.model, Blob{content}});
  if (!added) return tl::unexpected(std::move(added).error());
  return *added == 1;
}

Result<std::optional<LeadId>> lead_of(Tx& tx, const outgoing::Item& item) {
  if (item.purpose != kPurpose) return std::optional<LeadId>{};
  auto lead =
      tx.value<std::optional<LeadId>>("SELECT lead_id FROM companion_answers WHERE message_id = $1", {item.subject});
  if (!lead) return tl::unexpected(std::move(lead).error());
  return *lead ? **lead : std::nullopt;
}

Result<bool> spoken_of(Tx& tx, LeadId lead, GroupId group) {
  auto count = tx.value<std::int64_t>(
      "SELECT COUNT(*) FROM companion_answers WHERE lead_id = $1 AND group_id = $2 AND way <> 'none'", {lead, group});
  if (!count) return tl::unexpected(std::move(count).error());
  return count->value_or(0) > 0;
}

Result<bool> is_ours(Tx& tx, GroupId group, std::string_view external_id, Instant now) {
  if (external_id.empty()) return false;
  auto count = tx.value<std::int64_t>(kOurs, {group, IdSource::floor(now - kTalk), external_id});
  if (!count) return tl::unexpected(std::move(count).error());
  return count->value_or(0) > 0;
}

Result<bool> still_wanted(Tx& tx, const Sealer& sealer, const outgoing::Item& item, Instant now) {
  auto unwanted = tx.value<std::int64_t>(kUnwanted, {item.subject});
  if (!unwanted) return tl::unexpected(std::move(unwanted).error());
  if (unwanted->value_or(0) == 0 && now - item.due_at < kTooLate) return true;
  outgoing::Item withdrawn = item;
  withdrawn.state = OutState::withdrawn;
  for (const OutState from : {OutState::held, OutState::queued}) {
    auto changed = outgoing::change(tx, sealer, withdrawn, from);
    if (!changed) return changed;
  }
  return false;
}

Result<Page> list(Tx& tx, const Sealer& sealer, const Actor& actor, bool waiting_only, const std::string& cursor,
                  int limit) {
  std::int64_t before = INT64_MAX;
  if (!cursor.empty()) {
    const auto id = parse_id<AnswerTag>(cursor);
    if (!id) return fail(Errc::bad_value, Where::at_field("cursor"), {{"value", cursor}, {"allowed", "next_cursor"}});
    before = id->value;
  }
  const bool everywhere = actor.everywhere(Right::replies_send);
  auto found = read(tx, sealer, kList, {everywhere, actor.id, actor.today.number, waiting_only, before, limit + 1});
  if (!found) return tl::unexpected(std::move(found).error());
  Page out;
  out.answers = *std::move(found);
  if (out.answers.size() > static_cast<std::size_t>(limit)) {
    out.answers.pop_back();
    out.next_cursor = to_text(out.answers.back().id);
  }
  auto waiting = tx.value<std::int64_t>(kWaiting, {everywhere, actor.id, actor.today.number});
  if (!waiting) return tl::unexpected(std::move(waiting).error());
  out.waiting = waiting->value_or(0);
  return out;
}

Result<Answer> find(Tx& tx, const Sealer& sealer, const Actor& actor, AnswerId id) {
  auto found = read(tx, sealer, kFind, {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty() || !actor.may(Right::replies_send, found->front().grid_path))
    return fail(Errc::not_found, Where::at_field("answer"));
  return std::move(found->front());
}

Result<Answer> judge(Tx& tx, const Sealer& sealer, IdSource& ids, const Actor& actor, AnswerId id, int seen,
                     std::optional<Verdict> verdict, Instant now) {
  auto answer = find(tx, sealer, actor, id);
  if (!answer) return answer;
  const std::optional<Instant> at = verdict ? std::optional(now) : std::nullopt;
  auto changed = tx.run(kJudge, {id, seen, verdict ? std::optional(name(*verdict)) : std::nullopt,
                                 verdict ? std::optional(actor.id) : std::nullopt, at});
  if (!changed) return tl::unexpected(std::move(changed).error());
  if (*changed == 0) return fail(Errc::stale, Where::at_field("answer"));
  answer->verdict = verdict;
  answer->looked_by = verdict ? actor.id : UserId{};
  answer->looked_at = at;
  ++answer->revision;
  if (verdict != Verdict::wrong || !answer->lead) return answer;
  const MessageId asked[] = {answer->message};
  auto messages = read_messages(tx, sealer, asked);
  if (!messages) return tl::unexpected(std::move(messages).error());
  auto lead = lead_store::find(tx, sealer, answer->lead);
  if (!lead) return tl::unexpected(std::move(lead).error());
  if (!messages->empty() && !messages->front().recalled && *lead) {
    auto noted = knowledge_gaps::note(
        tx, sealer, ids, {answer->lead, messages->front().message.text, (*lead)->grid_path, (*lead)->category}, now);
    if (!noted) return tl::unexpected(std::move(noted).error());
  }
  return answer;
}

Result<std::int64_t> forget(Tx& tx, Instant answers, Instant talks, int limit) {
  auto gone = tx.run(
      "DELETE FROM companion_answers WHERE id IN (SELECT id FROM companion_answers WHERE id < $1 ORDER BY id LIMIT $2)",
      {IdSource::floor(answers), limit});
  if (!gone) return gone;
  auto over = tx.run("DELETE FROM companion_talks WHERE latest_at < $1", {talks});
  if (!over) return over;
  LINLI_TRY(tx.run("DELETE FROM companion_calls WHERE at < $1", {talks}));
  return gone;
}

}  // namespace linli::companion
