// The body of the webhook: whatever comes in, each element is a message or a refusal, and what is taken can be written and
// read again.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "channels/message_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  if (size == 0) return 0;
  const BodyForm form = data[0] & 1 ? BodyForm::ndjson : BodyForm::json;
  const auto batch = parse_batch(std::string(reinterpret_cast<const char*>(data) + 1, size - 1), form);
  if (!batch) return 0;
  MessageParser parser;
  for (const Message& m : batch->messages) {
    for (const std::string* text : {&m.id, &m.group, &m.sender, &m.sender_name, &m.text}) {
      if (!valid_utf8(*text) || has_nul(*text)) std::abort();
    }
    std::string json;
    append_json(json, m);
    const auto again = parser.parse(json);
    if (!again || again->text != m.text || again->sent_at != m.sent_at || again->mentions != m.mentions) std::abort();
  }
  return 0;
}
