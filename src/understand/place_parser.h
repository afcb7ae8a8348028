// Reads places: the known names of a community's directory, and forms such as 3栋2单元, 三栋二单元, 3-2-1502, 3#2-1502,
// B座804, 2单元, 1502室, 负一楼. A group nickname (3-2-1502李姐) is read by the same parser with more trust.
// Immutable after construction; any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "people/place.h"
#include "understand/lexicon.h"
#include "understand/understand.h"

namespace linli {

// What one text tells of a place; parts may be missing. Numbers are -1 where missing.
struct PlaceMention {
  std::int32_t building = -1;  // 3; letters from 1000 on: B = 1001
  std::int32_t unit = -1;
  std::int32_t room = -1;
  std::int32_t floor = -100;         // -1: 负一楼
  std::int32_t known = -1;           // index of a named place of the directory (no compound, no building of one)
  std::int32_t compound = -1;        // index into compounds()
  std::int32_t spot = -1;            // index into the lexicon's words
  std::uint32_t begin = 0, end = 0;  // points of the normal form that tell the finest part
  bool leading_zero = false;         // room written as 0804
  char zone = 0;                     // A3-1-201: 'a', before the building; 南2-302: 'S'
  bool operator==(const PlaceMention&) const = default;
  bool any() const { return building >= 0 || unit >= 0 || room >= 0 || floor != -100 || known >= 0 || spot >= 0; }
  bool address() const { return building >= 0 || unit >= 0 || room >= 0; }
};

class PlaceParser {
 public:
  explicit PlaceParser(const PlaceDirectory& directory);
  ~PlaceParser();
  PlaceParser(PlaceParser&&) noexcept;
  PlaceParser& operator=(PlaceParser&&) noexcept;

  // `hits` are the lexicon's for this text (spots).
  PlaceMention parse(const NormalForm& text, const std::vector<WordHit>& hits, const Lexicon& lexicon) const;
  PlaceMention parse_name(std::string_view sender_name) const;

  // The group's own compound and, where its name tells, building ("…3号楼住户群") or named place ("夜市摊主群"); -1: none.
  struct Home {
    std::int32_t compound = -1, building = -1, known = -1;
  };
  Home home(std::string_view group) const;

  const std::vector<std::string>& compounds() const;  // as in the directory
  const std::vector<std::string>& known() const;      // named places, as in the directory
  std::int32_t compound_of_known(std::int32_t known) const;
  // A named place that is a house with units and flats of its own: 机车厂甲栋, 石榴巷23号院, 云楼中心T1.
  bool house(std::int32_t known) const;
  // The compound of that part: 荷塘新苑B区 for 'b'; -1: none.
  std::int32_t compound_of_zone(char zone) const;

  // "锦苑小区3栋2单元1502": the parts up to `level` (0 compound, 1 building, 2 unit, 3 room). Empty: nothing to say.
  std::string write(std::int32_t compound, const PlaceMention& at, int level) const;
  // A spot with its compound: "锦苑小区东门"; the directory's own spelling where it knows the name.
  std::string write_spot(std::int32_t compound, std::string_view spot) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
