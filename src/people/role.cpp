#include "people/role.h"

#include <array>
#include <string>

namespace linli {
namespace {

constexpr std::array<std::string_view, kStaffRoles> kRoles{
    "administrator", "agent",   "shift_leader", "grid_head", "officer", "volunteer", "support",
    "secretary",     "manager", "department",   "trainer",   "auditor", "integrator"};

struct Entry {
  std::string_view name, roles;
};
constexpr std::array<Entry, kRights> kTable{{
#define LINLI_ONE(id, text) {text, LINLI_ROLES_##id},
    LINLI_RIGHTS(LINLI_ONE)
#undef LINLI_ONE
}};

std::array<Rights, kStaffRoles> by_role() {
  std::array<Rights, kStaffRoles> out;
  for (std::size_t role = 0; role < kStaffRoles; ++role)
    for (std::size_t right = 0; right < kRights; ++right)
      out[role][right] = kTable[right].roles.find(" " + std::string(kRoles[role]) + " ") != std::string_view::npos;
  return out;
}

}  // namespace

std::string_view name(StaffRole role) { return kRoles[static_cast<std::size_t>(role)]; }
std::optional<StaffRole> parse_staff_role(std::string_view text) {
  for (std::size_t i = 0; i < kStaffRoles; ++i)
    if (kRoles[i] == text) return static_cast<StaffRole>(i);
  return {};
}

std::string_view name(Right right) { return kTable[static_cast<std::size_t>(right)].name; }
std::optional<Right> parse_right(std::string_view text) {
  for (std::size_t i = 0; i < kRights; ++i)
    if (kTable[i].name == text) return static_cast<Right>(i);
  return {};
}

const Rights& rights_of(StaffRole role) {
  static const std::array<Rights, kStaffRoles> table = by_role();
  return table[static_cast<std::size_t>(role)];
}

}  // namespace linli
