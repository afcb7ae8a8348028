// An event as other systems get it: CloudEvents 1.0, structured JSON. Ids and plain fields; no words, no names, no addresses.
#pragma once
#include <optional>
#include <string>

#include "people/grid.h"
#include "store/database.h"
#include "store/outbox.h"
#include "store/sealing.h"

namespace linli::webhooks {

// The same event has the same id for all, at every try: "evt_<position>".
std::string event_id(const Event& event);

// None: it is not told outside (a confidential case and its lead). `grid_path`: of the webhook's grid; of a lead or case that lies
// elsewhere now, only the id is told. `source`: a URI that names this district's linli.
Result<std::optional<std::string>> cloud_event(Tx& tx, const Sealer& sealer, const GridTree& tree, const Event& event,
                                               std::string_view grid_path, std::string_view source);
// What a person sends to see whether a webhook works: type cn.linli.test.
std::string test_event(std::string_view id, std::string_view source, Instant now);

}  // namespace linli::webhooks
