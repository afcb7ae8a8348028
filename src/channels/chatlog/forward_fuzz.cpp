// Merged forwards, both forms: valid messages or an error.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "channels/chatlog/forward.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& all : {unpack_chatrecord(text),
                          unpack_recordinfo(text, *parse_time("2026-11-28T20:00:00+08:00"), TimeZone::shanghai())}) {
    if (!all) continue;
    for (const auto& m : *all)
      if (m.text.empty() || !valid_utf8(m.text)) std::abort();
  }
  return 0;
}
