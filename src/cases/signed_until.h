// Short texts that the server gives out and takes back: good until a time, for one use, with a proof that it made them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/sealing.h"

namespace linli {

// "<what>.<milliseconds>.<proof>". `use` ("files.url") keeps those of different uses apart; `what` holds no dot.
std::string sign_until(const Sealer& sealer, std::string_view use, std::string_view what, Instant until);
// What was signed; none: it was not, for that use, or its time is over.
std::optional<std::string> signed_until(const Sealer& sealer, std::string_view use, std::string_view text, Instant now);

}  // namespace linli
