#include "channels/imports.h"

#include <thread>

#include "api/api_for_tests.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class ImportsApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("S,street,清溪,\nS1,community,荷塘,S\nS2,community,望江,S\n");
    const Channel channel = add_channel("way");
    here = add_group(channel, "a", grid("S1"));
    there = add_group(channel, "b", grid("S2"));
    headers = sign_in(add_user("officer", {}, StaffRole::officer, grid("S1")));
  }
  Group add_group(const Channel& channel, std::string external, GridId grid) {
    Group group;
    group.id = ids.draw<GroupId>();
    group.channel = channel.id;
    group.external_id = std::move(external);
    group.name = "群" + group.external_id;
    Admission admission{.responsible = "x", .legal_basis = "y"};
    bind(admission, *grids->tree(), grid);
    group = admitted(group, admission, UserId{}, clock.now());
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Groups::write(tx, group));
      return true;
    });
    groups->keep(group);
    return group;
  }
  std::string open(const Group& group, std::size_t size) {
    return R"({"group_id":")" + to_text(group.id) + R"(","file_name":"聊天.txt","size":)" + std::to_string(size) + "}";
  }

  Group here, there;
  Client::Headers headers;
};

TEST_F(ImportsApiTest, AFileFromItsPiecesToItsMessages) {
  const std::string file = "李姐 2026-03-02 22:10\n漏水了\n\n王叔 2026-03-02 22:11\n哪里\n";
  Client c = client();
  Answer answer = c.call("POST", "/api/v1/imports", open(here, file.size()), headers);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string path = "/api/v1/imports/" + std::string(parsed(answer)["id"].as_string());
  auto bytes = headers;
  bytes["content-type"] = "application/octet-stream";
  EXPECT_EQ(code(c.call("PUT", path + "/bytes/x", file, bytes)), "422 bad_value");
  EXPECT_EQ(code(c.call("POST", path + "/look", "{}", headers)), "409 not_in_state");
  EXPECT_EQ(parsed(c.call("PUT", path + "/bytes/0", file.substr(0, 20), bytes))["received"], 20);
  EXPECT_EQ(c.call("PUT", path + "/bytes/20", file.substr(20), bytes).status, 200);
  EXPECT_EQ(code(c.call("POST", path + "/look", R"({"format":"word"})", headers)), "422 bad_value");
  EXPECT_EQ(c.call("POST", path + "/look", "{}", headers).status, 200);
  const auto settled = [&] {
    json::object now;
    for (int i = 0; i < 1'000; ++i) {
      now = parsed(c.call("GET", path, {}, headers));
      if (now["state"] != "looking" && now["state"] != "running") break;
      std::this_thread::sleep_for(5ms);
    }
    return now;
  };
  json::object seen = settled();
  ASSERT_EQ(seen["state"], "ready") << json::serialize(seen);
  EXPECT_EQ(seen["survey"].at("new"), 2);
  EXPECT_EQ(seen["survey"].at("first").at(0).at("text"), "漏水了");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/imports", {}, headers))["imports"].as_array().size(), 1u);
  EXPECT_EQ(c.call("POST", path + "/start", {}, headers).status, 200);
  EXPECT_EQ(settled()["new"], 2);
  EXPECT_EQ(code(c.call("POST", path + "/cancel", {}, headers)), "409 not_in_state");
}

// Whose grids a group does not lie in finds neither it nor what others brought; who may not import does not either.
TEST_F(ImportsApiTest, Scope) {
  Client c = client();
  EXPECT_EQ(code(c.call("POST", "/api/v1/imports", open(there, 5), headers)), "404 unknown_group");
  const std::string text = R"({"text":"李姐 2026-03-02 22:10\n漏水了\n"})";
  EXPECT_EQ(code(c.call("POST", "/api/v1/groups/" + to_text(there.id) + "/paste", text, headers)), "404 unknown_group");
  EXPECT_EQ(code(c.call("POST", "/api/v1/groups/" + to_text(there.id) + "/paste/preview", text, headers)),
            "404 unknown_group");
  const Answer mine = c.call("POST", "/api/v1/imports", open(here, 5), headers);
  const std::string path = "/api/v1/imports/" + std::string(parsed(mine)["id"].as_string());
  const auto admin = sign_in(add_user());
  EXPECT_EQ(code(c.call("GET", path, {}, admin)), "404 not_found");
  EXPECT_EQ(code(c.call("POST", path + "/cancel", {}, admin)), "404 not_found");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/imports", {}, admin))["imports"].as_array().size(), 0u);
  const auto volunteer = sign_in(add_user("volunteer", {}, StaffRole::volunteer, grid("S1")));
  EXPECT_EQ(code(c.call("POST", "/api/v1/imports", open(here, 5), volunteer)), "403 not_allowed");
}

TEST_F(ImportsApiTest, Paste) {
  Client c = client();
  const std::string path = "/api/v1/groups/" + to_text(here.id) + "/paste";
  EXPECT_EQ(code(c.call("POST", path, R"({"text":""})", headers)), "422 missing_field");
  EXPECT_EQ(parsed(c.call("POST", path, R"({"text":"李姐 2026-03-02 22:10\n漏水了\n"})", headers))["new"], 1);
  // Words without a head ask who said them, and offer who spoke last.
  const json::object asked = parsed(c.call("POST", path + "/preview", R"({"text":"又漏了"})", headers));
  EXPECT_TRUE(asked.at("survey").is_null());
  EXPECT_EQ(asked.at("names"), json::array{"李姐"});
  // Operations support may import but reads names masked: it is offered none.
  const auto support = sign_in(add_user("support", {}, StaffRole::support, grid("S1")));
  EXPECT_EQ(parsed(c.call("POST", path + "/preview", R"({"text":"又漏了"})", support)).at("names").as_array().size(),
            0u);
  EXPECT_EQ(code(c.call("POST", path, R"({"text":"又漏了"})", headers)), "422 chat_unknown");
}

TEST_F(ImportsApiTest, AGroupThatNoChannelHears) {
  Client c = client();
  EXPECT_EQ(code(c.call("POST", "/api/v1/groups", R"({"name":"锦苑"})", headers)), "403 not_allowed");
  const auto admin = sign_in(add_user());
  const Answer added = c.call("POST", "/api/v1/groups", R"({"name":"锦苑"})", admin);
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(parsed(added)["state"], "waiting");
  EXPECT_EQ(parsed(added)["channel"], "import");
  const std::string id(parsed(added)["id"].as_string());
  EXPECT_EQ(code(c.call("POST", "/api/v1/imports", R"({"group_id":")" + id + R"(","file_name":"x","size":5})", admin)),
            "409 group_not_admitted");
  EXPECT_EQ(parsed(c.call("POST", "/api/v1/groups", R"({"name":"锦苑2"})", admin))["channel"], "import");
}

}  // namespace
}  // namespace linli::api
