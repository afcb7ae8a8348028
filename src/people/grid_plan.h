// Grids out of a table that an office keeps: what it would change is shown before anything is written. Pure.
//
// Columns, in any order, by their English or Chinese names: code 编码, level 层级, name 名称, parent 上级编码, aliases 别名, places
// 地点, boundary 边界. The first four are needed. Lists are separated by 、 ; or line ends. A grid is known by its code. What a
// column that is missing would tell stays as it is.
#pragma once
#include <functional>

#include "base/result.h"
#include "base/table_file.h"
#include "people/grid.h"

namespace linli {

struct GridChange {
  enum class Kind { opened, changed, closed, reopened } kind;
  long line = 0;                    // of the file; 0: it is not in the file
  Grid grid;                        // as it will be
  std::vector<std::string> fields;  // of a change: "name", "parent" …
};
std::string_view name(GridChange::Kind kind);

struct GridPlan {
  std::vector<GridChange> changes;  // parents before children
  std::size_t unchanged = 0;
  std::size_t missing = 0;       // open grids that the file does not name and that stay
  std::vector<WrongCell> wrong;  // at most 1,000; with any, nothing may be written
  std::size_t wrong_total = 0;
};

struct GridPlanOptions {
  bool close_missing = false;  // the file is the whole tree: what it does not name is closed
};

// `draw` gives ids for new grids. Error: of the header (missing_field with the column).
Result<GridPlan> plan_grids(const GridTree& tree, const Table& table, const GridPlanOptions& options,
                            const std::function<GridId()>& draw, Instant now);

// The tree with the plan carried out. The plan has nothing wrong.
GridTree after(const GridTree& tree, const GridPlan& plan);

// For the audit log, a JSON object: how many of each kind, the first codes, and of a single change its fields.
std::string change_counts(const GridPlan& plan);

// All open grids, parents first, in the shape that plan_grids() reads.
std::vector<std::vector<std::string>> grid_table(const GridTree& tree);

}  // namespace linli
