#include "base/picture.h"

#include <libexif/exif-data.h>
#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

namespace linli {
namespace {

constexpr int kChannels = 3;

struct Pixels {
  int width = 0, height = 0;
  std::vector<unsigned char> rgb;
};

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

struct FreeTurbo {
  void operator()(void* handle) const { tjDestroy(handle); }
};
struct FreeBytes {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};
struct FreeExif {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};
using Turbo = std::unique_ptr<void, FreeTurbo>;
using Exif = std::unique_ptr<ExifData, FreeExif>;

tl::unexpected<Error> broken() { return fail(Errc::picture_broken, Where::at_field("file")); }

Result<void> fits(std::size_t width, std::size_t height, std::size_t most) {
  if (width == 0 || height == 0) return broken();
  if (width > most / height)
    return fail(Errc::picture_too_large, Where::at_field("file"), {{"max", std::to_string(most / 10'000)}});
  return {};
}

// As large as `side` allows, in eighths: the decoder leaves the rest out.
Result<Pixels> from_jpeg(std::string_view bytes, std::size_t most, int side) {
  const Turbo turbo(tjInitDecompress());
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (!turbo || tjDecompressHeader3(turbo.get(), raw(bytes), bytes.size(), &width, &height, &sampling, &colours) != 0)
    return broken();
  LINLI_TRY(fits(static_cast<std::size_t>(std::max(width, 0)), static_cast<std::size_t>(std::max(height, 0)), most));
  tjscalingfactor scale{1, 8};
  for (int eighths = 8; eighths > 1; --eighths)
    if (TJSCALED(std::max(width, height), (tjscalingfactor{eighths, 8})) <= side) {
      scale = {eighths, 8};
      break;
    }
  Pixels out{TJSCALED(width, scale), TJSCALED(height, scale), {}};
  out.rgb.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * kChannels);
  // Files of very many scans keep a processor busy for minutes: TJFLAG_LIMITSCANS refuses them.
  if (tjDecompress2(turbo.get(), raw(bytes), bytes.size(), out.rgb.data(), out.width, 0, out.height, TJPF_RGB,
                    TJFLAG_LIMITSCANS) != 0 &&
      tjGetErrorCode(turbo.get()) != TJERR_WARNING)
    return broken();
  return out;
}

Result<Pixels> from_png(std::string_view bytes, std::size_t most) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_image*)> held(&image, png_image_free);
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) return broken();
  LINLI_TRY(fits(image.width, image.height, most));
  image.format = PNG_FORMAT_RGB;
  Pixels out{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  out.rgb.resize(PNG_IMAGE_SIZE(image));
  const png_color white{255, 255, 255};
  if (!png_image_finish_read(&image, &white, out.rgb.data(), 0, nullptr)) return broken();
  return out;
}

Result<Pixels> from_webp(std::string_view bytes, std::size_t most) {
  WebPBitstreamFeatures head;
  if (WebPGetFeatures(raw(bytes), bytes.size(), &head) != VP8_STATUS_OK || head.has_animation) return broken();
  LINLI_TRY(fits(static_cast<std::size_t>(head.width), static_cast<std::size_t>(head.height), most));
  Pixels out{head.width, head.height, {}};
  out.rgb.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * kChannels);
  if (!WebPDecodeRGBInto(raw(bytes), bytes.size(), out.rgb.data(), out.rgb.size(), out.width * kChannels))
    return broken();
  return out;
}

Result<std::string> to_jpeg(const Pixels& from, int quality) {
  const Turbo turbo(tjInitCompress());
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = turbo ? tjCompress2(turbo.get(), from.rgb.data(), from.width, 0, from.height, TJPF_RGB, &made,
                                         &size, TJSAMP_420, quality, 0)
                           : 1;
  const std::unique_ptr<unsigned char, FreeBytes> held(made);
  if (failed) return broken();
  return std::string(reinterpret_cast<const char*>(made), size);
}

// Orientation as EXIF numbers it: 2-8 are turned or mirrored.
Pixels upright(Pixels from, int orientation) {
  if (orientation < 2 || orientation > 8) return from;
  const bool turned = orientation >= 5;
  Pixels out{turned ? from.height : from.width, turned ? from.width : from.height, {}};
  out.rgb.resize(from.rgb.size());
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      int u = turned ? y : x, v = turned ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) u = from.width - 1 - u;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) v = from.height - 1 - v;
      const auto at = [](const Pixels& p, int px, int py) {
        return (static_cast<std::size_t>(py) * static_cast<std::size_t>(p.width) + static_cast<std::size_t>(px)) *
               kChannels;
      };
      std::copy_n(from.rgb.begin() + static_cast<std::ptrdiff_t>(at(from, u, v)), kChannels,
                  out.rgb.begin() + static_cast<std::ptrdiff_t>(at(out, x, y)));
    }
  return out;
}

Exif exif_of(std::string_view bytes) {
  if (picture_kind(bytes) != PictureKind::jpeg) return nullptr;
  return Exif(exif_data_new_from_data(raw(bytes), static_cast<unsigned>(bytes.size())));
}

int orientation_of(std::string_view bytes) {
  const Exif exif = exif_of(bytes);
  if (!exif) return 1;
  ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  return exif_get_short(entry->data, exif_data_get_byte_order(exif.get()));
}

// Degrees, minutes, seconds; `minus` is the letter that turns the sign.
std::optional<double> degrees(ExifData* exif, int tag, int letter_tag, char minus) {
  ExifContent* gps = exif->ifd[EXIF_IFD_GPS];
  ExifEntry* entry = exif_content_get_entry(gps, static_cast<ExifTag>(tag));
  ExifEntry* letter = exif_content_get_entry(gps, static_cast<ExifTag>(letter_tag));
  if (!entry || entry->format != EXIF_FORMAT_RATIONAL || entry->components != 3 || entry->size < 24) return {};
  double out = 0, unit = 1;
  for (unsigned i = 0; i < 3; ++i, unit /= 60) {
    const ExifRational part = exif_get_rational(entry->data + 8 * i, exif_data_get_byte_order(exif));
    if (part.denominator == 0) return {};
    out += unit * part.numerator / part.denominator;
  }
  if (letter && letter->size > 0 && letter->data[0] == static_cast<unsigned char>(minus)) out = -out;
  if (std::abs(out) > 180) return {};
  return out;
}

}  // namespace

std::optional<PictureKind> picture_kind(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return PictureKind::jpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return PictureKind::png;
  if (bytes.size() >= 16 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return PictureKind::webp;
  return {};
}

Result<Picture> remake_picture(std::string_view bytes, const PictureLimits& limits) {
  const auto kind = picture_kind(bytes);
  if (!kind) return fail(Errc::file_refused, Where::at_field("file"));
  auto pixels = *kind == PictureKind::jpeg  ? from_jpeg(bytes, limits.pixels, limits.side)
                : *kind == PictureKind::png ? from_png(bytes, limits.whole_pixels)
                                            : from_webp(bytes, limits.whole_pixels);
  if (!pixels) return tl::unexpected(std::move(pixels).error());
  if (std::max(pixels->width, pixels->height) > limits.side) {
    // The JPEG decoder scales well and is here anyway.
    constexpr int kNearlyAll = 95;
    auto whole = to_jpeg(*pixels, kNearlyAll);
    if (!whole) return tl::unexpected(std::move(whole).error());
    pixels = from_jpeg(*whole, limits.pixels, limits.side);
    if (!pixels) return tl::unexpected(std::move(pixels).error());
  }
  const Pixels turned = upright(*std::move(pixels), orientation_of(bytes));
  auto jpeg = to_jpeg(turned, limits.quality);
  if (!jpeg) return tl::unexpected(std::move(jpeg).error());
  return Picture{*std::move(jpeg), turned.width, turned.height};
}

PictureTaken picture_taken(std::string_view bytes) {
  PictureTaken out;
  const Exif exif = exif_of(bytes);
  if (!exif) return out;
  if (ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_EXIF], EXIF_TAG_DATE_TIME_ORIGINAL)) {
    std::array<char, 32> text{};
    exif_entry_get_value(entry, text.data(), text.size());
    out.at = text.data();  // "2026:11:28 22:10:05"
    const bool right = out.at.size() == 19 && std::ranges::all_of(out.at, [](char c) {
                         return (c >= '0' && c <= '9') || c == ':' || c == ' ';
                       });
    if (right) out.at[4] = out.at[7] = '-';
    else out.at.clear();
  }
  constexpr int kLatitude = 2, kLongitude = 4;
  out.lat = degrees(exif.get(), kLatitude, kLatitude - 1, 'S');
  out.lon = degrees(exif.get(), kLongitude, kLongitude - 1, 'W');
  if (!out.lat || !out.lon) out.lat.reset(), out.lon.reset();
  return out;
}

}  // namespace linli
