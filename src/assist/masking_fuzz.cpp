// Whatever stands in a message: masking never fails, gives back what it took, and lets no mobile number through. The bytes up
// to the first 0x00 are a nickname, the rest is text.
#include <unicode/unistr.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "assist/masking.h"
#include "base/utf8.h"

namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  const std::string all(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(all.find('\0'), all.size());
  const std::string name = all.substr(0, cut), text = cut < all.size() ? all.substr(cut + 1) : std::string();
  if (!valid_utf8(name) || !valid_utf8(text)) return 0;

  assist::Masking plain;
  const std::string masked = plain.mask(text);
  demand(valid_utf8(masked), "masked text is UTF-8");
  demand(plain.unmask(masked) == text, "what was taken comes back");

  assist::Masking known;
  known.know(name);
  const std::string without = known.mask(text + " 13812345678 " + text);
  demand(without.find("13812345678") == std::string::npos, "no mobile number passes");
  demand(valid_utf8(known.unmask(without)), "the answer is UTF-8");
  assist::links_in(text);
  assist::numbers_in(text, 2);
  assist::has_placeholder(text);
  return 0;
}
