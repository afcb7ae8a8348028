// From where a request comes: the caller's address behind trusted proxies, and whether the Host and Origin that a browser
// tells are ours. A page elsewhere must reach us neither by a form (Origin) nor by a name that it points at us (Host: DNS
// rebinding).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"

namespace linli::api {

// Takes the caller's address and scheme from X-Forwarded-* when the peer is a trusted proxy. `local` is no longer set then,
// nor when a proxy that is not trusted left its mark.
void take_forwarded(Request& request, const std::vector<std::string>& trusted);

// On a loopback address only localhost, 127.0.0.1, [::1] and the names are ours. Elsewhere any host is, unless names are
// given: then those and addresses.
bool host_is_ours(std::string_view host, bool listens_on_loopback, const std::vector<std::string>& names);

// One household or office: the address, of IPv6 the network of 64 bits. For counting.
std::string network_of(std::string_view address);

// True for safe methods, and where the browser says that the page and the request have the same host. No Origin at all comes
// from programs.
bool origin_is_ours(const Request& request);

}  // namespace linli::api
