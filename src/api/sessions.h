// What the files about sign-in share.
#pragma once
#include <vector>

#include "api/services.h"

namespace linli::api {

// Ends the event streams of sessions that are over. After the commit; any thread.
void end_streams(Services& services, const std::vector<SessionId>& sessions);

}  // namespace linli::api
