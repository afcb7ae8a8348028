#include "people/routing_store.h"

namespace linli {
namespace {

#define LINLI_CORRECTIONS \
  "SELECT c.id, c.community, c.place, c.grid_id, c.lead_id, c.corrected_by, c.corrected_at FROM place_corrections c "

constexpr std::string_view kPlace = "place_corrections.place";

Result<std::vector<Correction>> corrections(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<Correction> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    auto place = sealer.open(kPlace, r.bytes(2));
    if (!place) {
      broken = std::move(place).error();
      return;
    }
    out.push_back({r.get<CorrectionId>(0), r.get<std::string>(1), std::move(*place), r.get<GridId>(3),
                   r.get<std::int64_t>(4), r.get<UserId>(5), r.get<Instant>(6)});
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

constexpr std::string_view kCorrections = LINLI_CORRECTIONS "JOIN grids g ON g.id = c.grid_id WHERE " LINLI_IN_SCOPE(
    "g.path", routing_change, "$1", "$2", "$3") " AND (c.id < $4 OR $4 = 0) ORDER BY c.id DESC LIMIT $5";

#define LINLI_RULES                                                                                               \
  "SELECT r.id, r.grid_id, COALESCE(g.path, ''), r.category, r.domain, r.target, r.unit_name, r.unit_kind, "      \
  "r.unit_contact, r.also_street, r.changed_by, COALESCE(u.display_name, ''), r.changed_at FROM routing_rules r " \
  "LEFT JOIN grids g ON g.id = r.grid_id LEFT JOIN users u ON u.id = r.changed_by WHERE "
constexpr std::string_view kContact = "routing_rules.unit_contact";
constexpr std::string_view kRules =
    LINLI_RULES "r.grid_id = 0 OR " LINLI_IN_SCOPE("g.path", grids_read, "$1", "$2", "$3") " ORDER BY 3, 4, 5";

Result<std::vector<rules::Kept>> read_rules(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<rules::Kept> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    RoutingRule rule{
        r.get<RuleId>(0),      r.get<GridId>(1),      r.get<std::string>(2),
        r.get<std::string>(3), r.get<std::string>(4), parse_routing_target(r.bytes(5)).value_or(RoutingTarget::officer),
        r.get<std::string>(6), r.get<std::string>(7), {},
        r.get<bool>(9)};
    if (!r.is_null(8)) {
      auto contact = sealer.open(kContact, r.bytes(8));
      if (contact) rule.unit_contact = std::move(*contact);
      else broken = std::move(contact).error();
    }
    out.push_back({std::move(rule), r.get<UserId>(10), r.get<std::string>(11), r.get<Instant>(12)});
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

}  // namespace

// ---- in memory ----

Result<void> Routing::load(Tx& tx, const Sealer& sealer) {
  auto found = corrections(tx, sealer, LINLI_CORRECTIONS "ORDER BY c.id", {});
  if (!found) return tl::unexpected(std::move(found).error());
  auto all = std::make_shared<Corrections>();
  for (const Correction& c : *found) all->put(c.community, c.place, c.grid);
  std::lock_guard lock(mutex_);
  corrections_ = std::move(all);
  return {};
}

std::shared_ptr<const PlaceIndex> Routing::index() const {
  const auto tree = grids_.tree();
  const auto fitting = [&] {
    std::lock_guard lock(mutex_);
    return index_ && &index_->tree() == tree.get() ? index_ : nullptr;
  };
  if (auto index = fitting()) return index;
  std::lock_guard one(building_);
  if (auto index = fitting()) return index;
  auto index = std::make_shared<const PlaceIndex>(tree);
  std::lock_guard lock(mutex_);
  index_ = index;
  return index;
}

Routed Routing::route(const RoutingQuery& query) const {
  const auto index = this->index();
  std::shared_ptr<const Corrections> corrections;
  {
    std::lock_guard lock(mutex_);
    corrections = corrections_;
  }
  return index->route(query, *corrections);
}

Routed Routing::route_without(const RoutingQuery& query, const std::vector<Correction>& corrections) const {
  Corrections left;
  {
    std::lock_guard lock(mutex_);
    left = *corrections_;
  }
  for (const Correction& c : corrections) left.remove(c.community, c.place);
  return index()->route(query, left);
}

std::string Routing::path(const RoutingQuery& query, const std::string& otherwise) const {
  const Routed routed = route(query);
  const Grid* grid = routed.grid ? grids_.tree()->find(routed.grid) : nullptr;
  return grid ? grid->path : otherwise;
}

// A copy in its place: whoever routes holds the one before.
void Routing::keep(const Correction& c) {
  std::lock_guard lock(mutex_);
  auto next = std::make_shared<Corrections>(*corrections_);
  next->put(c.community, c.place, c.grid);
  corrections_ = std::move(next);
}
void Routing::forget(const Correction& c) {
  std::lock_guard lock(mutex_);
  auto next = std::make_shared<Corrections>(*corrections_);
  next->remove(c.community, c.place);
  corrections_ = std::move(next);
}

// ---- corrections in the store ----

Result<void> Routing::write(Tx& tx, const Sealer& sealer, const Correction& c) {
  const std::int64_t hash = sealer.hash(kPlace, c.place);
  const std::string place = sealer.seal(kPlace, c.place);
  LINLI_TRY(tx.run("DELETE FROM place_corrections WHERE community = $1 AND place_hash = $2", {c.community, hash}));
  LINLI_TRY(tx.run(
      "INSERT INTO place_corrections (id, community, place, place_hash, grid_id, lead_id, corrected_by, corrected_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {c.id, c.community, Blob{place}, hash, c.grid, c.lead, c.by, c.at}));
  return {};
}

Result<void> Routing::remove(Tx& tx, CorrectionId id) {
  LINLI_TRY(tx.run("DELETE FROM place_corrections WHERE id = $1", {id}));
  return {};
}

Result<std::optional<Correction>> Routing::find(Tx& tx, const Sealer& sealer, CorrectionId id) {
  auto found = corrections(tx, sealer, LINLI_CORRECTIONS "WHERE c.id = $1", {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<Correction>{};
  return std::optional(std::move(found->front()));
}

Result<std::vector<Correction>> Routing::of_lead(Tx& tx, const Sealer& sealer, std::int64_t lead) {
  return corrections(tx, sealer, LINLI_CORRECTIONS "WHERE c.lead_id = $1", {lead});
}

Result<std::vector<Correction>> Routing::list(Tx& tx, const Sealer& sealer, const Actor& actor, CorrectionId before,
                                              int limit) {
  return corrections(tx, sealer, kCorrections,
                     {actor.everywhere(Right::routing_change), actor.id, actor.today.number, before, limit});
}

// ---- rules ----

namespace rules {

Result<std::vector<Kept>> list(Tx& tx, const Sealer& sealer, const Actor& actor) {
  return read_rules(tx, sealer, kRules, {actor.everywhere(Right::grids_read), actor.id, actor.today.number});
}

Result<std::vector<Kept>> over(Tx& tx, const Sealer& sealer, const std::vector<GridId>& line) {
  std::vector<GridId> all = line;
  all.push_back(GridId{});
  std::vector<Kept> out;
  for (const GridId grid : all) {
    auto found = read_rules(tx, sealer, LINLI_RULES "r.grid_id = $1 ORDER BY r.category DESC, r.domain DESC", {grid});
    if (!found) return found;
    std::move(found->begin(), found->end(), std::back_inserter(out));
  }
  return out;
}

Result<std::optional<Kept>> find(Tx& tx, const Sealer& sealer, RuleId id) {
  auto found = read_rules(tx, sealer, LINLI_RULES "r.id = $1", {id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<Kept>{};
  return std::optional(std::move(found->front()));
}

Result<RuleId> put(Tx& tx, const Sealer& sealer, const RoutingRule& r, UserId by, Instant now) {
  const std::string contact = r.unit_contact.empty() ? std::string() : sealer.seal(kContact, r.unit_contact);
  LINLI_TRY(tx.run(
      "INSERT INTO routing_rules (id, grid_id, category, domain, target, unit_name, unit_kind, unit_contact, "
      "also_street, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT "
      "(grid_id, "
      "category, domain) DO UPDATE SET target = excluded.target, unit_name = excluded.unit_name, unit_kind = "
      "excluded.unit_kind, unit_contact = excluded.unit_contact, also_street = excluded.also_street, changed_by = "
      "excluded.changed_by, changed_at = excluded.changed_at",
      {r.id, r.grid, r.category, r.domain, name(r.target), r.unit_name, r.unit_kind,
       contact.empty() ? Param(nullptr) : Param(Blob{contact}), r.also_street, by, now}));
  auto id = tx.value<RuleId>("SELECT id FROM routing_rules WHERE grid_id = $1 AND category = $2 AND domain = $3",
                             {r.grid, r.category, r.domain});
  if (!id) return tl::unexpected(std::move(id).error());
  return id->value_or(r.id);
}

Result<void> remove(Tx& tx, RuleId id) {
  LINLI_TRY(tx.run("DELETE FROM routing_rules WHERE id = $1", {id}));
  return {};
}

}  // namespace rules
}  // namespace linli
