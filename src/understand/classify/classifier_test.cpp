#include "understand/classify/classifier.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "understand/classify/text_lines.h"
#include "understand/classify/train/classifier_trainer.h"
#include "understand/grams.h"

namespace linli {
namespace {

namespace fs = std::filesystem;

struct Sample {
  const char* title;
  const char* body;
  const char* label;
};
constexpr Sample kSamples[] = {
    {"路灯不亮", "巷口的路灯坏了好几天，晚上看不见路", "\"灯\""},
    {"路灯坏了", "门口那盏灯一直不亮", "\"灯\""},
    {"灯柱歪了", "路边灯柱被车撞歪，灯也灭了", "\"灯\""},
    {"楼道灯闪", "楼道里的灯一闪一闪，快坏了", "\"灯\""},
    {"水管漏水", "地下的水管爆了，水流得到处都是", "\"水\""},
    {"自来水停了", "早上起来没有水，何时来水", "\"水\""},
    {"水压太小", "顶楼水压小，热水器打不着", "\"水\""},
    {"下水堵了", "厨房下水道堵住，脏水往外冒", "\"水\""},
    {"垃圾没人收", "垃圾桶满了几天，没人来收垃圾", "\"垃圾\""},
    {"乱倒垃圾", "有人把装修垃圾倒在草地上", "\"垃圾\""},
    {"垃圾很臭", "垃圾站的臭味飘到家里", "\"垃圾\""},
    {"垃圾车太早", "垃圾车凌晨来收垃圾，吵得睡不着", "\"垃圾\""},
};

ClassifierTrainer::Outcome train(std::uint64_t seed = 1) {
  ClassifierOptions o;
  o.fields = {"title", "body"};
  o.seen = 1;
  o.folds = 3;
  o.linear.seed = seed;
  ClassifierTrainer trainer(o);
  for (const auto& s : kSamples) {
    const std::string_view fields[] = {s.title, s.body};
    EXPECT_TRUE(trainer.add(fields, s.label));
  }
  return trainer.train();
}

std::string told(const Classifier& c, std::string_view title, std::string_view body) {
  const std::string_view fields[] = {title, body};
  return c.labels()[c.classify(fields).label];
}

TEST(Classifier, LearnsAndTells) {
  const auto outcome = train();
  EXPECT_EQ(told(outcome.model, "院子里的路灯不亮了", ""), "\"灯\"");
  EXPECT_EQ(told(outcome.model, "又漏水", "水管在漏"), "\"水\"");
  EXPECT_EQ(told(outcome.model, "", "垃圾堆成山，没人收"), "\"垃圾\"");
  EXPECT_EQ(outcome.cross_validated.size(), std::size(kSamples));
}

TEST(Classifier, SameTextsSameBytes) {
  EXPECT_EQ(train().model.write(), train().model.write());
  EXPECT_NE(train(1).model.write(), train(2).model.write());
}

TEST(Classifier, ReadsWhatItWrote) {
  const auto outcome = train();
  const std::string bytes = outcome.model.write();
  const auto again = Classifier::read(bytes, "x.model");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->fields(), (std::vector<std::string>{"title", "body"}));
  std::vector<float> a, b;
  for (const auto& s : kSamples) {
    const std::string_view fields[] = {s.title, s.body};
    outcome.model.margins(fields, a);
    again->margins(fields, b);
    EXPECT_EQ(a, b);
  }
  for (std::size_t n = 0; n < bytes.size(); n += 97)
    EXPECT_FALSE(Classifier::read(std::string_view(bytes).substr(0, n), "x.model"));
  const auto other = Classifier::read("something else", "x.model");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::model_broken);
  EXPECT_EQ(other.error().where.place, "x.model");
}

TEST(Classifier, SaysOfEmptyAndForeignTextsWhatIsLikeliest) {
  const Classifier c = train().model;
  const std::string_view nothing[] = {"", ""}, foreign[] = {"xyzzy \xff\xfe", "𓀀𓀁"};
  for (const auto& fields : {nothing, foreign}) {
    const auto a = c.classify(std::span(fields, 2));
    EXPECT_LT(a.label, 3u);
    EXPECT_GT(a.score, 0.2f);
    EXPECT_LE(a.score, 1.0f);
  }
}

TEST(Classifier, TwoLabelsMirrorEachOther) {
  ClassifierOptions o;
  o.fields = {"text"};
  o.seen = 1;
  o.folds = 2;
  ClassifierTrainer trainer(o);
  for (const char* text : {"很好吃", "好吃又便宜", "味道好", "送得快，好"})
    trainer.add(std::vector<std::string_view>{text}, "1");
  for (const char* text : {"难吃", "太难吃了", "冷了，难吃", "送得慢，差"})
    trainer.add(std::vector<std::string_view>{text}, "0");
  const Classifier c = trainer.train().model;
  std::vector<float> m;
  const std::string_view text[] = {"真难吃"};
  c.margins(text, m);
  EXPECT_NEAR(m[0], -m[1], 1e-5);
  EXPECT_EQ(c.labels()[c.classify(text).label], "0");
}

TEST(Classifier, NearDuplicatesStayTogether) {
  ClassifierOptions o;
  o.fields = {"text"};
  o.folds = 2;
  ClassifierTrainer trainer(o);
  const std::string text = "小区东门外的施工从早上六点一直吵到夜里十一点，请有关部门管一管";
  for (int i = 0; i < 6; ++i)
    trainer.add(std::vector<std::string_view>{text + (i % 2 ? "。" : "！")}, i % 2 ? "1" : "0");
  trainer.add(std::vector<std::string_view>{"公园里的健身器材断了一根杆，孩子差点受伤"}, "0");
  trainer.train();
  EXPECT_EQ(trainer.near_duplicates(), 5u);
}

// The hashes stand in model files.
TEST(Grams, OfOneToFourWithEdges) {
  std::vector<std::size_t> lengths;
  each_gram(U"漏水", [&](std::uint64_t, std::size_t n) { lengths.push_back(n); });
  EXPECT_EQ(lengths, (std::vector<std::size_t>{2, 3, 4, 1, 2, 3, 1, 2}));
  std::vector<std::uint64_t> a, b;
  each_gram(U"3栋", [&](std::uint64_t h, std::size_t) { a.push_back(h); });
  each_gram(U"12栋", [&](std::uint64_t h, std::size_t) { b.push_back(h); });
  EXPECT_EQ(a, b);
}

TEST(LabelFigures, AsEverybodyCountsThem) {
  LabelFigures f(3);
  for (int i = 0; i < 8; ++i) f.add(0, 0);
  f.add(0, 1), f.add(1, 1), f.add(1, 0);
  EXPECT_DOUBLE_EQ(f.accuracy(), 9.0 / 11);
  EXPECT_DOUBLE_EQ(f.f1(0), 16.0 / 18);
  EXPECT_DOUBLE_EQ(f.f1(1), 2.0 / 4);
  EXPECT_DOUBLE_EQ(f.macro_f1(), (16.0 / 18 + 0.5) / 2);  // nobody has the third
}

class TextLinesTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& text) {
    const fs::path file = fs::path(testing::TempDir()) /
                          (std::string("lines-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  Result<std::vector<TextLine>> read(const std::string& text) {
    auto lines = TextLines::open(write(text), {"title", "body"}, "label");
    std::vector<TextLine> out;
    while (true) {
      auto line = lines->next();
      if (!line) return tl::unexpected(line.error());
      if (!*line) return out;
      out.push_back(**line);
    }
  }
};

TEST_F(TextLinesTest, FieldsLabelsAndHoles) {
  const auto lines = read(
      "{\"title\": \"甲\", \"body\": \"乙\", \"label\": \"x\"}\r\n\n{\"title\": \"丙\", \"label\": 1}\n{\"body\": "
      "null}");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ((*lines)[0].label, "\"x\"");
  EXPECT_TRUE((*lines)[0].complete);
  EXPECT_EQ((*lines)[1].label, "1");
  EXPECT_FALSE((*lines)[1].complete);
  EXPECT_EQ((*lines)[1].number, 3);
  EXPECT_EQ((*lines)[2].texts, (std::vector<std::string>{"", ""}));
}

TEST_F(TextLinesTest, TellsWhereItIsWrong) {
  struct Row {
    const char* text;
    Errc code;
    long line;
    const char* field;
  };
  constexpr Row rows[] = {
      {"{\"title\": \"甲\"}\n{\"title\": ", Errc::bad_json, 2, ""},
      {"[1]", Errc::bad_json, 1, ""},
      {"{\"title\": 3}", Errc::bad_value, 1, "title"},
      {"{\"title\": \"甲\", \"label\": [1]}", Errc::bad_value, 1, "label"},
      {"{\"titel\": \"甲\"}", Errc::missing_field, 0, "title, body"},
      {"", Errc::missing_field, 0, "title, body"},
  };
  for (const Row& row : rows) {
    const auto lines = read(row.text);
    ASSERT_FALSE(lines) << row.text;
    EXPECT_EQ(lines.error().code, row.code) << row.text;
    EXPECT_EQ(lines.error().where.line, row.line) << row.text;
    EXPECT_EQ(lines.error().where.field, row.field) << row.text;
  }
}

TEST_F(TextLinesTest, PredictionsGoToTheEndOfTheLine) {
  struct Row {
    const char* line;
    const char* told;
  };
  constexpr Row rows[] = {
      {"{\"title\": \"甲\", \"n\": 1.50}", "{\"title\": \"甲\", \"n\": 1.50, \"predicted\": \"x\", \"score\": 0.5000}"},
      {"{\"title\":\"}\" }", "{\"title\":\"}\", \"predicted\": \"x\", \"score\": 0.5000}"},
      {"{\"title\":\"甲\",\"score\":1}", "{\"title\":\"甲\", \"predicted\": \"x\", \"score\": 0.5000}"},
  };
  for (const Row& row : rows) {
    const auto lines = read(row.line);
    ASSERT_TRUE(lines);
    EXPECT_EQ(with_prediction(lines->front(), "\"x\"", 0.5f), row.told);
  }
}

}  // namespace
}  // namespace linli
