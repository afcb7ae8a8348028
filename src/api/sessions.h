// What the files about sign-in share.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace linli::api {

// Inside a write(), all factors were right: a new session, its cookie, its entry in the audit log. `second_factor` is what
// was given for it: "code", "recovery_code", "sign_on", or empty where none is set up.
Result<Written> open_session(Call& call, Tx& tx, const User& user, bool by_link, std::string_view second_factor);

// Inside a write(), the first factor was right: the session, or a token for the second factor where it is on.
Result<Written> first_factor_right(Call& call, Tx& tx, const User& user, bool by_link);

// Goes on once the password of the session's user was given again: whoever found a browser open has it not, and cannot find
// it by trying. Not asked for where there is none yet, or where a one-time link opened the session. `then` runs on any
// thread. `field` names the password in errors.
void with_password(Call call, const std::optional<std::string>& password, std::string field,
                   UniqueFunction<void(Call)> then);

// Inside a write(): whoever opens a door to somebody's account (a link, no second factor) could have given them all that they
// hold, and is somebody else. Errors: unknown_user, not_allowed.
Result<User> account_of(Call& call, Tx& tx);

// Ends the event streams of sessions or API keys that are over. After the commit; any thread.
void end_streams(Services& services, const std::vector<SessionId>& sessions);
void end_streams(Services& services, ApiKeyId key);

}  // namespace linli::api
