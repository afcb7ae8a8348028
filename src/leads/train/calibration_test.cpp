#include "leads/train/calibration.h"

#include <gtest/gtest.h>

namespace linli::train {
namespace {

TEST(Calibration, BinsAndError) {
  Reliability r;
  // Eight of ten with 0.75 are so, three of ten with 0.15, all with 1.
  for (int i = 0; i < 10; ++i) r.add(0.75f, i < 8);
  for (int i = 0; i < 10; ++i) r.add(0.15f, i < 3);
  for (int i = 0; i < 5; ++i) r.add(1.0f, true);
  EXPECT_EQ(r.bins[7].n, 10);
  EXPECT_EQ(r.bins[7].truth, 8);
  EXPECT_EQ(r.bins[1].truth, 3);
  EXPECT_EQ(r.bins[9].n, 5);
  EXPECT_NEAR(r.error(), (0.5 + 1.5 + 0) / 25, 1e-6);
  Reliability twice = r;
  twice += r;
  EXPECT_NEAR(twice.error(), r.error(), 1e-9);
  EXPECT_EQ(Reliability{}.error(), 0);
}

// What the model inside says of a plain day: each message once, and high scores for what is an appeal.
TEST(Calibration, OfADay) {
  LabelledDay day;
  day.directory.groups = {{"g1", "云麓里业主群", "", "", ""}};
  const auto say = [&](const char* text, int lead) {
    LabelledMessage m;
    m.message.id = std::to_string(day.messages.size());
    m.message.group = "g1";
    m.message.sender = "u" + m.message.id;
    m.message.sender_name = "住户" + m.message.id;
    m.message.text = text;
    m.message.sent_at = Instant(std::chrono::hours(24 * 20000 + 3) + std::chrono::minutes(day.messages.size()));
    m.lead = lead;
    m.act = lead < 0 ? Act::none : Act::report;
    day.messages.push_back(std::move(m));
  };
  day.leads.resize(2);
  say("大家早上好", -1);
  say("3栋2单元电梯坏了 没人来修", 0);
  say("今天的西瓜好甜", -1);
  say("我家停电了 隔壁都有电", 1);
  const auto understander = Understander::embedded();
  ASSERT_TRUE(understander);
  const Calibration c = calibration(*understander, day);
  double appeals = 0, true_and_high = 0, false_and_high = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    appeals += c.appeal.bins[i].n;
    if (i < 5) continue;
    true_and_high += c.belongs.bins[i].truth;
    false_and_high += c.belongs.bins[i].n - c.belongs.bins[i].truth;
  }
  EXPECT_EQ(appeals, 4);
  EXPECT_GE(true_and_high, 1);
  EXPECT_EQ(false_and_high, 0);
  EXPECT_NE(to_text(c).find("0.9-1.0"), std::string::npos);
}

}  // namespace
}  // namespace linli::train
