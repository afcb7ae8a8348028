#include "desk/draft.h"

#include <gtest/gtest.h>

namespace linli::desk {
namespace {

Lead lead(std::string category, int urgency, std::string place = "荷塘苑3栋") {
  Lead out;
  out.category = std::move(category);
  out.urgency = urgency;
  out.place = std::move(place);
  out.group = GroupId{9};
  out.groups = {GroupId{9}, GroupId{12}};
  out.reply_suffices = true;
  return out;
}

const std::vector<LeadLink> kLinks{
    {MessageId{5}, Act::confirm}, {MessageId{4}, Act::report}, {MessageId{7}, Act::report}};

TEST(Draft, WhatIsKnownIsSaidWithItsSource) {
  const Known known[] = {{"know_1", "停水", "明早八点恢复供水。", "停水通知（清溪河街道）", true}};
  const Draft d = draft(lead("water_outage", 2), kLinks, known);
  EXPECT_EQ(d.kind, Draft::Kind::knowledge);
  EXPECT_EQ(d.text, "您好，明早八点恢复供水。\n（来源：停水通知（清溪河街道））");
  EXPECT_EQ(d.quotes, MessageId{4});
  EXPECT_EQ(d.groups, std::vector{GroupId{9}});
  EXPECT_TRUE(d.ends);
}

TEST(Draft, WhatIsDoubtfulIsNotSaid) {
  const Known known[] = {{"know_1", "停水", "明早八点恢复供水。", "", false}};
  const Draft d = draft(lead("water_leak", 2), kLinks, known);
  EXPECT_EQ(d.text, "您好，荷塘苑3栋漏水渗水的情况看到了，正在联系处理，有进展马上告诉大家。");
  EXPECT_FALSE(d.ends) << "seen is not settled";
  EXPECT_EQ(draft(lead("water_leak", 2, ""), kLinks, {}).text,
            "您好，漏水渗水的情况看到了，正在联系处理，有进展马上告诉大家。");
}

TEST(Draft, InAnEmergencyItIsWhoToCallFirst) {
  const Known known[] = {{"know_1", "电梯", "周一保养。", "", true}};
  for (const auto& [category, number] :
       {std::pair{"fire", "119"}, {"medical_emergency", "120"}, {"crime", "110"}, {"noise_life", "110"}}) {
    const Draft d = draft(lead(category, 1), kLinks, known);
    EXPECT_EQ(d.kind, Draft::Kind::emergency);
    EXPECT_NE(d.text.find(number), std::string::npos) << category;
    EXPECT_FALSE(d.ends);
  }
}

TEST(Draft, ThanksAreThanked) {
  EXPECT_EQ(draft(lead("praise", 4), kLinks, {}).text, "您好，谢谢！已经记下，会转告负责的同事。");
}

TEST(Draft, AreaWideGoesToAllItsGroupsAndTheSensitiveToNone) {
  Lead wide = lead("power_outage", 2);
  wide.area_wide = true;
  EXPECT_EQ(draft(wide, {}, {}).groups.size(), 2u);
  EXPECT_TRUE(draft(lead("relief", 3), {}, {}).starts_private);
  EXPECT_FALSE(draft(lead("garbage", 3), {}, {}).starts_private);
}

}  // namespace
}  // namespace linli::desk
