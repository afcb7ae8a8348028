// The second factor: asked for at sign-in, set up and turned off by its owner, reset by an administrator.
#include "people/second_factor.h"

#include <boost/json.hpp>

#include "api/handlers.h"
#include "api/input.h"
#include "api/sessions.h"
#include "api/sign_in_guard.h"

namespace linli::api {
namespace {

namespace json = boost::json;

json::array codes_json(const std::vector<std::string>& codes) { return json::array(codes.begin(), codes.end()); }

// The password from the body, where one is needed to go on.
std::optional<std::string> password_of(Call& call, std::optional<Error>& wrong) {
  Input in(call.request);
  auto password = in.optional_text("password", 0, kGreatestPassword);
  wrong = in.finish();
  return password;
}

// `work` is a write() that only its owner may do: whoever found a browser open may not.
void write_with_password(Call call, Result<Written> (*work)(Call&, Tx&)) {
  std::optional<Error> wrong;
  const auto password = password_of(call, wrong);
  if (wrong) return call.fail(*wrong);
  with_password(std::move(call), password, "password", [work](Call c) { write(std::move(c), work); });
}

}  // namespace

void get_second_factor(Call call) {
  read(std::move(call), [](Call& c, Tx& tx) -> Result<Response> {
    auto state = second_factor::state(tx, c.session->user.id);
    if (!state) return tl::unexpected(std::move(state).error());
    const json::object body{{"on", state->on},
                            {"since", state->since ? json::value(format_time(*state->since)) : json::value()},
                            {"recovery_codes_left", state->recovery_left}};
    return json_answer(200, json::serialize(body));
  });
}

void give_second_factor(Call call) {
  Input in(call.request);
  const std::string token = in.text("pending_token", 16, 100), code = in.text("code", 6, 32);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [token, code](Call& c, Tx& tx) -> Result<Written> {
    const Instant now = c.services.clock.now();
    const auto refused = [&](Errc why, std::string field) {
      return Written{problem({why, Where::at_field(std::move(field)), {}}, c.language, c.request.id), {}};
    };
    auto pending = pending_sign_ins::take_try(tx, token, now);
    if (!pending) return tl::unexpected(std::move(pending).error());
    if (!*pending) return refused(Errc::sign_in_expired, "pending_token");
    auto user = users::find(tx, (*pending)->user);
    if (!user) return tl::unexpected(std::move(user).error());
    if (!*user) return refused(Errc::sign_in_expired, "pending_token");
    auto match = second_factor::use(tx, c.services.sealer, (*user)->id, code, now);
    if (!match) return tl::unexpected(std::move(match).error());
    if (*match == second_factor::Match::none) {
      LINLI_TRY(record(c, tx, "sign_in.failed", "user", to_text((*user)->id), R"({"second_factor":true})"));
      return refused(Errc::bad_code, "code");
    }
    LINLI_TRY(pending_sign_ins::close(tx, token));
    const bool recovery = *match == second_factor::Match::recovery_code;
    auto opened = open_session(c, tx, **user, (*pending)->by_link, recovery ? "recovery_code" : "code");
    if (!opened) return opened;
    opened->kept = [&guard = c.services.guard, name = (*user)->name, from = c.request.client] {
      guard.succeeded(name, from);
    };
    return opened;
  });
}

void set_up_second_factor(Call call) {
  write_with_password(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const User& user = c.session->user;
    auto secret = second_factor::begin(tx, c.services.sealer, user.id, c.services.clock.now());
    if (!secret) return tl::unexpected(std::move(secret).error());
    const std::string uri = totp::uri("linli", user.name, *secret);
    const json::object body{{"secret", totp::base32(*secret)}, {"uri", uri}, {"qr_svg", totp::qr_svg(uri)}};
    return Written{json_answer(200, json::serialize(body)), {}};
  });
}

void confirm_second_factor(Call call) {
  Input in(call.request);
  const std::string code = in.text("code", 6, 32);
  if (auto wrong = in.finish()) return call.fail(*wrong);
  write(std::move(call), [code](Call& c, Tx& tx) -> Result<Written> {
    const UserId user = c.session->user.id;
    auto codes = second_factor::confirm(tx, c.services.sealer, user, code, c.services.clock.now());
    if (!codes) return tl::unexpected(std::move(codes).error());
    LINLI_TRY(record(c, tx, "second_factor.turned_on", "user", to_text(user)));
    return Written{json_answer(200, json::serialize(json::object{{"recovery_codes", codes_json(*codes)}})), {}};
  });
}

void renew_recovery_codes(Call call) {
  write_with_password(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const UserId user = c.session->user.id;
    auto codes = second_factor::renew_recovery_codes(tx, c.services.sealer, user);
    if (!codes) return tl::unexpected(std::move(codes).error());
    LINLI_TRY(record(c, tx, "second_factor.codes_renewed", "user", to_text(user)));
    return Written{json_answer(200, json::serialize(json::object{{"recovery_codes", codes_json(*codes)}})), {}};
  });
}

void turn_off_second_factor(Call call) {
  write_with_password(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    const UserId user = c.session->user.id;
    LINLI_TRY(second_factor::turn_off(tx, user));
    LINLI_TRY(record(c, tx, "second_factor.turned_off", "user", to_text(user)));
    Response response;
    response.status = 204;
    return Written{std::move(response), {}};
  });
}

void reset_second_factor(Call call) {
  write(std::move(call), [](Call& c, Tx& tx) -> Result<Written> {
    auto user = account_of(c, tx);
    if (!user) return tl::unexpected(std::move(user).error());
    LINLI_TRY(second_factor::turn_off(tx, user->id));
    LINLI_TRY(record(c, tx, "second_factor.reset", "user", to_text(user->id)));
    Response response;
    response.status = 204;
    return Written{std::move(response), {}};
  });
}

}  // namespace linli::api
