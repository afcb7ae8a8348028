// A lead as people see it: category, urgency, place, handling, extent, state, one line.
#pragma once
#include <array>
#include <vector>

#include "leads/engine/engine.h"

namespace linli::engine {

inline constexpr std::size_t kLeadFeatures = 128;
using LeadRow = std::array<float, kLeadFeatures>;

// What the models of lead properties look at.
void lead_features(const Lead& lead, const Understander& understander, LeadRow& out);

// The parts a place can be made of, chosen over all messages.
struct PlaceChoice {
  std::int32_t compound = -1;
  PlaceMention address;  // building, unit, room as far as anything tells
  std::string spot;      // as it would be written
  int levels = 0;        // distinct buildings spoken of
  const Digest* source = nullptr;
};
enum class PlaceLevel { none, compound, building, unit, room, spot };
inline constexpr std::size_t kPlaceLevels = 6;
PlaceChoice choose_place(const Lead& lead, const PlaceParser& places, const Lexicon& lexicon);
std::string write_place(const PlaceChoice& choice, PlaceLevel level, const PlaceParser& places);

// Of an unfolded lead.
LeadView make_view(const Lead& lead, const Engine& engine);

}  // namespace linli::engine
