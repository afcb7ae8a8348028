// Pictures from phones, made anew: whatever else was in the file (places, thumbnails, hidden payloads) is gone, because only
// the pixels are taken over. Told by content, never by name. Pure; any thread. A picture of 12 megapixels takes some 150 ms.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace linli {

enum class PictureKind { jpeg, png, webp };
// By the first bytes; none: something else.
std::optional<PictureKind> picture_kind(std::string_view bytes);

struct Picture {
  std::string jpeg;
  int width = 0, height = 0;
};

struct PictureLimits {
  std::size_t pixels = 50'000'000;        // of a JPEG, which is made smaller while it is decoded
  std::size_t whole_pixels = 24'000'000;  // of the others, which are decoded as a whole
  int side = 2'560;                       // of the result
  int quality = 82;
};

// Upright (by what the camera wrote), at most limits.side pixels long, on white where it was transparent. Its size is read
// from its head before anything is decoded. Errors: file_refused (no picture that is taken), picture_too_large,
// picture_broken (also: moving).
Result<Picture> remake_picture(std::string_view bytes, const PictureLimits& limits = {});

// What the camera wrote into a JPEG; empty where it did not.
struct PictureTaken {
  std::string at;  // "2026-11-28 22:10:05", in no known zone
  std::optional<double> lat, lon;
};
PictureTaken picture_taken(std::string_view bytes);

}  // namespace linli
