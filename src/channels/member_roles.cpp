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
  rules_ = std::move(found);
  sort();
  return {};
}

// Those for persons first; then the nearest grid, then the longest piece of a name: the first that fits decides.
void MemberRoles::sort() {
  std::ranges::sort(rules_, [](const MemberRule& a, const MemberRule& b) {
    return std::tuple(!a.person, -static_cast<long>(a.path.size()), -static_cast<long>(a.contains.size()), a.contains,
                      a.id) < std::tuple(!b.person, -static_cast<long>(b.path.size()),
                                         -static_cast<long>(b.contains.size()), b.contains, b.id);
  });
}

Role MemberRoles::role(Role told, std::string_view grid_path, const Resident& sender, std::string_view name) const {
  if (told != Role::resident) return told;
  std::shared_lock lock(mutex_);
  for (const MemberRule& rule : rules_) {
    if (!covers(rule, grid_path)) continue;
    if (rule.person ? *rule.person == sender : name.find(rule.contains) != name.npos) return rule.role;
  }
  return told;
}

std::vector<MemberRule> MemberRoles::all() const {
  std::shared_lock lock(mutex_);
  std::vector<MemberRule> out = rules_;
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
  std::erase_if(rules_, [&](const MemberRule& r) { return r.id == rule.id; });
  rules_.push_back(std::move(rule));
  sort();
}

void MemberRoles::drop(MemberRuleId rule) {
  std::unique_lock lock(mutex_);
  std::erase_if(rules_, [&](const MemberRule& r) { return r.id == rule; });
}

}  // namespace linli
