#include "people/groups.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

namespace linli {
namespace {

constexpr std::array<std::string_view, 3> kStates{"waiting", "admitted", "refused"};
constexpr std::string_view kCounted = "group_counts";  // newest message that groups.message_count holds

std::string path_of_names(const Admission& where) {
  if (where.street.empty() && where.community.empty() && where.grid.empty()) return {};
  return where.street + "/" + where.community + "/" + where.grid;
}

}  // namespace

std::string_view name(GroupState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<GroupState> parse_group_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<GroupState>(i);
  return {};
}

Result<void> Groups::load(Tx& tx) {
  std::vector<std::shared_ptr<Group>> found;
  LINLI_TRY(
      tx.each("SELECT id, channel_id, external_id, name, state, street, community, grid, responsible, legal_basis, "
              "notice_at, admitted_at, "
              "admitted_by, last_heard_at, message_count, dropped_count, grid_id, community_key, grid_path, "
              "COALESCE(notice_token, '') FROM groups",
              {}, [&](const Row& r) {
                auto g = std::make_shared<Group>();
                g->id = r.get<GroupId>(0);
                g->channel = r.get<ChannelId>(1);
                g->external_id = r.get<std::string>(2);
                g->name = r.get<std::string>(3);
                g->state = parse_group_state(r.bytes(4)).value_or(GroupState::waiting);
                g->street = r.get<std::string>(5);
                g->community = r.get<std::string>(6);
                g->grid = r.get<std::string>(7);
                g->responsible = r.get<std::string>(8);
                g->legal_basis = r.get<std::string>(9);
                g->notice_at = r.get<std::optional<Instant>>(10);
                g->admitted_at = r.get<std::optional<Instant>>(11);
                g->admitted_by = r.get<UserId>(12);
                g->last_heard_at = r.get<std::optional<Instant>>(13);
                g->messages = r.get<std::int64_t>(14);
                g->dropped = r.get<std::int64_t>(15);
                g->grid_id = r.get<GridId>(16);
                g->community_key = r.get<std::string>(17);
                g->grid_path = r.get<std::string>(18);
                g->notice_token = r.get<std::string>(19);
                found.push_back(std::move(g));
              }));
  auto counted = tx.value<MessageId>("SELECT position FROM cursors WHERE name = $1", {kCounted});
  if (!counted) return tl::unexpected(std::move(counted).error());
  struct Since {
    GroupId group;
    std::int64_t messages;
    Instant last;
  };
  std::vector<Since> since;
  LINLI_TRY(tx.each("SELECT group_id, COUNT(*), MAX(received_at) FROM messages WHERE id > $1 GROUP BY group_id",
                    {counted->value_or(MessageId{})}, [&](const Row& r) {
                      since.push_back({r.get<GroupId>(0), r.get<std::int64_t>(1), r.get<Instant>(2)});
                    }));

  std::unique_lock lock(mutex_);
  waiting_.clear();
  by_id_.clear();
  by_key_.clear();
  by_notice_.clear();
  for (auto& group : found) put(std::move(group));
  for (const Since& s : since)
    if (const auto at = by_id_.find(s.group); at != by_id_.end()) {
      at->second->messages += s.messages;
      at->second->last_heard_at = std::max(at->second->last_heard_at.value_or(s.last), s.last);
    }
  return {};
}

void Groups::put(std::shared_ptr<Group> group) {
  auto& here = by_id_[group->id];
  if (here && here->state == GroupState::waiting) --waiting_[here->channel];
  if (group->state == GroupState::waiting) ++waiting_[group->channel];
  by_key_[{group->channel.value, group->external_id}] = group;
  if (!group->notice_token.empty()) by_notice_[group->notice_token] = group->id;
  here = std::move(group);
}

std::shared_ptr<const Group> Groups::find(ChannelId channel, std::string_view external_id) const {
  std::shared_lock lock(mutex_);
  const auto at = by_key_.find({channel.value, std::string(external_id)});
  return at == by_key_.end() ? nullptr : at->second;
}

std::shared_ptr<const Group> Groups::find(GroupId id) const {
  std::shared_lock lock(mutex_);
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}

std::shared_ptr<const Group> Groups::find_notice(std::string_view token) const {
  std::shared_lock lock(mutex_);
  const auto at = by_notice_.find(std::string(token));
  if (at == by_notice_.end()) return nullptr;
  const auto& group = by_id_.at(at->second);
  return group->state == GroupState::admitted ? group : nullptr;
}

std::vector<std::shared_ptr<const Group>> Groups::all(const Actor& actor) const {
  std::vector<std::shared_ptr<const Group>> out;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, group] : by_id_)
      if (actor.may(Right::groups_read, group->grid_path)) out.push_back(group);
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) {
    return std::tie(a->state, a->name, a->id) < std::tie(b->state, b->name, b->id);
  });
  return out;
}

std::vector<GroupPlace> Groups::of_community(std::string_view community_key) const {
  std::vector<GroupPlace> out;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, g] : by_id_)
      if (g->community_key == community_key && g->state == GroupState::admitted)
        out.push_back({to_text(id), g->name, g->grid, g->community, g->street});
  }
  std::ranges::sort(out, {}, &GroupPlace::group);  // the same order after every start
  return out;
}

std::size_t Groups::bound_to(GridId grid) const {
  std::shared_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(by_id_, [&](const auto& entry) {
    return entry.second->grid_id == grid && entry.second->state == GroupState::admitted;
  }));
}

Result<void> Groups::write(Tx& tx, const Group& g) {
  LINLI_TRY(tx.run(
      "INSERT INTO groups (id, channel_id, external_id, name, state, grid_id, street, community, grid, community_key, "
      "grid_path, responsible, legal_basis, notice_at, admitted_at, admitted_by, last_heard_at, notice_token) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
      "ON CONFLICT (channel_id, external_id) DO UPDATE SET name = excluded.name, state = excluded.state, "
      "grid_id = excluded.grid_id, street = excluded.street, community = excluded.community, grid = excluded.grid, "
      "community_key = excluded.community_key, grid_path = excluded.grid_path, responsible = excluded.responsible, "
      "legal_basis = excluded.legal_basis, notice_at = excluded.notice_at, admitted_at = excluded.admitted_at, "
      "admitted_by = excluded.admitted_by, notice_token = excluded.notice_token WHERE groups.id = excluded.id",
      {g.id, g.channel, g.external_id, g.name, name(g.state), g.grid_id ? std::optional(g.grid_id) : std::nullopt,
       g.street, g.community, g.grid, g.community_key, g.grid_path, g.responsible, g.legal_basis, g.notice_at,
       g.admitted_at, g.admitted_by ? std::optional(g.admitted_by) : std::nullopt, g.last_heard_at,
       g.notice_token.empty() ? std::nullopt : std::optional(g.notice_token)}));
  return {};
}

Result<bool> Groups::add(Tx& tx, const Group& g) {
  auto added = tx.run(
      "INSERT INTO groups (id, channel_id, external_id, name, state, admitted_at, notice_token) VALUES ($1, $2, $3, "
      "$4, "
      "$5, $6, $7) ON CONFLICT (channel_id, external_id) DO NOTHING",
      {g.id, g.channel, g.external_id, g.name, name(g.state), g.admitted_at,
       g.notice_token.empty() ? std::nullopt : std::optional(g.notice_token)});
  if (!added) return tl::unexpected(std::move(added).error());
  return *added > 0;
}

Result<void> Groups::write_places(Tx& tx, const std::string& community_key, const std::vector<std::string>& places) {
  static const Insert insert{"places", {{"community", Param::Kind::text}, {"name", Param::Kind::text}}, 2};
  std::vector<Param> values;
  for (const std::string& place : places) {
    values.emplace_back(community_key);
    values.emplace_back(place);
  }
  if (!values.empty()) LINLI_TRY(tx.insert(insert, values));
  return {};
}

Result<std::vector<std::string>> Groups::places(Tx& tx, const std::string& community_key) {
  std::vector<std::string> out;
  LINLI_TRY(tx.each("SELECT name FROM places WHERE community = $1 ORDER BY name", {community_key},
                    [&](const Row& r) { out.push_back(r.get<std::string>(0)); }));
  return out;
}

void Groups::keep(Group group) {
  std::unique_lock lock(mutex_);
  // Counts go on in memory while a change is being written: they are not part of it.
  if (const auto at = by_id_.find(group.id); at != by_id_.end()) {
    group.messages = at->second->messages;
    group.dropped = at->second->dropped;
    group.last_heard_at = at->second->last_heard_at;
  }
  put(std::make_shared<Group>(std::move(group)));
}

void Groups::keep_new(Group group) {
  std::unique_lock lock(mutex_);
  if (!by_id_.contains(group.id)) put(std::make_shared<Group>(std::move(group)));
}

std::size_t Groups::waiting(ChannelId channel) const {
  std::shared_lock lock(mutex_);
  const auto at = waiting_.find(channel);
  return at == waiting_.end() ? 0 : at->second;
}

void Groups::heard(GroupId id, std::int64_t stored, std::int64_t dropped, Instant at) {
  std::unique_lock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  // A copy in its place: readers hold the one before, without a lock.
  auto group = std::make_shared<Group>(*found->second);
  group->messages += stored;
  group->dropped += dropped;
  group->last_heard_at = std::max(group->last_heard_at.value_or(at), at);
  put(std::move(group));
}

Result<void> Groups::write_counts(Tx& tx, MessageId last) {
  struct Count {
    GroupId id;
    std::int64_t messages, dropped;
    std::optional<Instant> heard;
  };
  std::vector<Count> counts;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [id, g] : by_id_) counts.push_back({id, g->messages, g->dropped, g->last_heard_at});
  }
  for (const Count& c : counts)
    LINLI_TRY(
        tx.run("UPDATE groups SET message_count = $2, dropped_count = $3, last_heard_at = $4 WHERE id = $1 "
               "AND (message_count <> $2 OR dropped_count <> $3)",
               {c.id, c.messages, c.dropped, c.heard}));
  LINLI_TRY(
      tx.run("INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = "
             "excluded.position",
             {kCounted, last}));
  return {};
}

Groups::Totals Groups::totals(const Actor& actor) const {
  Totals out;
  std::shared_lock lock(mutex_);
  for (const auto& [id, g] : by_id_) {
    if (!actor.may(Right::groups_read, g->grid_path)) continue;
    out.admitted += g->state == GroupState::admitted;
    out.waiting += g->state == GroupState::waiting;
    out.messages += g->messages;
    out.dropped += g->dropped;
    if (g->last_heard_at)
      out.last_heard_at = std::max(out.last_heard_at.value_or(*g->last_heard_at), *g->last_heard_at);
  }
  return out;
}

bool bind(Admission& admission, const GridTree& tree, GridId id) {
  const Grid* grid = tree.find(id);
  if (!grid || grid->closed_at) return false;
  const auto name_above = [&](GridLevel level) {
    const Grid* above = tree.above(id, level);
    return above ? above->name : std::string();
  };
  const Grid* community = tree.above(id, GridLevel::community);
  admission.grid_id = id;
  admission.grid = grid->name;
  admission.community = community ? community->name : grid->name;
  admission.street = name_above(GridLevel::street);
  admission.community_key = (community ? community : grid)->path;
  admission.grid_path = grid->path;
  return true;
}

Group admitted(Group group, const Admission& admission, UserId by, Instant at) {
  group.state = GroupState::admitted;
  group.street = admission.street;
  group.community = admission.community;
  group.grid = admission.grid;
  group.grid_id = admission.grid_id;
  group.community_key = admission.grid_id ? admission.community_key : admission.community;
  group.grid_path = admission.grid_id ? admission.grid_path : path_of_names(admission);
  group.responsible = admission.responsible;
  group.legal_basis = admission.legal_basis;
  group.notice_at = admission.notice_at;
  group.admitted_at = at;
  group.admitted_by = by;
  return group;
}

Group refused(Group group) {
  group.state = GroupState::refused;
  return group;
}

}  // namespace linli
