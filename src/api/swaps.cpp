// Swaps of shifts: a person asks a colleague, who accepts or declines; who leads the roster may order one. An accepted swap is
// undone by cancelling it.
#include <boost/json.hpp>

#include "api/duty_json.h"
#include "api/handlers.h"
#include "api/input.h"

namespace linli::api {
namespace {

namespace json = boost::json;

const Error kUnknownShift{Errc::not_found, Where::at_field("shift"), {}};
const Error kUnknownSwap{Errc::not_found, Where::at_field("swap"), {}};

Result<std::optional<Shift>> shift_of(const Call& call, Tx& tx, const ShiftKey& key) {
  auto calendar = calendars::load(tx);
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  return roster::find(tx, key, *calendar, call.services.zone);
}

Result<Written> written(const Call& call, Tx& tx, int status, const Swap& swap) {
  LINLI_TRY(record(call, tx, "swap." + std::string(name(swap.state)), "swap", to_text(swap.id)));
  People people(tx);
  auto response = answered(people, status, swap_json(call, people, swap));
  if (!response) return tl::unexpected(std::move(response).error());
  return Written{std::move(*response), {}};
}

void decide(Call call, SwapState state) {
  write_once(std::move(call), [state](Call& c, Tx& tx) -> Result<Written> {
    const Actor& actor = c.actor();
    const Instant now = c.services.clock.now();
    const auto id = parse_id<SwapTag>(c.request.params[0]);
    auto found = id ? roster::find(tx, *id) : Result<std::optional<Swap>>(std::nullopt);
    if (!found) return tl::unexpected(std::move(found).error());
    const bool known = *found && ((*found)->giver == actor.id || (*found)->taker == actor.id ||
                                  actor.may(Right::roster_read, (*found)->path));
    if (!known) return tl::unexpected(kUnknownSwap);
    const Swap& swap = **found;
    const bool leads = actor.may(Right::roster_change, swap.path);
    if (now >= swap.to) return fail(Errc::shift_over, Where::at_field("swap"));
    const SwapRights may = rights(swap, actor.id, leads, now);
    const bool allowed = state == SwapState::accepted   ? may.accept
                         : state == SwapState::declined ? may.decline
                                                        : may.cancel;
    if (!allowed) {
      const bool waits =
          swap.state == SwapState::asked || (swap.state == SwapState::accepted && state == SwapState::cancelled);
      return fail(waits ? Errc::not_allowed : Errc::swap_decided, Where::at_field("swap"));
    }
    // It changes the shift as it was asked for: whoever gave it must still have it, whoever took it too.
    if (state == SwapState::accepted || swap.state == SwapState::accepted) {
      auto shift = shift_of(c, tx, swap.shift);
      if (!shift) return tl::unexpected(std::move(shift).error());
      if (!*shift || (*shift)->user != (state == SwapState::accepted ? swap.giver : swap.taker))
        return fail(Errc::swap_decided, Where::at_field("swap"));
      if (state == SwapState::accepted)
        LINLI_TRY(check_colleague(tx, swap.taker, swap.path, c.services.zone.day(swap.from)));
    }
    auto decided = roster::decide(tx, swap, state, actor.id, now);
    if (!decided) return tl::unexpected(std::move(decided).error());
    return written(c, tx, 200, *decided);
  });
}

}  // namespace

void ask_swap(Call call) {
  Input in(call.request);
  const auto taker = parse_id<UserTag>(in.text("user_id", 1, 64));
  if (!taker) in.wrong(Errc::unknown_user, "user_id");
  const bool order = in.optional_bool("order").value_or(false);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write_once(std::move(call), [taker = *taker, order](Call& c, Tx& tx) -> Result<Written> {
    const Actor& actor = c.actor();
    const Instant now = c.services.clock.now();
    const auto key = parse_shift_key(c.request.params[0]);
    auto found = key ? shift_of(c, tx, *key) : Result<std::optional<Shift>>(std::nullopt);
    if (!found) return tl::unexpected(std::move(found).error());
    if (!*found || !actor.may(Right::roster_read, (*found)->path)) return tl::unexpected(kUnknownShift);
    const Shift& shift = **found;
    const bool leads = actor.may(Right::roster_change, shift.path);
    if (!leads && (order || shift.user != actor.id))
      return fail(Errc::not_allowed, Where::at_field(order ? "order" : "shift"));
    if (shift.to <= now) return fail(Errc::shift_over, Where::at_field("shift"));
    if (taker == shift.user) return fail(Errc::bad_value, Where::at_field("user_id"));
    LINLI_TRY(check_colleague(tx, taker, shift.path, c.services.zone.day(shift.from)));
    Swap swap{c.services.ids.draw<SwapId>(),
              shift.key,
              shift.grid,
              shift.path,
              shift.duty,
              shift.from,
              shift.to,
              shift.user,
              taker,
              SwapState::asked,
              order,
              actor.id,
              now,
              {},
              {}};
    if (order) {
      swap.state = SwapState::accepted;
      swap.decided_by = actor.id;
      swap.decided_at = now;
    }
    LINLI_TRY(roster::ask(tx, swap));
    return written(c, tx, 201, swap);
  });
}

void accept_swap(Call call) { decide(std::move(call), SwapState::accepted); }
void decline_swap(Call call) { decide(std::move(call), SwapState::declined); }
void cancel_swap(Call call) { decide(std::move(call), SwapState::cancelled); }

void list_swaps(Call call) {
  std::optional<SwapState> state;
  if (const auto text = call.request.query_value("state"); text && !(state = parse_swap_state(*text)))
    return call.fail({Errc::bad_value,
                      Where::at_field("state"),
                      {{"value", *text}, {"allowed", "asked, accepted, declined, cancelled"}}});
  read(std::move(call), [state](Call& c, Tx& tx) -> Result<Response> {
    auto found = roster::swaps(tx, c.actor(), state);
    if (!found) return tl::unexpected(std::move(found).error());
    People people(tx);
    json::array list;
    for (const Swap& swap : *found) list.push_back(swap_json(c, people, swap));
    return answered(people, 200, {{"swaps", std::move(list)}});
  });
}

}  // namespace linli::api
