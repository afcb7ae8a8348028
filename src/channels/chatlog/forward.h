// Merged forwards (合并转发): one message that holds many. On phones, where only single messages can be copied, people select
// several, forward them merged to the service account, and they come in here. Pure; any thread.
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "channels/chatlog/export.h"

namespace linli {

// WeCom's `chatrecord`: {"title":…,"item":[{"type":"ChatRecordText","msgtime":1603875610,"content":"{…}"}]}. WeCom tells no
// senders within (name stays empty; the title names whom the talk was between); where an item tells one after all ("sender",
// "from"), it is taken. Mixed items become one message, records within records are unpacked in place, at most 4 deep.
// Errors: bad_json; missing_field (item); too_long (more than 2,000 messages).
Result<std::vector<ExportedMessage>> unpack_chatrecord(std::string_view json);

// WeChat's <recordinfo> with <dataitem>s, as clients and exports have it: senders and times within. Errors: bad_value
// (no record), too_long. `as_of` and `zone` are for its times, which tell no zone ("2026-11-23 22:10").
Result<std::vector<ExportedMessage>> unpack_recordinfo(std::string_view xml, Instant as_of, const TimeZone& zone);

}  // namespace linli
