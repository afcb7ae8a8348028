#include "store/data_folder.h"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <thread>

#include "base/words.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

TEST(DataFolder, HasOneOwner) {
  TemporaryFolder parent;
  const auto path = parent.path() / "a" / "data";
  {
    const auto mine = DataFolder::take(path);
    ASSERT_TRUE(mine) << for_terminal(mine.error(), Language::en);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    EXPECT_EQ(DataFolder::take(path).error().code, Errc::data_in_use);
  }
  EXPECT_TRUE(DataFolder::take(path));
}

TEST(DataFolder, KeyStandsBesideIt) {
  EXPECT_EQ(DataFolder::default_key_file("/srv/linli"), "/srv/linli.key");
  EXPECT_EQ(DataFolder::default_key_file("/srv/linli/"), "/srv/linli.key");
  EXPECT_EQ(DataFolder::default_key_file("/srv/x/../linli/."), "/srv/linli.key");
}

TEST(Control, AnswersWithProgressResultsAndErrors) {
  TemporaryFolder parent;
  // Longer than a socket's path may be.
  const auto path = parent.path() / std::string(120, 'x');
  const auto folder = DataFolder::take(path);
  ASSERT_TRUE(folder);
  EXPECT_EQ(ask(path, {{"do", "echo"}}).error().code, Errc::not_running);
  {
    const auto control =
        Control::listen(*folder, [](const ControlObject& request, const Progress& progress) -> Result<ControlObject> {
          if (request.at("do") == "refuse")
            return fail(Errc::name_taken, Where::at("channels", 7, "name"), {{"name", "群\n1"}});
          if (request.at("do") == "throw") throw std::runtime_error("bug");
          progress({{"lines", 1}});
          progress({{"lines", 2}});
          return ControlObject{{"heard", request.at("do")}};
        });
    ASSERT_TRUE(control) << for_terminal(control.error(), Language::en);
    struct stat status {};
    ASSERT_EQ(::stat((path / "linli.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    std::vector<std::int64_t> told;
    const auto done =
        ask(path, {{"do", "echo\n你好"}}, [&](const ControlObject& p) { told.push_back(p.at("lines").as_int64()); });
    ASSERT_TRUE(done);
    EXPECT_EQ(done->at("heard").as_string(), "echo\n你好");
    EXPECT_EQ(told, (std::vector<std::int64_t>{1, 2}));

    const auto refused = ask(path, {{"do", "refuse"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::name_taken);
    EXPECT_EQ(refused.error().where.place, "channels");
    EXPECT_EQ(refused.error().where.line, 7);
    EXPECT_EQ(refused.error().args, (Args{{"name", "群\n1"}}));
    EXPECT_EQ(ask(path, {{"do", "throw"}}).error().code, Errc::internal);

    std::vector<std::jthread> many;
    std::atomic<int> good{0};
    for (int i = 0; i < 20; ++i) many.emplace_back([&] { good += ask(path, {{"do", "x"}}).has_value(); });
    many.clear();
    EXPECT_EQ(good, 20);
  }
  EXPECT_FALSE(std::filesystem::exists(path / "linli.sock"));
}

TEST(Control, WaitsNoLongerThanAsked) {
  TemporaryFolder parent;
  const auto folder = DataFolder::take(parent.path() / "d");
  const auto control = Control::listen(*folder, [](const ControlObject&, const Progress&) -> Result<ControlObject> {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return ControlObject{};
  });
  EXPECT_EQ(ask(folder->path(), {}, {}, std::chrono::milliseconds(5)).error().code, Errc::too_late);
}

}  // namespace
}  // namespace linli
