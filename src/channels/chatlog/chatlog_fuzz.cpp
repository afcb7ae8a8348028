// A chat log, JSONL or CSV: every call gives a message, an error or the end, and the end comes.
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "channels/chatlog/chatlog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  auto log = Chatlog::read(std::make_unique<std::istringstream>(std::string(reinterpret_cast<const char*>(data), size)),
                           "fuzz");
  if (!log) return 0;
  for (std::size_t calls = 0;; ++calls) {
    const auto message = log->next();
    if (message && !*message) return 0;
    if (calls > size + 1) std::abort();
  }
}
