#include "assist/retrieval.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "assist/questions_for_tests.h"

namespace linli::retrieval {
namespace {

const auto kAll = [](std::uint32_t, std::uint32_t) { return true; };

Index index_of(std::vector<Text> texts) {
  std::vector<std::shared_ptr<const Text>> shared;
  for (Text& text : texts) shared.push_back(std::make_shared<const Text>(std::move(text)));
  return Index(std::move(shared));
}
std::vector<Hit> find(const Index& index, std::string_view question, std::size_t limit = 3) {
  const Index* one[] = {&index};
  return search(one, {question, {}}, limit, kAll);
}

TEST(Retrieval, WordsThatMeanTheSameAreReadAsOne) {
  const Index index = index_of({{{"停水了怎么办"}, "看通知", {}},
                                {{"旧家具怎么丢"}, "预约", {}},
                                {{"社区服务时间"}, "九点", {}},
                                {{"门禁卡补办"}, "到物业", {}}});
  struct Row {
    const char* question;
    std::uint32_t text;
  };
  constexpr Row rows[] = {{"停水了怎么办", 0},   {"咋个又没得水了嘛", 0}, {"屋头莫得水", 0}, {"烂沙发甩到哪点", 1},
                          {"舊沙發怎麼丟？", 1}, {"社区几点上班", 2},     {"门卡掉了", 3}};
  for (const auto& [question, text] : rows) {
    const auto hits = find(index, question);
    ASSERT_FALSE(hits.empty()) << question;
    EXPECT_EQ(hits.front().text, text) << question;
  }
}

TEST(Retrieval, SaysWhichWordsSpeakForIt) {
  const Index index = index_of({{{"停水了怎么办"}, "看单元门口的通知", {}}, {{"社区服务时间"}, "九点", {}}});
  const auto hits = find(index, "请问3栋没得水了，通知在哪里");
  ASSERT_FALSE(hits.empty());
  EXPECT_NE(std::ranges::find(hits[0].words, "没得水"), hits[0].words.end());
  EXPECT_NE(std::ranges::find(hits[0].words, "通知"), hits[0].words.end());
  EXPECT_EQ(std::ranges::find(hits[0].words, "请问"), hits[0].words.end());
  // 没得水 is read as 停水; that 停 is shared with 停电 is no reason that a person would see.
  const Index other = index_of({{{"停电了怎么办"}, "x", {}}, {{"社区服务时间"}, "九点", {}}});
  for (const Hit& hit : find(other, "没得水了")) EXPECT_EQ(std::ranges::find(hit.words, "没得水"), hit.words.end());
}

TEST(Retrieval, NothingInCommonIsNoHit) {
  const Index index = index_of({{{"停水了怎么办"}, "看通知", {}}});
  for (const char* question : {"", "   ", "？！", "xyz", "谢谢", "\xff\xfe", "飞机"})
    EXPECT_TRUE(find(index, question).empty()) << question;
  EXPECT_TRUE(find(index, "停水", 0).empty());
  EXPECT_TRUE(find(Index({}), "停水").empty());
  const std::string endless(100'000, 'a');
  EXPECT_TRUE(find(index, endless).empty());
}

TEST(Retrieval, ABaseInTwoPartsAnswersAsOne) {
  std::vector<Text> texts;
  for (const char* title : {"停水了怎么办", "停电了怎么办", "电梯坏了", "门禁卡补办", "旧家具怎么丢", "社区服务时间"})
    texts.push_back({{title}, std::string(title) + "的答案", {}});
  const Index whole = index_of(texts);
  const Index a = index_of({texts.begin(), texts.begin() + 2}), b = index_of({texts.begin() + 2, texts.end()});
  const Index* parts[] = {&a, &b};
  for (const char* question : {"停水了怎么办", "电梯坏了找谁", "沙发丢哪里"}) {
    const auto one = find(whole, question), two = search(parts, {question, {}}, 3, kAll);
    ASSERT_EQ(one.size(), two.size()) << question;
    EXPECT_EQ(one.front().text, two.front().index * 2 + two.front().text) << question;
    // Usual lengths differ a little between the parts; what is telling does not.
    EXPECT_NEAR(one.front().score, two.front().score, 0.15f * one.front().score) << question;
  }
}

TEST(Retrieval, WhatIsNotAcceptedMakesRoomForTheNext) {
  const Index index = index_of({{{"停水了怎么办"}, "a", {}}, {{"停水通知在哪里看"}, "b", {}}, {{"电梯"}, "c", {}}});
  const Index* one[] = {&index};
  const auto hits = search(one, {"停水了怎么办", {}}, 1, [](std::uint32_t, std::uint32_t text) { return text != 0; });
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].text, 1u);
}

TEST(Retrieval, TheSameQuestionIsOneHoweverItIsPut) {
  EXPECT_EQ(bare("请问社区几点上班？"), bare("社区好久开门哦"));
  EXPECT_EQ(bare("停水了咋办"), bare("没得水了怎么办"));
  EXPECT_NE(bare("停水了怎么办"), bare("停电了怎么办"));
}

// The figures of docs/knowledge.md must not fall unseen.
TEST(Retrieval, FindsWhatTheStarterSetAnswers) {
  const auto entries = read_starter(std::string(LINLI_SOURCE_DIR) + "/data/knowledge/starter.csv");
  const auto questions = read_questions(std::string(LINLI_SOURCE_DIR) + "/data/knowledge/questions.tsv");
  EXPECT_GE(entries.size(), 30u);
  for (const auto& q : questions)
    EXPECT_TRUE(q.title.empty() || std::ranges::any_of(entries, [&](const auto& e) { return e->title == q.title; }))
        << q.text << ": no such entry";
  const Index index(texts_of(entries));
  const HitRates r = hit_rates(index, entries, questions, false);
  EXPECT_GE(r.answerable, 120);
  EXPECT_GE(r.unanswerable, 40);
  EXPECT_GE(r.first * 100, r.answerable * 85);
  EXPECT_GE(r.third * 100, r.answerable * 94);
  EXPECT_GE(r.offered_right * 100, r.offered * 92);
  EXPECT_LE(r.offered_wrongly * 10, r.unanswerable);
}

}  // namespace
}  // namespace linli::retrieval
