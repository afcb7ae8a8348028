// Pasted talk: read from memory, at once.
#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <sstream>

#include "channels/imports.h"
#include "channels/messages.h"
#include "people/audit.h"

namespace linli {

namespace json = boost::json;

namespace {

struct Opened {
  ExportShape shape;
  std::unique_ptr<ExportReader> reader;
};

// All of a text as one message.
class SingleReader final : public ExportReader {
 public:
  SingleReader(const Imports::Paste& paste, Instant now, const TimeZone& zone) : clock_(zone, now) {
    message_.line = 1;
    message_.name = paste.name;
    message_.text = paste.text;
    message_.timed = paste.at.has_value();
    message_.at = paste.at.value_or(now);
  }
  Result<std::optional<ExportedMessage>> next() override {
    if (std::exchange(given_, true)) return std::optional<ExportedMessage>{};
    return std::optional<ExportedMessage>(message_);
  }
  const ChatClock& clock() const override { return clock_; }

 private:
  ExportedMessage message_;
  ChatClock clock_;
  bool given_ = false;
};

Result<Opened> open_paste(const Imports::Paste& paste, Instant now, const TimeZone& zone) {
  if (paste.text.size() > Imports::longest_paste)
    return fail(Errc::too_long, Where::at_field("text"), {{"max", std::to_string(Imports::longest_paste)}});
  if (paste.single) {
    if (paste.name.empty()) return fail(Errc::missing_field, Where::at_field("name"));
    return Opened{ExportShape{.confidence = 1}, std::make_unique<SingleReader>(paste, now, zone)};
  }
  const OpenBytes open = [&paste] { return std::make_unique<std::istringstream>(paste.text); };
  ExportChoice choice = paste.choice.shape;
  choice.encoding = Encoding::utf8;
  if (choice.as_of == Instant{}) choice.as_of = now;
  auto shape = find_shape(open, choice);
  if (!shape) return tl::unexpected(std::move(shape).error());
  const Wraps wraps = count_wraps(open, *shape, choice.as_of, zone);
  return Opened{*shape, read_export(open, *shape, choice.as_of, zone, wraps)};
}

}  // namespace

Result<json::object> Imports::preview(Tx& tx, GroupId id, const Paste& paste, Language language) {
  auto group = admitted(id);
  if (!group) return tl::unexpected(std::move(group).error());
  auto opened = open_paste(paste, parts_.clock.now(), parts_.zone);
  if (!opened) return tl::unexpected(std::move(opened).error());
  auto before = heard_before(tx, parts_.sealer, **group);
  if (!before) return tl::unexpected(std::move(before).error());
  ExportIdentity identity(parts_.sealer, **group, *std::move(before), paste.choice.me);
  json::object out = to_json(opened->shape);
  out["survey"] = to_json(survey(*opened->reader, identity), language);
  return out;
}

Result<std::vector<std::string>> Imports::recent_names(Tx& tx, GroupId group) {
  constexpr int kLooked = 300;
  constexpr std::size_t kNames = 12;
  const MessageId end{std::numeric_limits<std::int64_t>::max()};
  auto page = messages_before(tx, parts_.sealer, group, end, kLooked);
  if (!page) return tl::unexpected(std::move(page).error());
  std::vector<std::string> out;
  for (auto m = page->rbegin(); m != page->rend() && out.size() < kNames; ++m) {
    const std::string& name = m->message.sender_name;
    if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(name);
  }
  return out;
}

Result<TakenIn> Imports::paste(Tx& tx, UserId by, GroupId id, const Paste& paste) {
  auto group = admitted(id);
  if (!group) return tl::unexpected(std::move(group).error());
  const auto channel = parts_.channels.find((*group)->channel);
  if (!channel) return fail(Errc::unknown_channel, Where::at_field("channel"));
  const Instant now = parts_.clock.now();
  auto opened = open_paste(paste, now, parts_.zone);
  if (!opened) return tl::unexpected(std::move(opened).error());
  auto before = heard_before(tx, parts_.sealer, **group);
  if (!before) return tl::unexpected(std::move(before).error());
  ExportIdentity identity(parts_.sealer, **group, *std::move(before), paste.choice.me);
  TakeIn how{paste.at, {}};
  if (paste.just_now) how.live_from = now - live_for;
  auto taken = take_in(*opened->reader, identity, parts_.intake, *channel, how);
  if (!taken) return taken;
  audit::Entry entry;
  entry.at = now;
  entry.by = audit::By::user(by);
  entry.what = "messages.pasted";
  entry.object_kind = "group";
  entry.object_id = to_text(id);
  entry.detail = json::serialize(json::object{
      {"new", taken->fresh}, {"known", taken->known}, {"dropped", taken->dropped}, {"just_now", paste.just_now}});
  auto written = parts_.writer.write([&](Tx& tx) { return audit::add(tx, parts_.sealer, entry); });
  LINLI_TRY(written.get());
  return taken;
}

}  // namespace linli
