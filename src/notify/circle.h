// Who stands round a grid just now, read from roster, roles and absences; each grid once.
#pragma once
#include <map>
#include <string>

#include "notify/whom.h"
#include "people/calendar.h"
#include "people/grid.h"
#include "people/roster_store.h"
#include "store/database.h"

namespace linli::notify {

class Circles {  // for one transaction
 public:
  Circles(Tx& tx, const GridTree& tree, const Calendar& calendar, const TimeZone& zone, Instant now)
      : tx_(tx), tree_(tree), calendar_(calendar), zone_(zone), now_(now) {}

  struct Around {
    Circle circle;             // without claimed_by
    int working = 0;           // who answers there: the nearest agents, else officers and shift leaders
    std::string working_path;  // of the grid where those stand; empty: everywhere
  };
  using Known = std::map<std::string, Around, std::less<>>;
  // What was read a moment ago, taken over and given on: rosters change by the hour.
  void know(Known known) { known_ = std::move(known); }
  Known take() { return std::move(known_); }
  // Valid as long as this. A path that the tree does not know: those who are everywhere.
  Result<const Around*> at(const std::string& grid_path);

 private:
  Result<Around> read(GridId grid);
  Tx& tx_;
  const GridTree& tree_;
  const Calendar& calendar_;
  const TimeZone& zone_;
  const Instant now_;
  Known known_;
};

// The grid of a path by its last code; null: none.
const Grid* grid_of_path(const GridTree& tree, std::string_view path);

}  // namespace linli::notify
