#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "store/outbox.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<Instant>& at) {
  if (!at) return nullptr;
  return json::value(format_time(*at));
}

json::object group_json(const Group& group, const Services& services) {
  const Channels& channels = services.channels;
  const Silence silence = services.rhythms.of(group.id, services.clock.now());
  const auto channel = channels.find(group.channel);
  return {{"id", to_text(group.id)},
          {"channel", channel ? channel->name : std::string()},
          {"external_id", group.external_id},
          {"name", group.name},
          {"state", linli::name(group.state)},
          {"grid_id", group.grid_id ? json::value(to_text(group.grid_id)) : json::value()},
          {"grid", group.grid},
          {"community", group.community},
          {"street", group.street},
          {"responsible", group.responsible},
          {"legal_basis", group.legal_basis},
          {"notice_at", time_or_null(group.notice_at)},
          {"notice", group.notice_token.empty() ? json::value() : json::value("/notice/" + group.notice_token)},
          {"last_heard_at", time_or_null(group.last_heard_at)},
          {"silence",
           {{"too_long", silence.too_long},
            {"hours", silence.hours},
            {"days_heard", silence.days_heard},
            {"days", silence.days}}},
          {"messages", group.messages},
          {"dropped", group.dropped}};
}

std::shared_ptr<const Group> group_of(const Call& call) {
  const auto id = parse_id<GroupTag>(call.request.params[0]);
  auto group = id ? call.services.groups.find(*id) : nullptr;
  return group && call.actor().may(Right::groups_admit, group->grid_path) ? group : nullptr;
}

constexpr std::string_view kImportChannel = "import";  // linli import has the same

const Error kUnknown{Errc::unknown_group, Where::at_field("group"), {}};

// The change, what the console is told, and the answer.
Result<Written> changed(Call& call, Tx& tx, Group group) {
  LINLI_TRY(Groups::write(tx, group));
  LINLI_TRY(Outbox::append(tx, Event{0,
                                     "group.changed",
                                     group.id.value,
                                     group.grid_path,
                                     std::string(name(Right::groups_read)),
                                     call.services.clock.now(),
                                     {}}));
  Response response = json_answer(200, json::serialize(group_json(group, call.services)));
  return Written{std::move(response), [&services = call.services, group = std::move(group)] {
                   services.groups.keep(group);
                   if (services.directories_changed) services.directories_changed();
                 }};
}

}  // namespace

void list_groups(Call call) {
  std::optional<GroupState> state;
  if (const auto text = call.request.query_value("state")) {
    state = parse_group_state(*text);
    if (!state)
      return call.fail({Errc::bad_value, Where::at_field("state"), {{"allowed", "waiting, admitted, refused"}}});
  }
  // A district has thousands, each with its habits: not on the I/O thread.
  read(std::move(call), [state](Call& c, Tx&) -> Result<Response> {
    json::array list;
    for (const auto& group : c.services.groups.all(c.actor()))
      if (!state || group->state == *state) list.push_back(group_json(*group, c.services));
    return json_answer(200, json::serialize(json::object{{"groups", std::move(list)}}));
  });
}

// A group that no channel hears: its talk comes by files and paste. It waits for its admission like any other.
void add_group(Call call) {
  if (!call.actor().everywhere(Right::groups_change)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  const std::string group_name = in.text("name", 1, 128);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [group_name](Call& c, Tx& tx) -> Result<Written> {
    const auto known = c.services.channels.find(kImportChannel);
    Channel channel = known ? *known : Channel{};
    if (!known) {
      channel.id = c.services.ids.draw<ChannelId>();
      channel.name = kImportChannel;
      channel.kind = ChannelKind::file;
      channel.created_at = c.services.clock.now();
      LINLI_TRY(Channels::add(tx, c.services.sealer, channel));
      LINLI_TRY(record(c, tx, "channel.added", "channel", to_text(channel.id),
                       json::serialize(json::object{{"name", channel.name}})));
    }
    Group group;
    group.id = c.services.ids.draw<GroupId>();
    group.channel = channel.id;
    group.external_id = to_text(group.id);
    group.name = group_name;
    auto added = Groups::add(tx, group);
    if (!added) return tl::unexpected(std::move(added).error());
    LINLI_TRY(record(c, tx, "group.added", "group", to_text(group.id)));
    LINLI_TRY(Outbox::append(tx, Event{0,
                                       "group.heard",
                                       group.id.value,
                                       group.grid_path,
                                       std::string(name(Right::groups_read)),
                                       c.services.clock.now(),
                                       {}}));
    json::object body = group_json(group, c.services);
    body["channel"] = channel.name;
    return Written{json_answer(201, json::serialize(body)), [&services = c.services, known, channel, group] {
                     if (!known) services.channels.keep(channel);
                     services.groups.keep_new(group);
                   }};
  });
}

void admit_group(Call call) {
  if (!group_of(call)) return call.fail(kUnknown);
  Input in(call.request);
  Admission admission;
  const auto grid = in.optional_text("grid_id", 1, 64);
  if (grid) {
    const auto id = parse_id<GridTag>(*grid);
    if (!id || !bind(admission, *call.services.grids.tree(), *id)) in.wrong(Errc::not_found, "grid_id");
  } else {
    admission.grid = in.text("grid", 1, 128);
    admission.community = in.text("community", 1, 128);
    admission.street = in.text("street", 1, 128);
  }
  admission.responsible = in.text("responsible", 1, 128);
  admission.legal_basis = in.text("legal_basis", 1, 256);
  admission.notice_at = in.optional_time("notice_at");
  admission.places = in.texts("places", 2'000, 1, 128);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [admission](Call& c, Tx& tx) -> Result<Written> {
    const auto group = group_of(c);  // as it stands when it is this call's turn
    if (!group) return tl::unexpected(kUnknown);
    Group group_now = admitted(*group, admission, c.actor().id, c.services.clock.now());
    if (group_now.notice_token.empty()) group_now.notice_token = random_link_token();
    LINLI_TRY(Groups::write_places(tx, group_now.community_key, admission.places));
    const json::object detail{{"grid_id", group_now.grid_id ? json::value(to_text(group_now.grid_id)) : json::value()},
                              {"grid_path", group_now.grid_path},
                              {"responsible", group_now.responsible},
                              {"legal_basis", group_now.legal_basis}};
    LINLI_TRY(record(c, tx, "group.admitted", "group", to_text(group_now.id), json::serialize(detail)));
    return changed(c, tx, std::move(group_now));
  });
}

void refuse_group(Call call) {
  if (!group_of(call)) return call.fail(kUnknown);
  write_once(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const auto group = group_of(c);
    if (!group) return tl::unexpected(kUnknown);
    LINLI_TRY(record(c, tx, "group.refused", "group", to_text(group->id)));
    return changed(c, tx, refused(*group));
  });
}

}  // namespace linli::api
