// The grid tree as it stands: in the store, and in memory for everyone. Changes are written in the writer's transaction first
// and taken into memory after its commit.
#pragma once
#include <memory>
#include <mutex>

#include "people/grid.h"
#include "people/grid_plan.h"
#include "store/database.h"

namespace linli {

class Grids {  // any thread
 public:
  Result<void> load(Tx& tx);
  std::shared_ptr<const GridTree> tree() const;  // never null

  // Writes the plan with its history; nothing may be wrong in it. `by` 0: a command.
  static Result<void> write(Tx& tx, const GridPlan& plan, UserId by, Instant now);
  // `next` is `base` with the plan carried out. Several changes may share a commit, each made from the same base: where the
  // tree is no longer `base`, the plan is carried out on what it is.
  void keep(const std::shared_ptr<const GridTree>& base, std::shared_ptr<const GridTree> next, const GridPlan& plan);

  struct Entry {
    Instant at{};
    UserId by;
    std::string by_name;  // empty: a command
    std::string kind;     // opened, changed, closed, reopened
    std::vector<std::string> fields;
  };
  // Latest first.
  static Result<std::vector<Entry>> history(Tx& tx, GridId grid, int limit);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const GridTree> tree_ = std::make_shared<GridTree>();
};

}  // namespace linli
