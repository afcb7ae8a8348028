#include "store/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <thread>

namespace linli {
namespace {

namespace json = boost::json;

class DataFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "linli-folder-XXXXXX";
    ASSERT_TRUE(mkdtemp(name.data()));
    root_ = name;
    // Deeper than a socket's address can name.
    folder_ = root_ / std::string(100, 'd') / "data";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path root_, folder_;
};

TEST_F(DataFolderTest, OneHoldsTheLock) {
  auto first = DataFolder::lock(folder_);
  ASSERT_TRUE(first);
  auto second = DataFolder::lock(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::data_in_use);
  { const DataFolder gone = std::move(*first); }
  EXPECT_TRUE(DataFolder::lock(folder_));
}

TEST_F(DataFolderTest, NobodyRunsThenNobodyAnswers) {
  EXPECT_EQ(ask_running(folder_, {{"command", "x"}}), std::optional<json::object>());
  auto held = DataFolder::lock(folder_);
  ASSERT_TRUE(held);
  EXPECT_EQ(ask_running(folder_, {{"command", "x"}}), std::optional<json::object>());
}

TEST_F(DataFolderTest, CommandsAreAnsweredWithProgressAndErrors) {
  auto held = DataFolder::lock(folder_);
  ASSERT_TRUE(held);
  ASSERT_TRUE(held->answer_commands([](const json::object& request, const Progress& progress) -> Result<json::object> {
    if (request.at("command") == "fail") return fail(Errc::name_taken, Where::at_field("name"), {{"name", "门"}});
    progress({{"lines", 7}});
    return json::object{{"said", request.at("what")}};
  }));
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "socket").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);

  int steps = 0;
  const auto answer = ask_running(folder_, {{"command", "say"}, {"what", "滴水"}}, [&](const json::object&) { ++steps; });
  ASSERT_TRUE(answer);
  ASSERT_TRUE(*answer);
  EXPECT_EQ((**answer).at("said"), "滴水");
  EXPECT_EQ(steps, 1);

  const auto failed = ask_running(folder_, {{"command", "fail"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::name_taken);
  EXPECT_EQ(failed.error().where.field, "name");
  EXPECT_EQ(failed.error().args, (Args{{"name", "门"}}));

  held->stop_answering();
  EXPECT_EQ(ask_running(folder_, {{"command", "x"}}), std::optional<json::object>());
}

}  // namespace
}  // namespace linli
