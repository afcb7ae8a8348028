#include "people/holdings.h"

namespace linli::holdings {
namespace {

#define LINLI_HOLDING_COLUMNS \
  "h.id, h.user_id, h.role, h.grid_id, COALESCE(top.path, ''), h.from_day, h.until_day, h.deputy_for"
#define LINLI_HOLDINGS " FROM holdings h LEFT JOIN grids top ON top.id = h.grid_id "
constexpr int kColumns = 8;

// A role that this program does not know (a newer one wrote it) brings nothing.
std::optional<Holding> holding_of(const Row& r) {
  const auto role = parse_staff_role(r.bytes(2));
  if (!role) return {};
  return Holding{r.get<HoldingId>(0),
                 r.get<UserId>(1),
                 *role,
                 r.get<GridId>(3),
                 r.get<std::string>(4),
                 Day{r.get<std::int32_t>(5)},
                 Day{r.get<std::int32_t>(6)},
                 r.get<UserId>(7)};
}

constexpr std::string_view kOfToday = "SELECT " LINLI_HOLDING_COLUMNS LINLI_HOLDINGS
                                      "WHERE h.user_id = $1 AND h.from_day <= $2 AND h.until_day >= $2 ORDER BY h.id";
#define LINLI_GIVEN                                                                                           \
  "SELECT " LINLI_HOLDING_COLUMNS ", h.given_by, COALESCE(giver.display_name, ''), h.given_at" LINLI_HOLDINGS \
  "LEFT JOIN users giver ON giver.id = h.given_by "
constexpr std::string_view kOfUser = LINLI_GIVEN "WHERE h.user_id = $1 ORDER BY h.from_day DESC, h.id DESC";
constexpr std::string_view kOfKeys = LINLI_GIVEN
    "JOIN api_keys k ON k.holder_id = h.user_id WHERE CAST($1 AS BIGINT) = 0 OR k.user_id = CAST($1 AS BIGINT) ORDER "
    "BY "
    "h.from_day DESC, h.id DESC";
constexpr std::string_view kOther =
    "SELECT COUNT(*) FROM holdings h JOIN users u ON u.id = h.user_id WHERE h.role = 'administrator' AND h.grid_id IS "
    "NULL AND " LINLI_IS_AT_WORK " AND h.id <> $1 AND h.from_day <= $2 AND h.until_day >= $2 AND h.until_day > $2 + 1";

}  // namespace

Result<Actor> actor(Tx& tx, const User& user, Day today) {
  Actor out{user.id, user.display_name, today, {}};
  LINLI_TRY(tx.each(kOfToday, {user.id, today.number}, [&](const Row& r) {
    if (auto holding = holding_of(r)) out.holdings.push_back(std::move(*holding));
  }));
  return out;
}

static Result<std::vector<Given>> read_given(Tx& tx, std::string_view sql, UserId user) {
  std::vector<Given> out;
  LINLI_TRY(tx.each(sql, {user}, [&](const Row& r) {
    if (auto holding = holding_of(r))
      out.push_back({std::move(*holding), r.get<UserId>(kColumns), r.get<std::string>(kColumns + 1),
                     r.get<Instant>(kColumns + 2)});
  }));
  return out;
}

Result<std::vector<Given>> of(Tx& tx, UserId user) { return read_given(tx, kOfUser, user); }
Result<std::vector<Given>> of_keys(Tx& tx, UserId owner) { return read_given(tx, kOfKeys, owner); }

Result<std::optional<Holding>> find(Tx& tx, HoldingId id) {
  std::optional<Holding> out;
  LINLI_TRY(tx.first("SELECT " LINLI_HOLDING_COLUMNS LINLI_HOLDINGS "WHERE h.id = $1", {id},
                     [&](const Row& r) { out = holding_of(r); }));
  return out;
}

Result<void> may_give(const Actor& giver, StaffRole role, std::string_view grid_path, UserId to) {
  const Rights& rights = rights_of(role);
  bool may = giver.may(Right::people_change, grid_path) && giver.id != to;
  for (std::size_t i = 0; may && i < kRights; ++i) {
    const auto right = static_cast<Right>(i);
    // Who sees all names has no need to reveal them, and may let others do so.
    may = !rights[i] || giver.may(right, grid_path) ||
          (right == Right::names_reveal && giver.may(Right::names_read, grid_path));
  }
  if (!may) return fail(Errc::not_allowed, Where::at_field("role"));
  return {};
}

Result<void> give(Tx& tx, const Holding& h, UserId by, Instant now) {
  if (h.until < h.from)
    return fail(Errc::bad_value, Where::at_field("until"),
                {{"value", format_day(h.until)}, {"allowed", "≥ " + format_day(h.from)}});
  LINLI_TRY(tx.run(
      "INSERT INTO holdings (id, user_id, role, grid_id, from_day, until_day, deputy_for, given_by, given_at) VALUES "
      "($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {h.id, h.user, name(h.role), h.grid ? std::optional(h.grid) : std::nullopt, h.from.number, h.until.number,
       h.deputy_for ? std::optional(h.deputy_for) : std::nullopt, by ? std::optional(by) : std::nullopt, now}));
  return {};
}

Result<void> end(Tx& tx, const Holding& h, Day today) {
  if (h.role == StaffRole::administrator && !h.grid) {
    auto others = tx.value<std::int64_t>(kOther, {h.id, today.number});
    if (!others) return tl::unexpected(std::move(others).error());
    if (others->value_or(0) == 0) return fail(Errc::last_administrator);
  }
  if (h.from >= today) LINLI_TRY(tx.run("DELETE FROM holdings WHERE id = $1", {h.id}));
  else LINLI_TRY(tx.run("UPDATE holdings SET until_day = $2 WHERE id = $1", {h.id, (today - 1).number}));
  return {};
}

}  // namespace linli::holdings
