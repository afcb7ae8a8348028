#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "people/fetch.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::object channel_json(const Channel& channel, std::optional<Instant> last_heard) {
  json::object out{{"id", to_text(channel.id)},
                   {"name", channel.name},
                   {"kind", linli::name(channel.kind)},
                   {"admit_all", channel.admit_all},
                   {"created_at", format_time(channel.created_at)},
                   {"send_url", nullptr},
                   {"last_heard_at", nullptr}};
  if (!channel.send_url.empty()) out["send_url"] = channel.send_url;
  if (last_heard) out["last_heard_at"] = format_time(*last_heard);
  return out;
}

// Where words go out; null: people copy them.
std::string send_url_of(Input& in) {
  const std::string url = in.optional_text("send_url", 1, 500).value_or("");
  if (!url.empty() && !is_safe_url(url)) in.wrong(Errc::bad_value, "send_url", {{"allowed", "https://…"}});
  return url;
}

}  // namespace

// A channel belongs to no grid: it takes the right everywhere.
void list_channels(Call call) {
  if (!call.actor().everywhere(Right::channels_read)) return call.fail({Errc::not_allowed, {}, {}});
  const Channels& channels = call.services.channels;
  json::array list;
  for (const auto& channel : channels.all()) list.push_back(channel_json(*channel, channels.last_heard(channel->id)));
  call.answer(json_answer(200, json::serialize(json::object{{"channels", std::move(list)}})));
}

void add_channel(Call call) {
  if (!call.actor().everywhere(Right::channels_change)) return call.fail({Errc::not_allowed, {}, {}});
  Input in(call.request);
  Channel channel;
  channel.name = in.text("name", 1, 63);
  if (in.text("kind", 1, 20) != "webhook") in.wrong(Errc::bad_value, "kind", {{"allowed", "webhook"}});
  channel.admit_all = in.optional_bool("admit_all").value_or(false);
  channel.send_url = send_url_of(in);
  if (!is_channel_name(channel.name)) in.wrong(Errc::bad_value, "name");
  if (auto wrong = in.finish()) return call.fail(*wrong);
  channel.id = call.services.ids.draw<ChannelId>();
  channel.kind = ChannelKind::webhook;
  channel.secrets.push_back(WebhookSecret::generate());
  channel.created_at = call.services.clock.now();
  write_once(std::move(call), [channel](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(Channels::add(tx, c.services.sealer, channel));
    LINLI_TRY(record(c, tx, "channel.added", "channel", to_text(channel.id),
                     json::serialize(json::object{{"name", channel.name}, {"admit_all", channel.admit_all}})));
    json::object body = channel_json(channel, {});
    body["secret"] = channel.secrets.front().text();
    Channels& channels = c.services.channels;
    return Written{json_answer(201, json::serialize(body)), [&channels, channel] { channels.keep(channel); }};
  });
}

void change_channel(Call call) {
  if (!call.actor().everywhere(Right::channels_change)) return call.fail({Errc::not_allowed, {}, {}});
  const auto found = call.services.channels.find(call.request.params[0]);
  if (!found || found->kind != ChannelKind::webhook)
    return call.fail({Errc::unknown_channel, Where::at_field("channel"), {}});
  Input in(call.request);
  if (!in.says("send_url")) in.wrong(Errc::missing_field, "send_url");
  Channel channel = *found;
  channel.send_url = send_url_of(in);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [channel](Call& c, Tx& tx) -> Result<Written> {
    LINLI_TRY(Channels::set_send_url(tx, channel.id, channel.send_url));
    LINLI_TRY(record(c, tx, "channel.changed", "channel", to_text(channel.id),
                     json::serialize(json::object{{"sends", !channel.send_url.empty()}})));
    Channels& channels = c.services.channels;
    return Written{json_answer(200, json::serialize(channel_json(channel, channels.last_heard(channel.id)))),
                   [&channels, channel] { channels.keep(channel); }};
  });
}

}  // namespace linli::api
