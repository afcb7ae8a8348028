// Routing as it stands: rules and corrections in the store, and in memory what placing needs for every lead.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "people/actor.h"
#include "people/grids.h"
#include "people/routing.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

struct CorrectionTag {
  static constexpr std::string_view prefix = "cor";
};
using CorrectionId = Id<CorrectionTag>;

struct Correction {
  CorrectionId id;
  std::string community;  // the group's community_key
  std::string place;      // as it is compared; sealed in the store
  GridId grid;
  std::int64_t lead = 0;  // LeadId::value: people knows no leads
  UserId by;
  Instant at{};
};

class Routing {  // any thread
 public:
  explicit Routing(const Grids& grids) : grids_(grids) {}
  Result<void> load(Tx& tx, const Sealer& sealer);

  // By the tree as it is now. The first call after a change of the tree builds the index: a second for 150,000 grids.
  Routed route(const RoutingQuery& query) const;
  // As if these corrections had never been made.
  Routed route_without(const RoutingQuery& query, const std::vector<Correction>& corrections) const;
  // The path of the grid that it decides on; `otherwise` where nothing decides.
  std::string path(const RoutingQuery& query, const std::string& otherwise) const;

  // ---- corrections: write inside the transaction, keep after its commit ----
  // The latest one of a place and community counts.
  static Result<void> write(Tx& tx, const Sealer& sealer, const Correction& correction);
  static Result<void> remove(Tx& tx, CorrectionId correction);
  static Result<std::optional<Correction>> find(Tx& tx, const Sealer& sealer, CorrectionId correction);
  static Result<std::vector<Correction>> of_lead(Tx& tx, const Sealer& sealer, std::int64_t lead);
  // Whose grid lies where the actor has routing.change; latest first, after `before` (0: from the start).
  static Result<std::vector<Correction>> list(Tx& tx, const Sealer& sealer, const Actor& actor, CorrectionId before,
                                              int limit);
  void keep(const Correction& correction);
  void forget(const Correction& correction);

 private:
  std::shared_ptr<const PlaceIndex> index() const;

  const Grids& grids_;
  mutable std::mutex building_;  // held while the index is built
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const PlaceIndex> index_;
  std::shared_ptr<const Corrections> corrections_ = std::make_shared<Corrections>();
};

namespace rules {

struct Kept {
  RoutingRule rule;
  UserId by;
  std::string by_name;
  Instant at{};
};
// Where the actor has grids.read, and those for everywhere.
Result<std::vector<Kept>> list(Tx& tx, const Sealer& sealer, const Actor& actor);
// That may count for a grid: of it, of those above it, and of everywhere; the nearest first.
Result<std::vector<Kept>> over(Tx& tx, const Sealer& sealer, const std::vector<GridId>& line);
Result<std::optional<Kept>> find(Tx& tx, const Sealer& sealer, RuleId rule);
// One for each grid and matter: an earlier one is changed and keeps its id, which is returned.
Result<RuleId> put(Tx& tx, const Sealer& sealer, const RoutingRule& rule, UserId by, Instant now);
Result<void> remove(Tx& tx, RuleId rule);

}  // namespace rules
}  // namespace linli
