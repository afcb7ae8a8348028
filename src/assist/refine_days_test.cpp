#include "assist/refine_days.h"

#include "assist/assist_for_tests.h"

namespace linli::assist {
namespace {

LabelledDay day() {
  LabelledDay out;
  out.name = "d";
  out.directory.groups = {{"g", "荷塘苑邻里群", "第1微网格", "荷塘社区", "清溪河街道"}};
  const auto say = [&](const char* text, int lead) {
    LabelledMessage m;
    m.message.id = std::to_string(out.messages.size());
    m.message.group = "g";
    m.message.sender = m.message.sender_name = "3-2-1502李姐";
    m.message.text = text;
    m.lead = lead;
    m.act = Act::report;
    out.messages.push_back(std::move(m));
  };
  say("3栋2单元天花板在滴水", 0);
  say("3栋2单元还在滴", 0);
  out.leads.push_back({"L1", "water_leak", "3栋2单元", "漏水", 2});
  return out;
}

// The engine sees two leads in what is one, and has the category wrong.
std::vector<train::Predicted> seen() {
  return {{{{0}, 0, "building", "3栋2单元", 3, false, false, false, "滴水"},
           {{1}, 1, "building", "3栋2单元", 3, false, false, false, "滴水"}}};
}

class RefineDays : public AssistTest {};

TEST_F(RefineDays, TakesOverWhatTheModelSaysAndCountsIt) {
  server.answers([](const Asked& asked) {
    const bool second = asked.raw.find("还在滴") != std::string::npos;
    return says(
        asked,
        std::string(R"({"summary":"3栋2单元漏水","category":"water_leak","urgency":2,"place":"3栋2单元","same_as":)") +
            (second ? "\"L1\"" : "null") + R"(,"evidence":["m1"]})");
  });
  const RefinedDays out = refine_days(*client, {day()}, seen());
  EXPECT_EQ(out.leads, 2u);
  EXPECT_EQ(out.refined, 2u);
  EXPECT_EQ(out.predicted[0][0].category, "water_leak");
  EXPECT_EQ(out.predicted[0][1].urgency, 2);
  EXPECT_EQ(out.same, 1u);
  EXPECT_EQ(out.same_right, 1u);
  const auto value = [](const train::Figures& f, std::string_view name) {
    for (const auto& [key, number] : train::Figures::values(f.total))
      if (key.find(name) != std::string::npos) return number;
    return -1.0;
  };
  EXPECT_LT(value(train::score({day()}, seen()), "category"), value(train::score({day()}, out.predicted), "category"));
}

TEST_F(RefineDays, WhereTheServerFailsTheEnginesStands) {
  server.answers([](const Asked&) { return problem(400); });
  const RefinedDays out =
      refine_days(*client, {day(), day(), day(), day()}, {seen()[0], seen()[0], seen()[0], seen()[0]}, 3);
  EXPECT_EQ(out.leads, 8u);
  EXPECT_EQ(out.refined, 0u);
  EXPECT_EQ(out.failed, 3u) << "then it is not asked any more";
  EXPECT_EQ(out.predicted[0][0].category, "building");
}

}  // namespace
}  // namespace linli::assist
