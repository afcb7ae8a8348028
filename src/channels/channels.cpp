#include "channels/channels.h"

#include <algorithm>
#include <array>
#include <mutex>

namespace linli {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"webhook", "file", "demo", "form"};

Result<void> take_secret(const Sealer& sealer, std::string_view place, std::string_view sealed, Channel& channel) {
  if (sealed.empty()) return {};
  auto text = sealer.open(place, sealed);
  if (!text) return tl::unexpected(std::move(text).error());
  auto secret = WebhookSecret::parse(*text);
  if (!secret) return fail(Errc::sealed_broken, Where::at(std::string(place)));
  channel.secrets.push_back(*std::move(secret));
  return {};
}

}  // namespace

std::string_view name(ChannelKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<ChannelKind> parse_channel_kind(std::string_view text) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == text) return static_cast<ChannelKind>(i);
  }
  return {};
}

bool is_channel_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text[0] != '-' && std::all_of(text.begin(), text.end(), fits);
}

Result<void> Channels::load(Tx& tx, const Sealer& sealer) {
  std::unordered_map<ChannelId, std::shared_ptr<const Channel>> found;
  std::unordered_map<ChannelId, Instant> heard;
  Result<void> read;
  LINLI_TRY(
      tx.each("SELECT id, name, kind, secret, secret_previous, admit_all, created_at, send_url FROM channels WHERE "
              "disabled_at IS NULL",
              {}, [&](const Row& row) {
                auto channel = std::make_shared<Channel>();
                channel->id = row.get<ChannelId>(0);
                channel->name = row.get<std::string>(1);
                channel->kind = parse_channel_kind(row.bytes(2)).value_or(ChannelKind::file);
                channel->admit_all = row.get<bool>(5);
                channel->created_at = row.get<Instant>(6);
                channel->send_url = row.get<std::string>(7);
                if (read) read = take_secret(sealer, "channels.secret", row.bytes(3), *channel);
                if (read) read = take_secret(sealer, "channels.secret_previous", row.bytes(4), *channel);
                found[channel->id] = std::move(channel);
              }));
  if (!read) return read;
  LINLI_TRY(
      tx.each("SELECT channel_id, MAX(last_heard_at) FROM groups WHERE last_heard_at IS NOT NULL GROUP BY channel_id",
              {}, [&](const Row& row) { heard[row.get<ChannelId>(0)] = row.get<Instant>(1); }));
  std::unique_lock lock(mutex_);
  by_id_ = std::move(found);
  heard_ = std::move(heard);
  return {};
}

std::shared_ptr<const Channel> Channels::find(std::string_view id_or_name) const {
  if (const auto id = parse_id<ChannelTag>(id_or_name)) return find(*id);
  std::shared_lock lock(mutex_);
  for (const auto& [id, channel] : by_id_) {
    if (channel->name == id_or_name) return channel;
  }
  return nullptr;
}

std::shared_ptr<const Channel> Channels::find(ChannelId id) const {
  std::shared_lock lock(mutex_);
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<const Channel>> Channels::all() const {
  std::vector<std::shared_ptr<const Channel>> out;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, channel] : by_id_) out.push_back(channel);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
  return out;
}

Result<void> Channels::add(Tx& tx, const Sealer& sealer, const Channel& channel) {
  if (!is_channel_name(channel.name)) return fail(Errc::bad_value, Where::at_field("name"));
  std::optional<std::string> sealed;
  if (!channel.secrets.empty()) sealed = sealer.seal("channels.secret", channel.secrets.front().text());
  auto added = tx.run(
      "INSERT INTO channels (id, name, kind, secret, admit_all, created_at, send_url) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7) ON CONFLICT (name) DO NOTHING",
      {channel.id, channel.name, name(channel.kind), sealed ? Param(Blob{*sealed}) : Param(nullptr), channel.admit_all,
       channel.created_at, channel.send_url.empty() ? std::nullopt : std::optional(channel.send_url)});
  if (!added) return tl::unexpected(std::move(added).error());
  if (*added == 0) return fail(Errc::name_taken, Where::at_field("name"), {{"name", channel.name}});
  return {};
}

Result<void> Channels::set_send_url(Tx& tx, ChannelId id, const std::string& url) {
  LINLI_TRY(
      tx.run("UPDATE channels SET send_url = $2 WHERE id = $1", {id, url.empty() ? std::nullopt : std::optional(url)}));
  return {};
}

void Channels::keep(Channel channel) {
  std::unique_lock lock(mutex_);
  const ChannelId id = channel.id;
  by_id_[id] = std::make_shared<const Channel>(std::move(channel));
}

void Channels::heard(ChannelId id, Instant at) {
  std::unique_lock lock(mutex_);
  Instant& last = heard_[id];
  last = std::max(last, at);
}

std::optional<Instant> Channels::last_heard(ChannelId id) const {
  std::shared_lock lock(mutex_);
  const auto at = heard_.find(id);
  if (at == heard_.end()) return {};
  return at->second;
}

}  // namespace linli
