#include "leads/train/score.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>

#include "leads/train/trainer.h"
#include "understand/model.h"

namespace linli::train {
namespace {

double value(const Counts& c, std::string_view name) {
  for (const auto& [key, v] : Figures::values(c)) {
    if (key == name) return v;
  }
  return -1;
}

LabelledDay small_day() {
  LabelledDay day;
  day.name = "small";
  day.leads = {{"L01", "lighting", "青禾里3栋2单元", "灯", 3, false, false, false},
               {"L02", "gas", "", "气", 1, false, true, false}};
  const int lead[] = {0, -1, 0, 1, 1, -1, 0, 1};
  for (std::size_t i = 0; i < std::size(lead); ++i) {
    LabelledMessage m;
    m.message.id = "m" + std::to_string(i);
    m.lead = lead[i];
    m.act = m.lead < 0 ? Act::none : Act::detail;
    day.messages.push_back(m);
  }
  return day;
}

TEST(Score, ByHand) {
  const LabelledDay day = small_day();
  PredictedLead light, gas;
  light.messages = {0, 1, 2, 6};
  light.opened_at = 0;
  light.category = "lighting";
  light.place = "青禾里三号楼2单元";
  gas.messages = {4};
  gas.opened_at = 4;
  gas.category = "odor";
  gas.urgency = 1;
  const Counts c = score_day(day, {light, gas});
  EXPECT_DOUBLE_EQ(value(c, "detection_precision"), 4.0 / 5);
  EXPECT_DOUBLE_EQ(value(c, "detection_recall"), 4.0 / 6);
  EXPECT_DOUBLE_EQ(value(c, "opened_in_time"), 1);
  EXPECT_DOUBLE_EQ(value(c, "lead_recall"), 0.5);  // the gas lead shares one of three messages
  EXPECT_DOUBLE_EQ(value(c, "category_accuracy"), 1);
  EXPECT_DOUBLE_EQ(value(c, "urgency1_recall"), 1);
  EXPECT_DOUBLE_EQ(value(c, "place_exact"), 1);
  EXPECT_DOUBLE_EQ(value(c, "building"), 1);
  // m0 m2 m6: 3/4 and 1; m1: 1/4 and 1; m4: 1 and 1/3; m3 m7: 1 and 1/3
  EXPECT_NEAR(value(c, "bcubed_precision"), (3 * 0.75 + 0.25 + 1 + 2) / 7, 1e-12);
  EXPECT_NEAR(value(c, "bcubed_recall"), (3 + 1 + 3 * (1.0 / 3)) / 7, 1e-12);
}

TEST(Score, Places) {
  EXPECT_EQ(canonical_place("锦苑小区三号楼 2单元"), "锦苑小区3栋2单元");
  EXPECT_EQ(canonical_place("锦苑12幢"), canonical_place("锦苑十二栋"));
  EXPECT_EQ(building_of("云岚公寓b座804"), "B栋");
  EXPECT_EQ(building_of("青禾里东门"), "");
}

// The evaluation set's own score.py says the same of the same predictions.
TEST(Score, AgreesWithTheScript) {
  namespace fs = std::filesystem;
  const fs::path script = fs::path(LINLI_SOURCE_DIR) / "../shared/data/groupchat/score.py";
  if (!fs::exists(script) || std::system("python3 -c '' 2>/dev/null") != 0)
    GTEST_SKIP() << "../shared with score.py or python3 is not there";
  const fs::path source = fs::path(LINLI_SOURCE_DIR) / "data/training",
                 folder = fs::temp_directory_path() / ("linli-score-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  auto all = *read_days(source);
  std::vector<LabelledDay> days;
  std::vector<Predicted> predicted;
  const Understander u = *Understander::embedded();
  for (std::size_t i = 0; i < all.size(); i += 11) {
    const LabelledDay& day = all[i];
    for (const char* ending : {".messages.jsonl", ".leads.jsonl"})
      fs::copy_file(source / (day.name + ending), folder / (day.name + ending), fs::copy_options::overwrite_existing);
    predicted.push_back(predict(u.model(), day));
    // Some mistakes, so that every figure has something to count.
    Predicted& p = predicted.back();
    if (p.size() > 2)
      p[1].category = "odor", p[1].place = "别处9栋", p[0].urgency = 1, p[2].reply = !p[2].reply, p.pop_back();
    std::ofstream out(folder / (day.name + ".pred.jsonl"));
    for (std::size_t k = 0; k < p.size(); ++k) {
      boost::json::object o;
      o["lead"] = "P" + std::to_string(1000 + k);  // sorts as it stands: ties of equal Jaccard go by name
      boost::json::array messages;
      for (const auto m : p[k].messages) messages.emplace_back(day.messages[m].message.id);
      o["messages"] = messages;
      o["opened_at"] = day.messages[p[k].opened_at].message.id;
      o["category"] = p[k].category;
      o["urgency"] = p[k].urgency;
      if (p[k].place.empty()) o["place"] = nullptr;
      else o["place"] = p[k].place;
      o["handling"] = p[k].reply ? "reply" : "workflow";
      o["area_wide"] = p[k].area_wide;
      out << boost::json::serialize(o) << '\n';
    }
    days.push_back(day);
  }
  std::FILE* pipe =
      ::popen(("python3 " + script.string() + " --json " + folder.string() + " " + folder.string()).c_str(), "r");
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  ASSERT_EQ(::pclose(pipe), 0);
  fs::remove_all(folder);
  const auto theirs = boost::json::parse(text).as_object();
  const Figures ours = score(days, predicted);
  for (const auto& [name, v] : Figures::values(ours.total))
    EXPECT_NEAR(v, theirs.at(name).to_number<double>(), 0.00006) << name;
}

}  // namespace
}  // namespace linli::train
