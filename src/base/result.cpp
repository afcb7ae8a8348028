#include "base/result.h"

#include <array>

namespace linli {
namespace {

struct Code {
  std::string_view name;
  int http_status;
};

constexpr std::array codes = {
#define LINLI_ERROR(name, http_status) Code{#name, http_status},
#include "base/errors.def"
#undef LINLI_ERROR
};

}  // namespace

std::string_view name(Errc code) { return codes[static_cast<std::size_t>(code)].name; }
std::optional<Errc> parse_errc(std::string_view name) {
  for (std::size_t i = 0; i < codes.size(); ++i)
    if (codes[i].name == name) return static_cast<Errc>(i);
  return {};
}

int http_status(Errc code) { return codes[static_cast<std::size_t>(code)].http_status; }

}  // namespace linli
