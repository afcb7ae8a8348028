// Whatever a model server sends: reading it never fails, and a stream reads the same however its bytes are cut.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "assist/schema.h"
#include "assist/wire.h"
#include "base/utf8.h"

namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli::assist;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read_completion(bytes);
  read_complaint(bytes);
  const std::string text = json_part(bytes);
  demand(without_thoughts(bytes).size() <= bytes.size(), "nothing is added");
  demand(text.empty() || (text.front() == '{' && text.back() == '}'), "a JSON object, or nothing");
  partial_text(bytes, "reply");

  const auto read = [&](std::size_t step) {
    StreamReader reader;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      if (!reader.take(std::string_view(bytes).substr(at, step), [&](std::string_view piece) { out += piece; })) break;
    demand(reader.completion().content.starts_with(out), "pieces are the beginning of the whole");
    return out + (reader.done() ? "+" : "-") + reader.completion().content;
  };
  demand(read(1) == read(7) && read(1) == read(size ? size : 1), "cut anywhere, read alike");
  return 0;
}
