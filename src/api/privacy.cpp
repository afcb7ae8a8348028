// The notice that residents read, and what the one who answers for their data does: retention, erasure, the report.
#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "channels/messages.h"
#include "leads/erasure.h"
#include "people/policies.h"
#include "people/privacy_report.h"

namespace linli::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t kAtOnce = 500;  // messages emptied in one transaction

Response retention_answer(const Retention& r, int revision) {
  Response response = json_answer(200, json::serialize(to_json(r)));
  response.headers.emplace_back("etag", "\"" + std::to_string(revision) + "\"");
  return response;
}

// These concern everybody's data: they take the right everywhere.
bool may(const Call& call) { return call.actor().everywhere(Right::privacy_change); }

Response erasure_answer(const erasure::Found& found, bool erased) {
  return json_answer(200, json::serialize(json::object{{"messages", found.messages},
                                                       {"attachments", found.attachments},
                                                       {"leads", found.leads},
                                                       {"erased", erased}}));
}

// On a reader's thread, step by step on the writer's: intake goes on in between.
Result<void> erase_all(Call& call, const Resident& resident, const Resident& by_name, MessageId named,
                       const erasure::Found& found, bool opt_out) {
  Services& s = call.services;
  const Instant now = s.clock.now();
  for (bool done = false, first = true; !done; first = false) {
    auto step = s.writer.write([&](Tx& tx) -> Result<erasure::Step> {
      if (first) {
        if (opt_out) LINLI_TRY(OptOuts::write(tx, resident, {true, now}));
        if (opt_out && by_name.sender != 0) LINLI_TRY(OptOuts::write_name(tx, by_name, {true, now}));
        auto added =
            audit::add(tx, s.sealer,
                       call.entry("resident.erased", "channel", to_text(resident.channel),
                                  json::serialize(json::object{
                                      {"messages", found.messages}, {"leads", found.leads}, {"opt_out", opt_out}})));
        if (!added) return tl::unexpected(std::move(added).error());
      }
      return erasure::erase(tx, s.sealer, resident, named, now, kAtOnce);
    });
    auto result = step.get();
    if (!result) return tl::unexpected(std::move(result).error());
    if (first && opt_out) s.opt_outs.keep(resident, {true, now});
    if (first && opt_out && by_name.sender != 0) s.opt_outs.keep_name(by_name, {true, now});
    if (first) s.member_roles.drop(resident);
    done = result->done;
  }
  if (s.words_erased) s.words_erased();
  return {};
}

}  // namespace

void get_notice(Call call) {
  const auto group = call.services.groups.find_notice(call.request.params[0]);
  if (!group) return call.fail({Errc::not_found, {}, {}});
  read(std::move(call), [group](Call&, Tx& tx) -> Result<Response> {
    auto kept = retention(tx);
    if (!kept) return tl::unexpected(std::move(kept).error());
    return json_answer(
        200, json::serialize(json::object{
                 {"group", group->name},
                 {"community", group->community},
                 {"responsible", group->responsible},
                 {"legal_basis", group->legal_basis},
                 {"admitted_at", group->admitted_at ? json::value(format_time(*group->admitted_at)) : json::value()},
                 {"chatter_days", kept->first.chatter_days},
                 {"lead_days", kept->first.lead_days},
                 {"opt_out_words", kOptOutWords},
                 {"opt_in_words", kOptInWords}}));
  });
}

void get_retention(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  read(std::move(call), [](Call&, Tx& tx) -> Result<Response> {
    auto kept = retention(tx);
    if (!kept) return tl::unexpected(std::move(kept).error());
    return retention_answer(kept->first, kept->second);
  });
}

void set_retention(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  auto seen = seen_revision(call.request);
  if (!seen) return call.fail(seen.error());
  Input in(call.request);
  Retention wanted;
  for (auto [field, days] : {std::pair{"chatter_days", &wanted.chatter_days}, {"lead_days", &wanted.lead_days}}) {
    const auto value = in.optional_number(field, Retention::kLeast, Retention::kMost);
    if (value && *value == static_cast<int>(*value)) *days = static_cast<int>(*value);
    else in.wrong(value ? Errc::bad_value : Errc::missing_field, field, {{"allowed", "3-3650"}});
  }
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [wanted, seen = *seen](Call& c, Tx& tx) -> Result<Written> {
    auto before = retention(tx);
    if (!before) return tl::unexpected(std::move(before).error());
    auto revision = linli::set_retention(tx, wanted, seen, c.actor().id, c.services.clock.now());
    if (!revision) return tl::unexpected(std::move(revision).error());
    auto entry = c.entry("setting.changed", "setting", "retention");
    entry.before = json::serialize(to_json(before->first));
    entry.after = json::serialize(to_json(wanted));
    auto added = audit::add(tx, c.services.sealer, entry);
    if (!added) return tl::unexpected(std::move(added).error());
    return Written{retention_answer(wanted, *revision), {}};
  });
}

void erase_resident(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  const auto message = parse_id<MessageTag>(in.text("message", 1, 64));
  const bool apply = in.optional_bool("apply").value_or(false), opt_out = in.optional_bool("opt_out").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  const Error unknown{Errc::not_found, Where::at_field("message"), {}};
  if (!message) return call.fail(unknown);
  auto shared = std::make_shared<Call>(std::move(call));
  auto taken = shared->services.readers.submit([shared, message = *message, apply, opt_out, unknown](Result<Tx*> tx) {
    if (!tx) return shared->fail(tx.error());
    auto resident = erasure::resident_of(**tx, message);
    if (!resident) return shared->fail(resident.error());
    if (!*resident) return shared->fail(unknown);
    auto found = erasure::count(**tx, **resident);
    if (!found) return shared->fail(found.error());
    if (apply) {
      const Sealer& sealer = shared->services.sealer;
      auto words = read_messages(**tx, sealer, std::span(&message, 1));
      if (!words) return shared->fail(words.error());
      Resident by_name{(*resident)->channel, 0};
      if (!words->empty() && !words->front().message.sender_name.empty())
        by_name.sender = sealer.hash("opt_out_names.name", words->front().message.sender_name);
      if (auto done = erase_all(*shared, **resident, by_name, message, *found, opt_out); !done)
        return shared->fail(done.error());
    }
    shared->answer(erasure_answer(*found, apply));
  });
  if (!taken) shared->fail(taken.error());
}

void get_privacy_report(Call call) {
  if (!may(call)) return call.fail({Errc::not_allowed, {}, {}});
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto report = privacy_report(tx, c.services.clock.now());
    if (!report) return tl::unexpected(std::move(report).error());
    return json_answer(200, json::serialize(to_json(*report)));
  });
}

}  // namespace linli::api
