#include "channels/member_roles.h"

#include <algorithm>
#include <tuple>

namespace linli {
namespace {

constexpr std::string_view kLabel = "member_rules.label";

bool covers(const MemberRule& rule, std::string_view path) {
  return rule.path.empty() ||
         (path.starts_with(rule.path) && (path.size() == rule.path.size() || path[rule.path.size()] == '/'));
}

}  // namespace

Result<void> MemberRoles::load(Tx& tx, const Sealer& sealer) {
  std::vector<MemberRule> found;
  std::optional<Error> broken;
  LINLI_TRY(
      tx.each("SELECT r.id, r.grid_id, COALESCE(g.path, ''), r.contains, r.channel_id, r.sender, r.label, r.role FROM "
              "member_rules r LEFT JOIN grids g ON g.id = r.grid_id",
              {}, [&](const Row& r) {
                MemberRule rule;
                rule.id = r.get<MemberRuleId>(0);
                rule.grid = r.get<GridId>(1);
                rule.path = r.get<std::string>(2);
                rule.contains = r.get<std::string>(3);
                if (!r.is_null(5)) rule.person = Resident{r.get<ChannelId>(4), r.get<std::int64_t>(5)};
                if (!r.is_null(6)) {
                  auto label = sealer.open(kLabel, r.bytes(6));
                  if (!label) return void(broken = std::move(label).error());
                  rule.label = std::move(*label);
                }
                const auto role = parse_role(r.bytes(7));
                if (!role) return;  // a newer program's
                rule.role = *role;
                found.push_back(std::move(rule));
              }));
  if (broken) return tl::unexpected(std::move(*broken));
  std::unique_lock lock(mutex_);
  by_name_.clear();
  of_person_.clear();
  for (MemberRule& rule : found) put(std::move(rule));
  return {};
}

// In each list the nearest grid goes first, then the longest piece of a name: the first that fits decides.
void MemberRoles::put(MemberRule rule) {
  const auto before = [](const MemberRule& a, const MemberRule& b) {
    return std::tuple(b.path.size(), b.contains.size(), a.contains, a.id) <
           std::tuple(a.path.size(), a.contains.size(), b.contains, b.id);
  };
  auto& list = rule.person ? of_person_[*rule.person] : by_name_;
  const auto at = std::ranges::upper_bound(list, rule, before);
  list.insert(at, std::move(rule));
}

Role MemberRoles::role(Role told, std::string_view grid_path, const Resident& sender, std::string_view name) const {
  if (told != Role::resident) return told;
  std::shared_lock lock(mutex_);
  if (const auto own = of_person_.find(sender); own != of_person_.end())
    for (const MemberRule& rule : own->second)
      if (covers(rule, grid_path)) return rule.role;
  for (const MemberRule& rule : by_name_)
    if (name.find(rule.contains) != name.npos && covers(rule, grid_path)) return rule.role;
  return told;
}

std::vector<MemberRule> MemberRoles::all() const {
  std::vector<MemberRule> out;
  {
    std::shared_lock lock(mutex_);
    out = by_name_;
    for (const auto& [person, rules] : of_person_) out.insert(out.end(), rules.begin(), rules.end());
  }
  std::ranges::sort(out, [](const MemberRule& a, const MemberRule& b) {
    return std::tuple(a.person.has_value(), a.contains, a.label, a.id) <
           std::tuple(b.person.has_value(), b.contains, b.label, b.id);
  });
  return out;
}

Result<void> MemberRoles::write(Tx& tx, const Sealer& sealer, const MemberRule& rule, UserId by, Instant now) {
  const std::string label = rule.label.empty() ? std::string() : sealer.seal(kLabel, rule.label);
  LINLI_TRY(
      tx.run("INSERT INTO member_rules (id, grid_id, contains, channel_id, sender, label, role, created_at, "
             "created_by) VALUES ($1, "
             "$2, $3, $4, $5, $6, $7, $8, $9)",
             {rule.id, rule.grid ? std::optional(rule.grid) : std::nullopt, rule.contains,
              rule.person ? std::optional(rule.person->channel) : std::nullopt,
              rule.person ? std::optional(rule.person->sender) : std::nullopt,
              label.empty() ? Param(nullptr) : Param(Blob{label}), name(rule.role), now,
              by ? std::optional(by) : std::nullopt}));
  return {};
}

Result<bool> MemberRoles::remove(Tx& tx, MemberRuleId rule) {
  auto removed = tx.run("DELETE FROM member_rules WHERE id = $1", {rule});
  if (!removed) return tl::unexpected(std::move(removed).error());
  return *removed > 0;
}

void MemberRoles::keep(MemberRule rule) {
  std::unique_lock lock(mutex_);
  put(std::move(rule));
}

void MemberRoles::drop(MemberRuleId rule) {
  const auto is = [&](const MemberRule& r) { return r.id == rule; };
  std::unique_lock lock(mutex_);
  std::erase_if(by_name_, is);
  for (auto& [person, rules] : of_person_) std::erase_if(rules, is);
}

void MemberRoles::drop(const Resident& person) {
  std::unique_lock lock(mutex_);
  of_person_.erase(person);
}

}  // namespace linli
