// Pictures made on the spot: left half red, right half blue; with what a camera writes into them.
#pragma once
#include <png.h>
#include <turbojpeg.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace linli {

inline std::vector<unsigned char> red_and_blue(int width, int height) {
  std::vector<unsigned char> out(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3 +
          (x < width / 2 ? 0 : 2)] = 255;
  return out;
}

inline std::string png_for_tests(int width, int height) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  const auto pixels = red_and_blue(width, height);
  png_alloc_size_t size = 0;
  if (!png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr))
    throw std::runtime_error("no PNG");
  std::string out(size, '\0');
  if (!png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr))
    throw std::runtime_error("no PNG");
  return out;
}

// EXIF: the orientation, and 30°40'30" N, 104°3'36" E.
inline std::string exif_for_tests(int orientation) {
  std::string t("II*\0\x08\0\0\0", 8);
  const auto put = [&](std::size_t bytes, unsigned long value) {
    for (std::size_t i = 0; i < bytes; ++i) t += static_cast<char>(value >> (8 * i) & 255);
  };
  const auto entry = [&](unsigned tag, unsigned format, unsigned count, unsigned long value) {
    put(2, tag), put(2, format), put(4, count), put(4, value);
  };
  put(2, 2);
  entry(0x0112, 3, 1, static_cast<unsigned long>(orientation));
  entry(0x8825, 4, 1, 38);
  put(4, 0);
  put(2, 4);
  entry(1, 2, 2, 'N');
  entry(2, 5, 3, 92);
  entry(3, 2, 2, 'E');
  entry(4, 5, 3, 116);
  put(4, 0);
  for (const unsigned long part : {30UL, 40UL, 30UL, 104UL, 3UL, 36UL}) put(4, part), put(4, 1);
  return t;
}

inline std::string jpeg_for_tests(int width, int height, int orientation = 0) {
  const auto pixels = red_and_blue(width, height);
  tjhandle turbo = tjInitCompress();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  tjCompress2(turbo, pixels.data(), width, 0, height, TJPF_RGB, &made, &size, TJSAMP_444, 90, 0);
  std::string out(reinterpret_cast<const char*>(made), size);
  tjFree(made);
  tjDestroy(turbo);
  if (orientation > 0) {
    std::string block = std::string("Exif\0\0", 6) + exif_for_tests(orientation);
    const std::size_t length = block.size() + 2;
    block.insert(0, {'\xFF', '\xE1', static_cast<char>(length >> 8), static_cast<char>(length & 255)});
    out.insert(2, block);
  }
  return out;
}

}  // namespace linli
