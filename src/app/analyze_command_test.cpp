#include "app/analyze_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

namespace linli::app {
namespace {

namespace fs = std::filesystem;

class Analyze : public testing::Test {
 protected:
  Analyze() { fs::create_directories(folder_); }
  ~Analyze() override { fs::remove_all(folder_); }

  // A copy of a training day's messages, each line changed by `change`.
  template <class Change>
  fs::path copy(const char* name, Change change) {
    std::ifstream in(source_ / "b-handover.messages.jsonl");
    const fs::path file = folder_ / name;
    std::ofstream out(file);
    std::string line;
    while (std::getline(in, line)) {
      auto o = boost::json::parse(line).as_object();
      if (change(o)) out << boost::json::serialize(o) << '\n';
    }
    return file;
  }

  fs::path scenario() const { return source_ / "b-handover.leads.jsonl"; }

  static std::string predictions(const Analysis& a) {
    std::ostringstream out;
    write_predictions(a, out);
    return out.str();
  }

  const fs::path source_ = fs::path(LINLI_SOURCE_DIR) / "data/training";
  const fs::path folder_ = fs::temp_directory_path() / ("linli-analyze-" + std::to_string(::getpid()));
};

// Labels in the file are not looked at: without them the same bytes come out.
TEST_F(Analyze, SeesOnlyWhatAChannelDelivers) {
  const std::set<std::string_view> allowed = {"id",   "group", "ts",   "sender",   "sender_name",
                                              "role", "type",  "text", "reply_to", "mentions"};
  const fs::path full = copy("full.jsonl", [](auto&) { return true; });
  const fs::path bare = copy("bare.jsonl", [&](boost::json::object& o) {
    boost::json::object kept;
    for (const auto& [key, value] : o) {
      if (allowed.contains(std::string_view(key))) kept[key] = value;
    }
    o = std::move(kept);
    return true;
  });
  // Of the scenario the first line only.
  const fs::path first_line = folder_ / "first.leads.jsonl";
  {
    std::ifstream in(scenario());
    std::string line;
    std::getline(in, line);
    std::ofstream(first_line) << line << '\n';
  }
  const auto a = analyze(full, scenario()), b = analyze(bare, first_line);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(predictions(*a).empty());
  EXPECT_EQ(predictions(*a), predictions(*b));
}

// The run on the first k messages has opened exactly the leads that the whole run opens by then, at the same messages.
TEST_F(Analyze, OpensTheSameLeadsOnAnyPrefix) {
  const auto whole = analyze(copy("whole.jsonl", [](auto&) { return true; }), scenario());
  ASSERT_TRUE(whole);
  const std::size_t n = whole->messages.size();
  for (std::size_t cut = 1; cut <= n; cut += n / 50 + 1) {
    std::size_t line = 0;
    const auto part = analyze(copy("part.jsonl", [&](auto&) { return ++line <= cut; }), scenario());
    ASSERT_TRUE(part);
    std::vector<LeadKey> expected, got;
    for (const auto& v : whole->leads) {
      if (v.key <= static_cast<LeadKey>(cut)) expected.push_back(v.key);
    }
    for (const auto& v : part->leads) got.push_back(v.key);
    EXPECT_EQ(got, expected) << cut;
  }
}

TEST_F(Analyze, ATableThatSaysWhy) {
  const auto a = analyze(copy("day.jsonl", [](auto&) { return true; }), scenario());
  ASSERT_TRUE(a);
  std::ostringstream table;
  write_table(*a, true, Language::zh, table);
  EXPECT_NE(table.str().find("摘要"), std::string::npos);
  EXPECT_NE(table.str().find("提到“"), std::string::npos);
  EXPECT_EQ(table.str().find("reason."), std::string::npos);  // every reason has words
}

TEST_F(Analyze, SaysWhatIsWrong) {
  const auto missing = analyze(folder_ / "none.jsonl", std::nullopt);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::file_unreadable);
}

}  // namespace
}  // namespace linli::app
