// An export in any form: the first byte chooses how it is read, the rest is the file. Each call gives a message, an error or the
// end, and the end comes; what is given is valid.
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "base/utf8.h"
#include "channels/chatlog/export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const OpenBytes open = [&] { return std::make_unique<std::istringstream>(bytes); };
  ExportChoice choice;
  if (data[0] % 16 < 8) choice.format = static_cast<ExportFormat>(data[0] % 16);
  if (data[0] / 16 < 4) choice.encoding = static_cast<Encoding>(data[0] / 16);
  choice.as_of = *parse_time("2026-11-28T20:00:00+08:00");
  const auto shape = find_shape(open, choice);
  if (!shape) return 0;
  const Wraps wraps = count_wraps(open, *shape, choice.as_of, TimeZone::shanghai());
  auto reader = read_export(open, *shape, choice.as_of, TimeZone::shanghai(), wraps);
  for (std::size_t calls = 0;; ++calls) {
    const auto message = reader->next();
    if (message && !*message) return 0;
    if (message && (!valid_utf8((*message)->text) || !valid_utf8((*message)->name))) std::abort();
    if (calls > 4 * size + 4) std::abort();
  }
}
