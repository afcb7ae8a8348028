// Reports by the form, without signing in: into intake as any message, and where they stand.
#include <boost/json.hpp>
#include <future>

#include "api/handlers.h"
#include "api/public_json.h"
#include "cases/public_view.h"
#include "cases/resident_policy.h"
#include "cases/signed_until.h"
#include "channels/form/form.h"
#include "desk/known.h"
#include "desk/replies.h"
#include "notify/text.h"
#include "people/masking.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using What = PublicGuard::What;

constexpr std::size_t kLongestText = 2'000, kLongestPlace = 200;
constexpr std::string_view kFollow = "public.follow";
constexpr std::chrono::hours kFollowHolds{1};
constexpr std::chrono::seconds kIntakeWaits{20};

// The community that a place lies in: by the place, else by what was chosen, else the only one there is.
Result<const Grid*> community_of(const Services& s, const GridTree& tree, const std::string& place,
                                 const std::string& chosen) {
  const Routed routed = s.routing.route({place, {}, {}, {}});
  if (routed.grid)
    if (const Grid* found = tree.above(routed.grid, GridLevel::community)) return found;
  if (!chosen.empty()) {
    const Grid* found = tree.find_code(chosen);
    if (found && found->level == GridLevel::community && !found->closed_at) return found;
    return linli::fail(Errc::bad_value, Where::at_field("community"));
  }
  const Grid* only = nullptr;
  for (const Grid& grid : tree.all()) {
    if (grid.level != GridLevel::community || grid.closed_at) continue;
    if (only) return linli::fail(Errc::unknown_place, Where::at_field("place"), {{"place", place}});
    only = &grid;
  }
  if (!only) return linli::fail(Errc::unknown_place, Where::at_field("place"), {{"place", place}});
  return only;
}

// Channel and group are made by the first report of a community.
Result<std::pair<Channel, Group>> way_in(Call& call, const Grid& community, const GridTree& tree,
                                         const std::string& responsible) {
  Services& s = call.services;
  const Instant now = s.clock.now();
  auto channel = s.channels.find(form::kChannel);
  const auto there = channel ? s.groups.find(channel->id, "form/" + community.code) : nullptr;
  if (there) return std::pair(*channel, *there);
  std::optional<Channel> fresh;
  std::optional<Group> group;
  auto made = s.writer.write([&](Tx& tx) -> Result<bool> {
    // Another report may have been quicker.
    channel = s.channels.find(form::kChannel);
    fresh.reset();
    if (!channel) {
      fresh = Channel{s.ids.draw<ChannelId>(), std::string(form::kChannel), ChannelKind::form, false, {}, now, {}};
      LINLI_TRY(Channels::add(tx, s.sealer, *fresh));
    }
    const Channel& way = fresh ? *fresh : *channel;
    group = form::group_of(community, tree, way, s.ids.draw<GroupId>(),
                           phrase("public.group", {{"community", community.name}}, Language::zh),
                           responsible.empty() ? community.name : responsible,
                           phrase("public.legal_basis", {}, Language::zh), now);
    return Groups::add(tx, *group);
  });
  auto added = made.get();
  if (!added) return tl::unexpected(std::move(added).error());
  if (fresh) s.channels.keep(*fresh);
  if (*added) s.groups.keep_new(*group);
  if (s.directories_changed) s.directories_changed();
  channel = s.channels.find(form::kChannel);
  const auto kept = channel ? s.groups.find(channel->id, group->external_id) : nullptr;
  if (!kept || kept->state != GroupState::admitted) return linli::fail(Errc::form_closed);
  return std::pair(*channel, *kept);
}

struct Asked {
  form::Report report;
  std::string community;
  std::vector<std::string> files;
};

// On a reader's thread, which waits for intake: what intake acknowledged is stored, so the token never leads to nothing.
constexpr std::string_view kMessage = "SELECT message_id FROM message_keys WHERE channel_id = $1 AND external_id = $2";

Result<Response> take(Call& call, Tx& tx, Asked& asked) {
  Services& s = call.services;
  auto policy = resident_policy::load(tx);
  if (!policy) return tl::unexpected(std::move(policy).error());
  if (!policy->first.form_open) return linli::fail(Errc::form_closed);
  const auto tree = s.grids.tree();
  auto community = community_of(s, *tree, asked.report.place, asked.community);
  if (!community) return tl::unexpected(std::move(community).error());
  auto way = way_in(call, **community, *tree, policy->first.name);
  if (!way) return tl::unexpected(std::move(way).error());
  // Told again because the answer was lost: its pictures are the message's by now.
  auto known = tx.value<MessageId>(kMessage, {way->first.id, asked.report.once});
  if (!known) return tl::unexpected(std::move(known).error());
  if (*known) asked.files.clear();
  auto files = case_files::by_keys(tx, s.sealer, asked.files, s.clock.now());
  if (!files) return tl::unexpected(std::move(files).error());
  for (const CaseFile& file : *files) {
    auto bytes = s.open_blob(file.blob);
    if (!bytes) return tl::unexpected(std::move(bytes).error());
    asked.report.pictures.push_back({"picture.jpg", file.media_type, *std::move(bytes)});
  }

  auto receipt = std::make_shared<std::promise<Result<Receipt>>>();
  auto waits = receipt->get_future();
  LINLI_TRY(s.intake.take(
      way->first, {form::message(asked.report, way->second, phrase("public.sender", {}, Language::zh), s.clock.now())},
      false, [receipt](Result<Receipt> done) { receipt->set_value(std::move(done)); }));
  if (waits.wait_for(kIntakeWaits) != std::future_status::ready) return linli::fail(Errc::overloaded);
  auto taken = waits.get();
  if (!taken) return tl::unexpected(std::move(taken).error());
  // Dropped: who left this number wants none of it, or says so now (people/opt_outs.h). Nothing is kept.
  if (taken->fresh + taken->known == 0) return linli::fail(Errc::bad_value, Where::at_field("text"));

  auto written = s.writer.write([&](Tx& wtx) -> Result<std::string> {
    auto message = wtx.value<MessageId>(kMessage, {way->first.id, asked.report.once});
    if (!message) return tl::unexpected(std::move(message).error());
    if (!*message) return linli::fail(Errc::not_found);
    if (!asked.report.contact.empty()) LINLI_TRY(form::add_contact(wtx, s.sealer, **message, asked.report.contact));
    for (const CaseFile& file : *files) LINLI_TRY(case_files::drop(wtx, file.id));
    LINLI_TRY(s.public_guard->store(wtx, What::report, call.request.client));
    return public_links::make(wtx, s.sealer, {.message = **message, .speaks = true, .made_at = s.clock.now()});
  });
  auto token = written.get();
  if (!token) return tl::unexpected(std::move(token).error());
  return json_answer(201, json::serialize(token_json(call, *token)));
}

// The same report under the same Idempotency-Key is one; without a key each is its own.
std::string once_of(const Call& call) {
  const std::string_view key = call.request.header("idempotency-key");
  const std::string begin(form::kReports);
  if (key.empty()) return begin + random_link_token();
  return begin + std::to_string(call.services.sealer.hash("reports.once", std::string(key) + "\n" + call.request.body));
}

// What the office answered to the asker's own report.
Result<json::array> answers_of(const Call& call, Tx& tx, LeadId lead) {
  json::array out;
  auto replies = replies::of_lead(tx, call.services.sealer, lead);
  if (!replies) return tl::unexpected(std::move(replies).error());
  for (auto reply = replies->rbegin(); reply != replies->rend(); ++reply) {
    if (reply->withdrawn_at) continue;
    for (const outgoing::Item& item : reply->out) {
      const auto group = call.services.groups.find(item.group);
      if (!group || !form::is_group(group->external_id) || item.state != OutState::sent) continue;
      out.push_back(
          json::object{{"at", format_time(item.said_at.value_or(reply->at))}, {"text", mask_numbers(item.words.text)}});
      break;
    }
  }
  return out;
}

std::string_view report_state(const public_links::Standing& standing) {
  if (standing.one) return "in_case";
  if (!standing.lead) return "received";
  switch (standing.state) {
    case LeadState::open: return "received";
    case LeadState::answered: return "answered";
    case LeadState::dismissed: return "not_taken";
    default: return "looked_at";
  }
}

}  // namespace

void add_public_report(Call call) {
  Input in(call.request);
  Asked asked;
  asked.report.text = in.text("text", 1, kLongestText);
  asked.report.place = in.text("place", 1, kLongestPlace);
  asked.report.contact.name = in.optional_text("contact_name", 0, 64).value_or("");
  asked.report.contact.phone = in.optional_text("contact_phone", 0, 32).value_or("");
  asked.community = in.optional_text("community", 0, 64).value_or("");
  asked.files = read_files(in);
  const bool machine = !in.optional_text("website", 0, 200).value_or("").empty();
  if (auto wrong = in.finish()) return call.fail(*wrong);
  asked.report.once = once_of(call);
  if (auto free = call.services.public_guard->take(What::report, call.request.client); !free)
    return call.fail(free.error());
  // Who fills in what no person sees is answered like anybody, and nothing is kept.
  if (machine) return call.answer(json_answer(201, json::serialize(token_json(call, random_link_token()))));
  read(std::move(call), [asked = std::move(asked)](Call& c, Tx& tx) mutable { return take(c, tx, asked); });
}

void find_similar_reports(Call call) {
  Input in(call.request);
  const std::string place = in.text("place", 1, kLongestPlace);
  const std::string text = in.optional_text("text", 0, kLongestText).value_or("");
  const std::string chosen = in.optional_text("community", 0, 64).value_or("");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  if (auto free = call.services.public_guard->take(What::similar, call.request.client); !free)
    return call.fail(free.error());
  read(std::move(call), [place, text, chosen](Call& c, Tx& tx) -> Result<Response> {
    Services& s = c.services;
    const auto tree = s.grids.tree();
    auto community = community_of(s, *tree, place, chosen);
    if (!community) return tl::unexpected(std::move(community).error());
    auto found = desk::known(tx, s.sealer, (*community)->path, place, text, s.clock.now());
    if (!found) return tl::unexpected(std::move(found).error());
    json::array known;
    for (const desk::Known& one : *found) {
      if (notify::named_people_only(one.category)) continue;
      const Grid* grid = tree->find_code(std::string_view(one.grid_path).substr(one.grid_path.rfind('/') + 1));
      known.push_back(json::object{
          {"follow", sign_until(s.sealer, kFollow, to_text(one.lead), s.clock.now() + kFollowHolds)},
          {"matter", public_matter(one.category, c.language)},
          {"where", grid ? grid->name : (*community)->name},
          {"state", public_words("state", one.state ? public_view::state(*one.state) : "received", c.language)},
          {"since", format_time(one.asked_at)}});
    }
    return json_answer(200, json::serialize(json::object{{"known", std::move(known)}}));
  });
}

void follow_public_report(Call call) {
  Input in(call.request);
  const std::string text = in.text("follow", 1, 200);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  const auto id = signed_until(call.services.sealer, kFollow, text, call.services.clock.now());
  const auto lead = id ? parse_id<LeadTag>(*id) : std::nullopt;
  if (!lead) return call.fail({Errc::not_found, Where::at_field("follow"), {}});
  if (auto free = call.services.public_guard->take(What::similar, call.request.client); !free)
    return call.fail(free.error());
  write(std::move(call), [lead = *lead](Call& c, Tx& tx) -> Result<Written> {
    public_links::Link link{.lead = lead, .made_at = c.services.clock.now()};
    auto standing = public_links::follow(tx, c.services.sealer, link);
    if (!standing) return tl::unexpected(std::move(standing).error());
    if (!*standing) return linli::fail(Errc::not_found, Where::at_field("follow"));
    auto token = public_links::make(tx, c.services.sealer, link);
    if (!token) return tl::unexpected(std::move(token).error());
    return Written{json_answer(201, json::serialize(token_json(c, *token))), {}};
  });
}

void get_public_report(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto standing = standing_of(c, tx);
    if (!standing) return tl::unexpected(std::move(standing).error());
    json::array answers;
    if (standing->link.speaks && standing->link.message && standing->lead) {
      auto found = answers_of(c, tx, standing->lead);
      if (!found) return tl::unexpected(std::move(found).error());
      answers = *std::move(found);
    }
    json::value one;
    if (standing->one) {
      auto shown = public_case(c, tx, *standing);
      if (!shown) return tl::unexpected(std::move(shown).error());
      one = *std::move(shown);
    }
    return json_answer(
        200, json::serialize(json::object{{"state", public_words("report", report_state(*standing), c.language)},
                                          {"office", office_of(c, standing->grid_path)},
                                          {"received_at", format_time(standing->asked_at)},
                                          {"answers", std::move(answers)},
                                          {"case", std::move(one)}}));
  });
}

}  // namespace linli::api
