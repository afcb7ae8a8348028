// Two things that a lead is given by choosing among what its messages offer: its category and its place. Each option is a
// row of features; trees "category" and "place" say how likely it is the right one; the likeliest is taken.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "leads/engine/view.h"

namespace linli::engine {

inline constexpr std::size_t kCategoryFeatures = 20, kPlaceFeatures = 52;
using CategoryRow = std::array<float, kCategoryFeatures>;
using PlaceRow = std::array<float, kPlaceFeatures>;

// The categories that the messages speak for most, at most six, likeliest first.
std::vector<std::size_t> category_options(const Lead& lead);
// One row for each option.
std::vector<CategoryRow> category_rows(const Lead& lead, const std::vector<std::size_t>& options, const Model& model);

struct PlaceOption {
  std::string text;  // as it would be written; empty: the chat does not tell
  PlaceLevel level = PlaceLevel::none;
  const Digest* source = nullptr;  // the message that tells it
};
std::vector<PlaceOption> place_options(const Lead& lead, const PlaceParser& places, const Understander& understander,
                                       std::vector<PlaceRow>& rows);

}  // namespace linli::engine
