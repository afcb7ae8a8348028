// Claims, replies, words on their way: over HTTP. Their rules are tested in desk/replies_test.cpp.
#include <thread>

#include "api/api_for_tests.h"

namespace linli::api {
namespace {

class RepliesHttpTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    ann = sign_in(add_user("ann"));
    bob = sign_in(add_user("bob"));
    lead = add_lead();
    const Channel way = add_channel("way");
    write([&](Tx& tx) -> Result<bool> {
      Group group{.id = GroupId{9}, .channel = way.id, .external_id = "g", .name = "荷塘苑业主群"};
      group.state = GroupState::admitted;
      LINLI_TRY(Groups::write(tx, group));
      LINLI_TRY(tx.run("UPDATE leads SET group_id = 9, group_ids = '9'"));
      return true;
    });
    services->words_queued = [this] { ++queued; };
  }
  std::string path(const std::string& rest = {}) { return "/api/v1/leads/" + to_text(lead.id) + rest; }
  Answer reply(Client& c, Client::Headers headers, const std::string& text, int version = 0) {
    headers["if-match"] = "\"" + std::to_string(version) + "\"";
    return c.call("POST", path("/replies"), R"({"way":"group","text":")" + text + "\"}", headers);
  }

  Client::Headers ann, bob;
  Lead lead;
  std::atomic<int> queued = 0;
};

TEST_F(RepliesHttpTest, AReplyIsHeldSeenOnTheCardAndTakenBack) {
  Client c = client();
  const Answer sent = reply(c, ann, "马上来");
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(queued, 1);
  EXPECT_EQ(parsed(sent).at("outgoing").as_array().at(0).at("state"), "held");
  auto card = parsed(c.call("GET", path(), {}, ann));
  EXPECT_EQ(card.at("state"), "answered");
  EXPECT_EQ(card.at("replies").as_array().at(0).at("text"), "马上来");
  EXPECT_TRUE(card.at("promise").at("kept_at").is_null()) << "nobody has heard it yet";
  const std::string id(parsed(sent).at("id").as_string());
  EXPECT_EQ(parsed(c.call("DELETE", "/api/v1/replies/" + id, {}, ann)).at("withdrawn_why"), "taken_back");
  EXPECT_EQ(parsed(c.call("GET", path(), {}, ann)).at("state"), "open");
  EXPECT_EQ(code(c.call("DELETE", "/api/v1/replies/rpl_0000000000001", {}, ann)), "404 not_found");
}

// Both saw the same lead and send in the same moment: one is said, the other learns who was first.
TEST_F(RepliesHttpTest, TwoAgentsInARace) {
  for (int round = 0; round < 10; ++round) {
    write([&](Tx& tx) { return tx.run("UPDATE leads SET state = 'open', decision_version = $1", {round * 10}); });
    std::array<int, 2> status{};
    std::array<std::thread, 2> both;
    for (std::size_t i = 0; i < 2; ++i)
      both[i] = std::thread([&, i] {
        Client c = client();
        status[i] = reply(c, i == 0 ? ann : bob, "我来", round * 10).status;
      });
    for (auto& one : both) one.join();
    EXPECT_EQ(std::ranges::count(status, 201), 1) << round;
    EXPECT_EQ(std::ranges::count(status, 409), 1) << round;
  }
  EXPECT_EQ(write([](Tx& tx) { return tx.value<int>("SELECT COUNT(*) FROM outgoing"); }), 10);
}

TEST_F(RepliesHttpTest, ClaimsAreSeenByOthers) {
  Client c = client();
  const auto claim = [&](const Client::Headers& who, const std::string& body) {
    return c.call("PUT", path("/claim"), body, who);
  };
  EXPECT_EQ(claim(ann, R"({"doing":"writing"})").status, 200);
  const Answer late = claim(bob, R"({"doing":"viewing"})");
  EXPECT_EQ(code(late), "409 claimed");
  EXPECT_EQ(parsed(late).at("args").at("who"), "王岚");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/leads", {}, bob)).at("leads").as_array().at(0).at("claim").at("doing"),
            "writing");
  EXPECT_EQ(code(reply(c, bob, "抢着发")), "409 claimed");
  EXPECT_EQ(claim(bob, R"({"doing":"writing","take_over":true})").status, 200);
  EXPECT_EQ(c.call("DELETE", path("/claim"), {}, bob).status, 204);
  EXPECT_TRUE(parsed(c.call("GET", path(), {}, bob)).at("claim").is_null());
  EXPECT_EQ(code(claim(ann, R"({"doing":"sleeping"})")), "422 bad_value");
}

TEST_F(RepliesHttpTest, DraftsAndCannedWords) {
  Client c = client();
  const auto draft = parsed(c.call("GET", path("/draft"), {}, ann));
  EXPECT_EQ(draft.at("model_drafts"), false) << "no server is set up";
  EXPECT_EQ(draft.at("kind"), "seen");
  EXPECT_FALSE(draft.at("ends").as_bool());
  const auto canned = parsed(c.call("GET", "/api/v1/canned-replies", {}, ann));
  EXPECT_EQ(canned.at("revision"), 0);
  EXPECT_GT(canned.at("replies").as_array().size(), 3u);
  auto headers = ann;
  headers["if-match"] = "\"0\"";
  const std::string mine = R"({"replies":[{"title":"好","text":"好的，{地点}","category":"water_leak"}]})";
  EXPECT_EQ(code(c.call("PUT", "/api/v1/canned-replies", R"({"replies":[{"title":"好","text":"好","category":"x"}]})",
                        headers)),
            "422 bad_value");
  EXPECT_EQ(parsed(c.call("PUT", "/api/v1/canned-replies", mine, headers)).at("revision"), 1);
  EXPECT_EQ(code(c.call("PUT", "/api/v1/canned-replies", mine, headers)), "412 stale");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/canned-replies", {}, ann)).at("replies").as_array().at(0).at("title"), "好");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/canned-replies", {}, ann)).at("replies").as_array().at(0).at("category"),
            "water_leak");
}

TEST_F(RepliesHttpTest, WordsThatWaitForAHand) {
  Client c = client();
  ASSERT_EQ(reply(c, ann, "马上来").status, 201);
  write([](Tx& tx) { return tx.run("UPDATE outgoing SET state = 'to_relay'"); });
  const auto waiting = parsed(c.call("GET", "/api/v1/outgoing", {}, ann)).at("outgoing").as_array();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].at("lead").as_string(), to_text(lead.id));
  const std::string step = "/api/v1/outgoing/" + std::string(waiting[0].at("id").as_string()) + "/step";
  EXPECT_EQ(code(c.call("POST", step, R"({"step":"retry"})", ann)), "409 not_in_state");
  EXPECT_EQ(parsed(c.call("POST", step, R"({"step":"said"})", ann)).at("state"), "relayed");
  const auto promise = parsed(c.call("GET", path(), {}, ann)).at("promise");
  EXPECT_FALSE(promise.at("kept_at").is_null());
  EXPECT_FALSE(promise.at("proved").as_bool()) << "claimed, not proved";
  EXPECT_TRUE(parsed(c.call("GET", "/api/v1/outgoing", {}, ann)).at("outgoing").as_array().empty());
}

TEST_F(RepliesHttpTest, WhereAChannelSends) {
  Client c = client();
  const auto put = [&](const std::string& body) { return c.call("PUT", "/api/v1/channels/way", body, ann); };
  EXPECT_EQ(parsed(put(R"({"send_url":"https://groups.example/send"})")).at("send_url"), "https://groups.example/send");
  EXPECT_EQ(channels->find("way")->send_url, "https://groups.example/send");
  EXPECT_EQ(code(put(R"({"send_url":"http://groups.example/send"})")), "422 bad_value");
  EXPECT_TRUE(parsed(put(R"({"send_url":null})")).at("send_url").is_null());
}

}  // namespace
}  // namespace linli::api
