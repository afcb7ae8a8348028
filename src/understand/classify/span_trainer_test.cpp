#include "understand/classify/train/span_trainer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace linli {
namespace {

TEST(SpanTagger, LearnsPartsOfAnAddress) {
  const std::vector<SpanText> texts = {
      {"长河市南桥区12号", {{0, 3, "city"}, {3, 6, "district"}, {6, 9, "roadno"}}},
      {"双流市北川区3号", {{0, 3, "city"}, {3, 6, "district"}, {6, 8, "roadno"}}},
      {"在青山市8号", {{1, 4, "city"}, {4, 6, "roadno"}}},
  };
  const SpanTagger tagger = SpanTagger::train(texts);
  for (const auto& t : texts) EXPECT_EQ(tagger.tag(t.text), t.spans) << t.text;
  // Nothing of it was seen but how such addresses are built.
  EXPECT_EQ(tagger.tag("白水市5号"), (std::vector<Span>{{0, 3, "city"}, {3, 5, "roadno"}}));
  EXPECT_TRUE(tagger.tag("").empty());
}

TEST(SpanTagger, ErrorsNameTheLine) {
  const auto file = std::filesystem::temp_directory_path() / "linli-spans.jsonl";
  for (const char* bad : {"{\"text\": \"甲\"}", "{\"text\": \"甲\", \"spans\": [[0, 2, \"x\"]]}", "[1"}) {
    std::ofstream(file) << "{\"text\": \"甲乙\", \"spans\": [[0, 1, \"X\"]]}\n" << bad << '\n';
    const auto read = read_span_texts(file.string());
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().where.line, 2) << bad;
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace linli
