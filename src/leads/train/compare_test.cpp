#include "leads/train/compare.h"

#include <gtest/gtest.h>

#include "leads/train/error_page.h"

namespace linli::train {
namespace {

LabelledDay small_day() {
  LabelledDay day;
  day.name = "small";
  day.directory.groups = {{"g1", "甲群 <script>", "", "", ""}};
  day.leads = {{"L01", "lighting", "青禾里3栋", "灯", 3, false, false, false},
               {"L02", "gas", "", "气", 1, false, true, false}};
  const int lead[] = {0, -1, 0, 1, 1, -1};
  for (std::size_t i = 0; i < std::size(lead); ++i) {
    LabelledMessage m;
    m.message.id = "m" + std::to_string(i);
    m.message.group = "g1";
    m.message.text = i == 1 ? "</script><img src=x onerror=alert(1)>" : "话";
    m.lead = lead[i];
    m.act = m.lead < 0 ? Act::none : Act::detail;
    day.messages.push_back(m);
  }
  return day;
}

PredictedLead found(std::vector<std::size_t> messages, std::string category, int urgency, std::string place = {}) {
  PredictedLead p;
  p.opened_at = messages.front();
  p.messages = std::move(messages);
  p.category = std::move(category);
  p.urgency = urgency;
  p.place = std::move(place);
  return p;
}

const CaseKind& kind(const std::vector<CaseKind>& kinds, std::string_view name) {
  for (const auto& k : kinds) {
    if (k.name == name) return k;
  }
  throw std::runtime_error("no such kind");
}

std::vector<bool> right(const CaseKind& k) {
  std::vector<bool> out;
  for (const auto& c : k.cases) out.push_back(c.right);
  return out;
}

TEST(Compare, CasesOfADay) {
  const Predicted p = {found({0, 1}, "lighting", 3, "青禾里三号楼"), found({3, 4}, "odor", 1)};
  const auto kinds = judge_cases({small_day()}, {p});
  EXPECT_EQ(right(kind(kinds, "message of a lead is heard")), (std::vector<bool>{true, false, true, true}));
  EXPECT_EQ(right(kind(kinds, "chatter is left alone")), (std::vector<bool>{false, true}));
  EXPECT_EQ(right(kind(kinds, "lead is opened in time")), (std::vector<bool>{true, true}));
  EXPECT_EQ(right(kind(kinds, "lead is matched")), (std::vector<bool>{false, true}));  // one of three in common
  EXPECT_EQ(right(kind(kinds, "lead is matched, category right")), (std::vector<bool>{false, false}));
  EXPECT_EQ(right(kind(kinds, "urgency 1 is seen")), (std::vector<bool>{true}));
  EXPECT_EQ(kind(kinds, "lead is matched").cases[1].where, "small L02");
}

// What the cases say is what the figures say.
TEST(Compare, CasesAgreeWithTheScore) {
  const LabelledDay day = small_day();
  for (const Predicted& p : {Predicted{}, Predicted{found({0, 2}, "lighting", 3, "青禾里3栋"), found({4, 5}, "gas", 1)},
                             Predicted{found({0, 1, 2, 3, 4, 5}, "gas", 1)}}) {
    const Counts c = score_day(day, p);
    const auto kinds = judge_cases({day}, {p});
    const auto count = [&](std::string_view name) {
      const auto r = right(kind(kinds, name));
      return static_cast<double>(std::count(r.begin(), r.end(), true));
    };
    EXPECT_EQ(count("message of a lead is heard"), c.det_tp);
    EXPECT_EQ(count("lead is opened in time"), c.in_time);
    EXPECT_EQ(count("lead is matched"), c.leads_match);
    EXPECT_EQ(count("lead is matched, category right"), c.cat_ok);
    EXPECT_EQ(count("urgency 1 is seen"), c.u1_hit);
    EXPECT_EQ(count("lead is matched, place exact"), c.place_ok);
  }
}

TEST(Compare, SignTest) {
  EXPECT_DOUBLE_EQ(sign_test(0, 0), 1);
  EXPECT_DOUBLE_EQ(sign_test(5, 5), 1);
  EXPECT_NEAR(sign_test(8, 1), 2 * 10.0 / 512, 1e-12);
  EXPECT_NEAR(sign_test(1, 8), sign_test(8, 1), 1e-12);
  EXPECT_NEAR(sign_test(10, 0), 2.0 / 1024, 1e-12);
}

TEST(Compare, AModelAgainstItselfAndABetterOne) {
  const LabelledDay day = small_day();
  const Predicted bad = {found({1, 5}, "odor", 3)}, good = {found({0, 2}, "lighting", 3), found({3, 4}, "gas", 1)};
  const std::vector<LabelledDay> days(6, day);
  const Figures a = score(days, std::vector<Predicted>(6, bad)), b = score(days, std::vector<Predicted>(6, good));
  for (const auto& c : compare_figures(a, a)) EXPECT_DOUBLE_EQ(c.chance, 1) << c.name;
  const auto changes = compare_figures(a, b);
  EXPECT_EQ(changes[2].name, "detection_f1");
  EXPECT_DOUBLE_EQ(changes[2].a, 0);
  EXPECT_DOUBLE_EQ(changes[2].b, 1);
  EXPECT_DOUBLE_EQ(changes[2].low, 1);
  EXPECT_LT(changes[2].chance, 0.01);
}

TEST(ErrorPage, TextsOfTheChatStayText) {
  const std::string page = error_page({small_day()}, {{found({0, 1}, "lighting", 3)}}, "1.test");
  EXPECT_EQ(page.find("<img"), page.npos);
  EXPECT_EQ(page.find("甲群 <script>"), page.npos);
  EXPECT_NE(page.find("\\u003c/script>\\u003cimg src=x"), page.npos);
  EXPECT_NE(page.find("1.test"), page.npos);
  EXPECT_EQ(page.find("@DATA@"), page.npos);
  EXPECT_EQ(page.find("http"), page.find("http-equiv")) << "the page asks nobody for anything";
}

}  // namespace
}  // namespace linli::train
