#include "base/picture.h"

#include <gtest/gtest.h>

#include <array>

#include "base/pictures_for_tests.h"

namespace linli {
namespace {

// {red, green, blue} at a place given in hundredths.
std::array<int, 3> colour(const Picture& picture, int x, int y) {
  tjhandle turbo = tjInitDecompress();
  std::vector<unsigned char> rgb(static_cast<std::size_t>(picture.width * picture.height * 3));
  tjDecompress2(turbo, reinterpret_cast<const unsigned char*>(picture.jpeg.data()), picture.jpeg.size(), rgb.data(),
                picture.width, 0, picture.height, TJPF_RGB, 0);
  tjDestroy(turbo);
  const auto at = static_cast<std::size_t>((picture.height * y / 100 * picture.width + picture.width * x / 100) * 3);
  return {rgb[at], rgb[at + 1], rgb[at + 2]};
}
char letter(const std::array<int, 3>& rgb) { return rgb[0] > 150 && rgb[2] < 100 ? 'r' : rgb[2] > 150 ? 'b' : '?'; }
std::string code(const Result<Picture>& made) { return made ? "made" : std::string(name(made.error().code)); }

TEST(Picture, IsToldByContent) {
  EXPECT_EQ(picture_kind(jpeg_for_tests(8, 8)), PictureKind::jpeg);
  EXPECT_EQ(picture_kind(png_for_tests(8, 8)), PictureKind::png);
  for (const std::string_view other : {"", "GIF89a", "<svg xmlns", "%PDF-1.7", "RIFF....AVI LIST", "\xFF\xD8"})
    EXPECT_FALSE(picture_kind(other)) << other;
  EXPECT_EQ(code(remake_picture("<html>")), "file_refused");
}

TEST(Picture, IsTurnedUpright) {
  struct Row {
    int orientation;
    bool turned;
    const char* corners;  // top left, top right, bottom left, bottom right
  };
  // The camera's picture: red left, blue right.
  constexpr Row rows[] = {{1, false, "rbrb"}, {2, false, "brbr"}, {3, false, "brbr"}, {4, false, "rbrb"},
                          {5, true, "rrbb"},  {6, true, "rrbb"},  {7, true, "bbrr"},  {8, true, "bbrr"}};
  for (const Row& row : rows) {
    const auto made = remake_picture(jpeg_for_tests(64, 32, row.orientation));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->width, row.turned ? 32 : 64) << row.orientation;
    std::string corners;
    for (const auto& [x, y] : {std::pair{12, 12}, {88, 12}, {12, 88}, {88, 88}}) corners += letter(colour(*made, x, y));
    EXPECT_EQ(corners, row.corners) << row.orientation;
  }
}

TEST(Picture, KeepsNothingOfTheCamera) {
  const std::string sent = jpeg_for_tests(64, 32, 6);
  const PictureTaken taken = picture_taken(sent);
  ASSERT_TRUE(taken.lat && taken.lon);
  EXPECT_NEAR(*taken.lat, 30.675, 1e-6);
  EXPECT_NEAR(*taken.lon, 104.06, 1e-6);
  const auto made = remake_picture(sent + "<?php hidden payload");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->jpeg.find("Exif"), std::string::npos);
  EXPECT_EQ(made->jpeg.find("hidden"), std::string::npos);
  EXPECT_FALSE(picture_taken(made->jpeg).lat);
  EXPECT_FALSE(picture_taken(png_for_tests(8, 8)).lat);
}

TEST(Picture, IsMadeSmaller) {
  for (const std::string& sent : {jpeg_for_tests(3'000, 200), png_for_tests(3'000, 200)}) {
    const auto made = remake_picture(sent);
    ASSERT_TRUE(made);
    EXPECT_LE(made->width, 2'560);
    EXPECT_GE(made->width, 1'200);
    EXPECT_EQ(letter(colour(*made, 25, 50)), 'r');
    EXPECT_EQ(letter(colour(*made, 75, 50)), 'b');
  }
}

TEST(Picture, BombsAreRefusedByTheirHead) {
  std::string jpeg = jpeg_for_tests(16, 16);
  // SOF0: height and width of 65,000.
  const std::size_t head = jpeg.find("\xFF\xC0");
  ASSERT_NE(head, std::string::npos);
  jpeg.replace(head + 5, 4, "\xFD\xE8\xFD\xE8");
  EXPECT_EQ(code(remake_picture(jpeg)), "picture_too_large");
  EXPECT_EQ(code(remake_picture(png_for_tests(600, 500), {.whole_pixels = 250'000})), "picture_too_large");
  EXPECT_EQ(code(remake_picture(png_for_tests(600, 500).substr(0, 60))), "picture_broken");
  EXPECT_EQ(code(remake_picture(jpeg_for_tests(16, 16).substr(0, 20))), "picture_broken");
}

}  // namespace
}  // namespace linli
