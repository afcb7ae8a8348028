#include "app/operations.h"

#include <boost/json.hpp>
#include <future>
#include <thread>

#include "channels/chatlog/chatlog.h"
#include "people/audit.h"
#include "people/second_factor.h"

namespace linli::app {
namespace {

namespace json = boost::json;

constexpr std::string_view kAdministrator = "admin";
constexpr std::size_t kImportBatch = 500;

audit::Entry entry(Instant at, audit::By by, std::string what, std::string object_kind, std::string object_id,
                   std::string detail = {}) {
  audit::Entry out;
  out.at = at;
  out.by = by;
  out.what = std::move(what);
  out.object_kind = std::move(object_kind);
  out.object_id = std::move(object_id);
  out.detail = std::move(detail);
  return out;
}

}  // namespace

Result<bool> Operations::ensure_administrator() {
  return writer_
      .write([&](Tx& tx) -> Result<bool> {
        auto found = users::find(tx, kAdministrator);
        if (!found) return tl::unexpected(std::move(found).error());
        if (*found) return (*found)->password_hash.has_value();
        const User admin{ids_.draw<UserId>(), std::string(kAdministrator), "管理员", {}, {}};
        LINLI_TRY(users::add(tx, admin, clock_.now()));
        const Day today = zone_.day(clock_.now());
        LINLI_TRY(
            holdings::give(tx, {ids_.draw<HoldingId>(), admin.id, StaffRole::administrator, {}, {}, today, kNoEnd, {}},
                           {}, clock_.now()));
        LINLI_TRY(audit::add(tx, sealer_,
                             entry(clock_.now(), audit::By::machine(), "user.added", "user", to_text(admin.id))));
        return false;
      })
      .get();
}

Result<void> Operations::add_user(const std::string& name, const std::string& display_name, StaffRole role,
                                  const std::string& grid_code) {
  LINLI_TRY(users::check_name(name));
  Holding holding{ids_.draw<HoldingId>(), ids_.draw<UserId>(), role, {}, {}, zone_.day(clock_.now()), kNoEnd, {}};
  if (!grid_code.empty()) {
    const auto tree = grids_.tree();
    const Grid* grid = tree->find_code(grid_code);
    if (!grid || grid->closed_at) return linli::fail(Errc::not_found, Where::at_field("grid"), {{"grid", grid_code}});
    holding.grid = grid->id;
  }
  auto added = writer_.write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(users::add(tx, {holding.user, name, display_name, {}, {}}, clock_.now()));
    LINLI_TRY(holdings::give(tx, holding, {}, clock_.now()));
    LINLI_TRY(audit::add(tx, sealer_,
                         entry(clock_.now(), audit::By::command(), "user.added", "user", to_text(holding.user),
                               json::serialize(json::object{{"role", linli::name(role)}, {"grid", grid_code}}))));
    return true;
  });
  LINLI_TRY(added.get());
  return {};
}

Result<void> Operations::set_password(const std::string& user, const std::string& password) {
  LINLI_TRY(check_password_rules(password, user));
  const std::string hash = Passwords::hash_now(password);
  auto set = writer_.write([&](Tx& tx) -> Result<bool> {
    auto found = users::find(tx, user);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return linli::fail(Errc::not_found, Where::at_field("name"), {{"name", user}});
    LINLI_TRY(users::set_password(tx, (*found)->id, hash));
    LINLI_TRY(sessions::close_others(tx, (*found)->id, {}));
    LINLI_TRY(audit::add(tx, sealer_,
                         entry(clock_.now(), audit::By::command(), "password.set", "user", to_text((*found)->id))));
    return true;
  });
  LINLI_TRY(set.get());
  return {};
}

Result<std::string> Operations::make_sign_in_link(const std::string& user) {
  return writer_
      .write([&](Tx& tx) -> Result<std::string> {
        auto found = users::find(tx, user);
        if (!found) return tl::unexpected(std::move(found).error());
        if (!*found) return linli::fail(Errc::not_found, Where::at_field("name"), {{"name", user}});
        LINLI_TRY(sessions::forget_expired(tx, clock_.now()));
        LINLI_TRY(audit::add(
            tx, sealer_, entry(clock_.now(), audit::By::command(), "user.link_made", "user", to_text((*found)->id))));
        return sessions::make_link(tx, (*found)->id, clock_.now());
      })
      .get();
}

Result<void> Operations::reset_second_factor(const std::string& user) {
  auto reset = writer_.write([&](Tx& tx) -> Result<bool> {
    auto found = users::find(tx, user);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found) return linli::fail(Errc::not_found, Where::at_field("name"), {{"name", user}});
    LINLI_TRY(second_factor::turn_off(tx, (*found)->id));
    LINLI_TRY(audit::add(
        tx, sealer_, entry(clock_.now(), audit::By::command(), "second_factor.reset", "user", to_text((*found)->id))));
    return true;
  });
  LINLI_TRY(reset.get());
  return {};
}

Result<void> Operations::record(const std::string& what, const std::string& detail) {
  auto written = writer_.write(
      [&](Tx& tx) { return audit::add(tx, sealer_, entry(clock_.now(), audit::By::command(), what, {}, {}, detail)); });
  LINLI_TRY(written.get());
  return {};
}

Result<Channel> Operations::add_channel(const std::string& name, ChannelKind kind, bool admit_all) {
  Channel channel{ids_.draw<ChannelId>(), name, kind, admit_all, {}, clock_.now()};
  if (kind == ChannelKind::webhook) channel.secrets.push_back(WebhookSecret::generate());
  auto added = writer_.write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(Channels::add(tx, sealer_, channel));
    LINLI_TRY(
        audit::add(tx, sealer_,
                   entry(clock_.now(), audit::By::command(), "channel.added", "channel", to_text(channel.id),
                         json::serialize(json::object{{"name", channel.name}, {"admit_all", channel.admit_all}}))));
    return true;
  });
  LINLI_TRY(added.get());
  channels_.keep(channel);
  return channel;
}

Result<Channel> Operations::ensure_channel(const std::string& name, ChannelKind kind, bool admit_all) {
  if (const auto found = channels_.find(name)) return *found;
  return add_channel(name, kind, admit_all);
}

Result<GridPlan> Operations::import_grids(const Table& table, const GridPlanOptions& options, bool apply) {
  const Instant now = clock_.now();
  std::optional<GridPlan> plan;
  std::shared_ptr<const GridTree> base, next;
  // On the writer's thread also when nothing is written: nobody else changes the tree meanwhile.
  auto done = writer_.write([&](Tx& tx) -> Result<bool> {
    base = grids_.tree();
    auto planned = plan_grids(
        *base, table, options, [this] { return ids_.draw<GridId>(); }, now);
    if (!planned) return tl::unexpected(std::move(planned).error());
    if (apply && planned->wrong_total == 0) {
      LINLI_TRY(Grids::write(tx, *planned, UserId{}, now));
      if (!planned->changes.empty())
        LINLI_TRY(
            audit::add(tx, sealer_, entry(now, audit::By::command(), "grid.changed", {}, {}, change_counts(*planned))));
      next = std::make_shared<const GridTree>(after(*base, *planned));
    }
    plan = std::move(*planned);
    return true;
  });
  LINLI_TRY(done.get());
  if (next) grids_.keep(base, next, *plan);
  return std::move(*plan);
}

Result<void> Operations::admit(const Channel& channel, const PlaceDirectory& directory, const std::string& responsible,
                               const std::string& legal_basis) {
  std::vector<Group> groups;
  const auto tree = grids_.tree();
  for (const GroupPlace& place : directory.groups) {
    Group group;
    if (const auto known = groups_.find(channel.id, place.group)) {
      group = *known;
    } else {
      group.id = ids_.draw<GroupId>();
      group.channel = channel.id;
      group.external_id = place.group;
      group.name = place.name;
    }
    Admission admission{place.street, place.community, place.grid, responsible, legal_basis, clock_.now(), {}};
    if (const auto found = tree->search(place.grid, 1); !found.empty() && found.front()->name == place.grid)
      bind(admission, *tree, found.front()->id);
    if (group.notice_token.empty()) group.notice_token = random_link_token();
    groups.push_back(admitted(std::move(group), admission, UserId{}, clock_.now()));
  }
  auto written = writer_.write([&](Tx& tx) -> Result<bool> {
    for (const Group& group : groups) {
      LINLI_TRY(Groups::write(tx, group));
      LINLI_TRY(
          audit::add(tx, sealer_,
                     entry(clock_.now(), audit::By::command(), "group.admitted", "group", to_text(group.id),
                           json::serialize(json::object{{"responsible", responsible}, {"legal_basis", legal_basis}}))));
    }
    if (!groups.empty()) LINLI_TRY(Groups::write_places(tx, groups.back().community_key, directory.places));
    return true;
  });
  LINLI_TRY(written.get());
  for (Group& group : groups) groups_.keep(std::move(group));
  return {};
}

Result<Operations::Imported> Operations::import_file(const std::filesystem::path& file, const std::string& channel_name,
                                                     bool admit_all, Language language,
                                                     const std::function<void(std::int64_t)>& progress) {
  auto chat = Chatlog::open(file);
  if (!chat) return tl::unexpected(std::move(chat).error());
  auto channel = ensure_channel(channel_name, ChannelKind::file, admit_all);
  if (!channel) return tl::unexpected(std::move(channel).error());

  Imported result;
  std::vector<Message> batch;
  const auto deliver = [&]() -> Result<void> {
    while (!batch.empty()) {
      auto answered = std::make_shared<std::promise<Result<Receipt>>>();
      auto future = answered->get_future();
      // A copy: when there is no room, the same messages are offered again.
      auto taken = intake_.take(*channel, batch, true,
                                [answered](Result<Receipt> receipt) { answered->set_value(std::move(receipt)); });
      if (!taken) {
        if (taken.error().code != Errc::overloaded) return taken;
        std::this_thread::sleep_for(milliseconds(50));
        continue;
      }
      auto receipt = future.get();
      if (!receipt) return tl::unexpected(std::move(receipt).error());
      result.fresh += static_cast<std::int64_t>(receipt->fresh);
      result.known += static_cast<std::int64_t>(receipt->known);
      result.dropped += static_cast<std::int64_t>(receipt->dropped);
      batch.clear();
    }
    return {};
  };

  std::int64_t lines = 0;
  Deadline next_report = Deadline::in(std::chrono::seconds(1));
  for (;;) {
    auto message = chat->next();
    ++lines;
    if (!message) {
      if (message.error().code == Errc::file_unreadable) return tl::unexpected(std::move(message).error());
      ++result.refused;
      if (result.first_errors.size() < 10) result.first_errors.push_back(for_terminal(message.error(), language));
      continue;
    }
    if (!*message) break;
    batch.push_back(std::move(**message));
    if (batch.size() >= kImportBatch) LINLI_TRY(deliver());
    if (progress && next_report.passed()) {
      progress(lines);
      next_report = Deadline::in(std::chrono::seconds(1));
    }
  }
  LINLI_TRY(deliver());
  return result;
}

}  // namespace linli::app
