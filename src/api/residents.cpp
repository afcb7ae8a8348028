// For residents, without signing in: the office, where a case stands, a word to it.
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/public_json.h"
#include "cases/resident_policy.h"
#include "notify/telling.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using What = PublicGuard::What;

constexpr std::size_t kLongestWord = 1'000;
constexpr std::size_t kDigits = 4;

// Counted in its own time, by nobody waited for.
void count_opening(Call& call) {
  (void)call.services.writer.submit([&sealer = call.services.sealer, token = call.request.params[0]](
                                        Tx& tx) { return public_links::opened(tx, sealer, token); },
                                    [](Result<void>) {});
}

struct Word {
  cases::Said said;
  std::vector<std::string> files;
};

// What the asker says to the case of their link. `action` decides by how the case stands.
void hear(Call call, Word word, std::function<CaseAction(const Case&)> action) {
  const std::string& token = call.request.params[0];
  if (auto free = call.services.public_guard->take(What::word, call.request.client, token); !free)
    return call.fail(free.error());
  call.link_id = call.services.sealer.hash("public_links.token_hash", token);
  write_once(std::move(call), [word = std::move(word), action = std::move(action)](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    auto standing = standing_of(c, tx);
    if (!standing) return tl::unexpected(std::move(standing).error());
    if (!standing->one || !standing->link.speaks) return linli::fail(Errc::not_found, Where::at_field("token"));
    const auto tree = s.grids.tree();
    cases::Said said = word.said;
    said.action = action(*standing->one);
    auto one = cases::hear(tx, {s.sealer, s.ids, *tree, s.zone, s.clock.now()}, *standing->one, said);
    if (!one) return tl::unexpected(std::move(one).error());
    auto files = case_files::by_keys(tx, s.sealer, word.files, s.clock.now());
    if (!files) return tl::unexpected(std::move(files).error());
    std::vector<FileId> ids;
    for (const CaseFile& file : *files) ids.push_back(file.id);
    LINLI_TRY(case_files::bind(tx, ids, {}, one->id, one->revision, true));
    LINLI_TRY(record(c, tx, "resident." + std::string(name(said.action)), "case", to_text(one->id),
                     json::serialize(json::object{{"state", name(one->state)}, {"files", ids.size()}})));
    if (one->assignee) {
      const notify::Telling telling{LeadId{one->id.value},
                                    {one->assignee}};  // of a case: ids are drawn from one source
      auto told = notify::tell(tx, {s.sealer, s.ids, s.zone, s.mail_works, s.clock.now()}, notify::Kind::resident_word,
                               one->revision, std::span(&telling, 1));
      if (!told) return tl::unexpected(std::move(told).error());
    }
    LINLI_TRY(s.public_guard->store(tx, What::word, c.request.client, c.request.params[0]));
    standing->one = *std::move(one);
    auto shown = public_case(c, tx, *standing);
    if (!shown) return tl::unexpected(std::move(shown).error());
    return Written{json_answer(200, json::serialize(*shown)), {}};
  });
}

// "138 0000-1234" -> "1234"
std::string last_digits(std::string_view phone) {
  std::string out;
  for (const char c : phone)
    if (c >= '0' && c <= '9') out += c;
  return out.size() < kDigits ? std::string() : out.substr(out.size() - kDigits);
}

}  // namespace

void get_public_office(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto policy = resident_policy::load(tx);
    if (!policy) return tl::unexpected(std::move(policy).error());
    json::array phones, communities;
    for (const auto& phone : policy->first.phones)
      phones.push_back(json::object{{"name", phone.name}, {"number", phone.number}});
    for (const Grid& grid : c.services.grids.tree()->all())
      if (grid.level == GridLevel::community && !grid.closed_at)
        communities.push_back(json::object{{"code", grid.code}, {"name", grid.name}});
    const std::string& name = policy->first.name;
    return json_answer(
        200, json::serialize(json::object{{"name", name.empty() ? phrase("public.office", {}, c.language) : name},
                                          {"phones", std::move(phones)},
                                          {"form_open", policy->first.form_open},
                                          {"asks", {"text", "place", "files", "contact"}},
                                          {"languages", {"zh", "en"}},
                                          {"reopen_days", kReopenDays},
                                          {"most_files", case_files::kMost},
                                          {"communities", std::move(communities)}}));
  });
}

void get_public_case(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto standing = standing_of(c, tx);
    if (!standing) return tl::unexpected(std::move(standing).error());
    if (!standing->one) return linli::fail(Errc::not_found, Where::at_field("token"));
    auto shown = public_case(c, tx, *standing);
    if (!shown) return tl::unexpected(std::move(shown).error());
    count_opening(c);
    return json_answer(200, json::serialize(*shown));
  });
}

void add_public_note(Call call) {
  Input in(call.request);
  Word word;
  word.said.note = in.optional_text("text", 0, kLongestWord).value_or("");
  word.files = read_files(in);
  if (word.said.note.empty() && word.files.empty()) in.wrong(Errc::missing_field, "text");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  hear(std::move(call), std::move(word), [](const Case&) { return CaseAction::note; });
}

void rate_public_case(Call call) {
  Input in(call.request);
  Word word;
  const auto fixed = in.optional_bool("fixed");
  if (!fixed) in.wrong(Errc::missing_field, "fixed");
  if (const auto stars = in.optional_number("stars", 1, 5)) {
    word.said.stars = static_cast<int>(*stars);
    if (*stars != *word.said.stars) in.wrong(Errc::bad_value, "stars", {{"allowed", "1-5"}});
  }
  word.said.note = in.optional_text("text", 0, kLongestWord).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  hear(std::move(call), std::move(word), [fixed = *fixed](const Case& one) {
    if (!fixed) return CaseAction::reopen;
    return one.state == CaseState::closed ? CaseAction::rate : CaseAction::close;
  });
}

void reopen_public_case(Call call) {
  Input in(call.request);
  Word word;
  word.said.note = in.text("text", 1, kLongestWord);
  word.files = read_files(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  hear(std::move(call), std::move(word), [](const Case&) { return CaseAction::reopen; });
}

void find_public_case(Call call) {
  Input in(call.request);
  const std::string number = in.text("number", 1, 40), digits = in.text("phone_digits", kDigits, kDigits);
  if (last_digits(digits) != digits) in.wrong(Errc::bad_value, "phone_digits", {{"allowed", "0000-9999"}});
  if (auto wrong = in.finish()) return call.fail(*wrong);
  if (auto free = call.services.public_guard->take(What::find, call.request.client, number); !free)
    return call.fail(free.error());
  write(std::move(call), [number, digits](Call& c, Tx& tx) -> Result<Written> {
    Services& s = c.services;
    const Instant now = s.clock.now();
    auto id = tx.value<CaseId>("SELECT id FROM cases WHERE number = $1 AND confidential = 0", {number});
    if (!id) return tl::unexpected(std::move(id).error());
    std::optional<Case> one;
    if (*id) {
      auto found = case_store::find(tx, s.sealer, **id);
      if (!found) return tl::unexpected(std::move(found).error());
      one = *std::move(found);
    }
    if (!one || last_digits(one->content.contact_phone) != digits) {
      // The try is kept, so this is no error that would undo it.
      LINLI_TRY(s.public_guard->store(tx, What::find, c.request.client, number));
      return Written{problem({Errc::not_found, {}, {}}, c.language, c.request.id), {}};
    }
    auto token = public_links::make(
        tx, s.sealer, {.case_id = one->id, .speaks = true, .made_at = now, .until = now + public_links::kFoundHolds});
    if (!token) return tl::unexpected(std::move(token).error());
    LINLI_TRY(record(c, tx, "resident.found", "case", to_text(one->id)));
    return Written{
        json_answer(200, json::serialize(token_json(c, *token))),
        [&guard = *s.public_guard, client = c.request.client, number] { guard.give_back(What::find, client, number); }};
  });
}

// ---- for staff ----

void make_case_link(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  const Error unknown{Errc::unknown_case, Where::at_field("case"), {}};
  if (!id) return call.fail(unknown);
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto shown = cases::find(tx, c.services.sealer, c.actor(), id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    if (!c.actor().may(Right::cases_work, shown->one.grid_path)) return linli::fail(Errc::not_allowed);
    if (shown->one.confidential) return linli::fail(Errc::case_confidential);
    auto token =
        public_links::make(tx, c.services.sealer, {.case_id = id, .speaks = true, .made_at = c.services.clock.now()});
    if (!token) return tl::unexpected(std::move(token).error());
    LINLI_TRY(record(c, tx, "case.link_made", "case", to_text(id)));
    return Written{json_answer(201, json::serialize(token_json(c, *token))), {}};
  });
}

void revoke_case_links(Call call) {
  const auto id = parse_id<CaseTag>(call.request.params[0]);
  if (!id) return call.fail({Errc::unknown_case, Where::at_field("case"), {}});
  write(std::move(call), [id = *id](Call& c, Tx& tx) -> Result<Written> {
    auto shown = cases::find(tx, c.services.sealer, c.actor(), id);
    if (!shown) return tl::unexpected(std::move(shown).error());
    if (!c.actor().may(Right::cases_work, shown->one.grid_path)) return linli::fail(Errc::not_allowed);
    LINLI_TRY(public_links::revoke(tx, shown->one));
    LINLI_TRY(record(c, tx, "case.links_revoked", "case", to_text(id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), {}};
  });
}

}  // namespace linli::api
