#include "leads/lead.h"

#include <algorithm>
#include <array>

namespace linli {
namespace {

constexpr std::array<std::string_view, 6> kStates{"open", "confirmed", "dismissed", "merged", "answered", "in_case"};
constexpr std::array<std::string_view, 6> kReasons{"not_an_appeal", "duplicate", "settled",
                                                   "advertisement", "other",     "recalled"};

constexpr std::array<std::string_view, 5> kPrivate{"relief", "health", "neighbor_dispute", "property_service",
                                                   "owners_committee"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return {};
}

}  // namespace

bool starts_private(std::string_view category) { return std::ranges::find(kPrivate, category) != kPrivate.end(); }

std::string_view name(LeadState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<LeadState> parse_lead_state(std::string_view text) { return find<LeadState>(kStates, text); }

std::string_view name(LeadField field) {
  switch (field) {
    case LeadField::category: return "category";
    case LeadField::urgency: return "urgency";
    case LeadField::place: return "place";
    case LeadField::summary: break;
  }
  return "summary";
}

std::string_view name(DismissReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }
std::optional<DismissReason> parse_dismiss_reason(std::string_view text) { return find<DismissReason>(kReasons, text); }

}  // namespace linli
