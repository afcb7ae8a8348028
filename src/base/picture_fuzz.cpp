// Whatever anybody sends as a picture: refused or made anew, never more.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr linli::PictureLimits kSmall{1'000'000, 1'000'000, 256, 60};
  const auto made = linli::remake_picture(bytes, kSmall);
  if (made && (linli::picture_kind(made->jpeg) != linli::PictureKind::jpeg || made->width > kSmall.side ||
               made->height > kSmall.side))
    std::abort();
  (void)linli::picture_taken(bytes);
  return 0;
}
