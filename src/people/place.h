// The directory of places: what a community's list of compounds, buildings, roads and shops tells. `understand` takes it
// as an input. One directory serves one community.
#pragma once
#include <string>
#include <vector>

namespace linli {

// A group and the grid that it is bound to.
struct GroupPlace {
  std::string group;      // the id that messages carry in `group`
  std::string name;       // "锦苑小区邻里群"
  std::string grid;       // "锦和社区第3微网格"
  std::string community;  // "锦和社区"
  std::string street;     // "锦和街道"
};

struct PlaceDirectory {
  std::vector<GroupPlace> groups;
  std::vector<std::string> places;  // known names: 小区, 小区N栋, roads, shops
};

}  // namespace linli
