#include "base/settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/words.h"

namespace linli {
namespace {

using namespace std::chrono_literals;

const Setting<std::string> listen{"listen", "127.0.0.1:8080", {}, Restart::yes, "Where."};
const Setting<std::int64_t> waiting{"intake.max_waiting", 50'000, {1'000, 1'000'000}, Restart::yes, "How many."};
const Setting<std::chrono::milliseconds> historic{
    "intake.historic_after", 30min, {1min, 24h}, Restart::no, "How late."};
const Setting<std::string> level{"log.level", "info", {{"debug", "info"}}, Restart::no, "How much."};
const Setting<std::vector<std::string>> trusted{"proxy.trusted", {}, {}, Restart::no, "Whom."};
const Setting<bool> secure{"cookies.secure", true, {}, Restart::yes, "Whether."};
const std::vector<AnySetting> all{&listen, &waiting, &historic, &level, &trusted, &secure};

class SettingsFile : public testing::Test {
 protected:
  std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / ("settings" + std::to_string(getpid()) + ".toml");
  void TearDown() override { std::filesystem::remove(file); }
  Result<Settings> load(const std::string& text, const Environment& environment = {}) {
    std::ofstream(file) << text;
    return Settings::load(all, file, environment);
  }
};

TEST_F(SettingsFile, DefaultsFileAndEnvironment) {
  const auto none = Settings::load(all, {}, {});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->get(listen), "127.0.0.1:8080");
  EXPECT_EQ(none->get(historic), 30min);

  const auto some = load(
      "listen = \"[::1]:9\"\n[intake]\nhistoric_after = \"2 h\"\nmax_waiting = 2000\n[proxy]\ntrusted = "
      "[\"10.0.0.1\"]\n",
      {{"LINLI_INTAKE_HISTORIC_AFTER", "45min"}, {"LINLI_TEST_X", "1"}, {"LINLI_COOKIES_SECURE", "false"}});
  ASSERT_TRUE(some) << for_terminal(some.error(), Language::en);
  EXPECT_EQ(some->get(listen), "[::1]:9");
  EXPECT_EQ(some->get(historic), 45min);
  EXPECT_EQ(some->get(waiting), 2000);
  EXPECT_EQ(some->get(trusted), std::vector<std::string>{"10.0.0.1"});
  EXPECT_FALSE(some->get(secure));

  const auto list = load("", {{"LINLI_PROXY_TRUSTED", "10.0.0.1, 10.0.0.2"}});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->get(trusted), (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
}

TEST_F(SettingsFile, WrongOnesSayWhereAndWhat) {
  struct Row {
    const char* text;
    Errc code;
    long line;
    const char* words;
  };
  const Row rows[] = {
      {"\n[intake]\nmax_waitin = 5\n", Errc::unknown_setting, 3, "is it intake.max_waiting?"},
      {"[intake]\nmax_waiting = 5\n", Errc::bad_setting, 2, "(allowed: 1000 … 1000000)"},
      {"[intake]\nhistoric_after = \"soon\"\n", Errc::bad_setting, 2, "soon (allowed: 1min … 1d)"},
      {"[log]\nlevel = \"loud\"\n", Errc::bad_setting, 2, "(allowed: debug, info)"},
      {"listen = [\"a\", \"b\"]\n", Errc::bad_setting, 1, "listen"},
      {"listen = \n", Errc::bad_setting, 1, ""},
  };
  for (const Row& row : rows) {
    const auto loaded = load(row.text);
    ASSERT_FALSE(loaded) << row.text;
    EXPECT_EQ(loaded.error().code, row.code);
    EXPECT_EQ(loaded.error().where.line, row.line) << row.text;
    const std::string words = for_terminal(loaded.error(), Language::en);
    EXPECT_NE(words.find(row.words), words.npos) << words;
  }
  const auto variable = load("", {{"LINLI_LISTN", "x"}});
  ASSERT_FALSE(variable);
  EXPECT_NE(words(variable.error(), Language::en).text.find("is it LINLI_LISTEN?"), std::string::npos);
  EXPECT_EQ(Settings::load(all, "/nonexistent/linli.toml", {}).error().code, Errc::file_unreadable);
}

TEST(SettingsReference, ListsAllSorted) {
  const std::string page = settings_reference(all);
  EXPECT_NE(page.find("| `intake.historic_after` | `30min` | 1min … 1d | no | How late. |"), page.npos) << page;
  EXPECT_LT(page.find("cookies.secure"), page.find("proxy.trusted"));
}

TEST(Duration, IsReadAndWritten) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("7 d"), 168h);
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2min");
  EXPECT_EQ(format_duration(0s), "0s");
  for (const char* wrong : {"", "5", "min", "-5s", "5 weeks", "99999999999999999999d", "9999999999999999d"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

}  // namespace
}  // namespace linli
