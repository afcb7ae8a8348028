// The companion's rules and answers, and the mark of AI words, over HTTP.
#include "api/api_for_tests.h"
#include "assist/companion_answers.h"
#include "channels/messages.h"

namespace linli::api {
namespace {

namespace json = boost::json;

class CompanionApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\nb,community,望江社区,s\n");
    const Channel channel = add_channel("demo");
    group.id = ids.draw<GroupId>();
    group.channel = channel.id;
    group.external_id = "g1";
    group.name = "荷塘苑邻里群";
    group.state = GroupState::admitted;
    group.grid_path = "s/a";
    write([&](Tx& tx) { return Groups::add(tx, group); });
    groups->keep(group);
    services->may_write = [this](const Group& g) { return g.id == group.id; };
    services->companion_changed = [this](const companion::Rules& rules) { told = rules.machine; };
    admin = sign_in(add_user());
    agent = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
    far = sign_in(add_user("far", {}, StaffRole::agent, grid("b")));
  }

  std::string rules(const std::string& more = "") {
    return R"({"on":true,"when":"off_hours","groups":[")" + to_text(group.id) +
           R"("],"topics":["拆迁"],"machine":"小荷","mark":"机器答复，没有人看过","phones":{"gas":"96777"})" + more +
           "}";
  }
  Answer put(const std::string& path, const std::string& body, std::optional<int> seen, Client::Headers with) {
    if (seen) with["if-match"] = "\"" + std::to_string(*seen) + "\"";
    return client().call("PUT", path, body, with);
  }
  // As the companion leaves it.
  companion::Answer add_answer(const std::string& question) {
    Message m;
    m.id = "m" + std::to_string(ids.next());
    m.sender = m.sender_name = "3-2-1502李姐";
    m.text = question;
    m.sent_at = clock.now();
    companion::Answer a;
    write([&](Tx& tx) -> Result<bool> {
      const MessageRow row{.id = ids.draw<MessageId>(),
                           .channel = group.channel,
                           .group = group.id,
                           .sent_at = m.sent_at,
                           .received_at = m.sent_at,
                           .live = true,
                           .body = seal_body(sealer, m)};
      LINLI_TRY(insert_messages(tx, std::span(&row, 1)));
      a.id = ids.draw<companion::AnswerId>();
      a.message = row.id;
      a.group = group.id;
      a.grid_path = "s/a";
      a.at = clock.now();
      a.kind = companion::Kind::answered;
      a.words_version = 1;
      a.text = "九点上班";
      a.sources = {{"know_1", "社区服务时间", "便民手册（演示）"}};
      auto added = companion::add(tx, sealer, a);
      if (!added) return tl::unexpected(std::move(added).error());
      return *added;
    });
    return a;
  }
  json::object answers(const Client::Headers& with, const std::string& query = "") {
    return parsed(client().call("GET", "/api/v1/companion/answers" + query, {}, with));
  }

  Group group;
  std::string told;
  Client::Headers admin, agent, far;
};

TEST_F(CompanionApiTest, RulesAreOffUntilSetAndVersioned) {
  const std::string path = "/api/v1/companion/rules";
  const Answer usual = client().call("GET", path, {}, agent);
  ASSERT_EQ(usual.status, 200) << usual.body;
  EXPECT_FALSE(parsed(usual)["on"].as_bool());
  EXPECT_EQ(parsed(usual)["writable"].as_array().size(), 1u);
  EXPECT_EQ(code(put(path, rules(), 0, agent)), "403 not_allowed");
  EXPECT_EQ(code(put(path, rules(), {}, admin)), "428 precondition_required");
  const Answer set = put(path, rules(), 0, admin);
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.headers.at("etag"), "\"1\"");
  EXPECT_EQ(told, "小荷");
  EXPECT_EQ(code(put(path, rules(), 0, admin)), "412 stale");
  const auto kept = parsed(client().call("GET", path, {}, admin));
  EXPECT_TRUE(kept.at("on").as_bool());
  EXPECT_EQ(kept.at("phones").at("gas").as_string(), "96777");
  EXPECT_EQ(kept.at("topics").as_array().size(), 1u);
  const auto log = client().call("GET", "/api/v1/audit", {}, admin);
  EXPECT_NE(log.body.find("companion"), std::string::npos);
}

TEST_F(CompanionApiTest, WrongRulesSayWhatIsWrong) {
  const struct {
    const char *what, *with, *field;
  } rows[] = {{R"("off_hours")", R"("never")", "when"},
              {R"("小荷")", R"("")", "machine"},
              {R"("机器答复，没有人看过")", R"("机")", "mark"},
              {R"(["拆迁"])", R"(["拆"])", "topics"},
              {R"("96777")", R"("打给小王")", "phones.gas"},
              {R"("gas")", R"("fire")", "phones.fire"},
              {R"("on":true,)", "", "on"}};
  for (const auto& row : rows) {
    std::string body = rules();
    body.replace(body.find(row.what), std::string_view(row.what).size(), row.with);
    const Answer answer = put("/api/v1/companion/rules", body, 0, admin);
    EXPECT_EQ(answer.status, 422) << body << answer.body;
    EXPECT_EQ(parsed(answer)["field"].as_string(), row.field) << answer.body;
  }
  std::string body = rules();
  body.replace(body.find(to_text(group.id)), to_text(group.id).size(), "grp_0000000000001");
  EXPECT_EQ(code(put("/api/v1/companion/rules", body, 0, admin)), "404 unknown_group");
}

TEST_F(CompanionApiTest, AnswersAreLookedAtInScope) {
  const companion::Answer one = add_answer("社区几点上班，打我电话13812345678");
  const auto seen = answers(agent, "?waiting=true");
  ASSERT_EQ(seen.at("answers").as_array().size(), 1u);
  EXPECT_EQ(seen.at("waiting"), 1);
  const auto& shown = seen.at("answers").at(0);
  EXPECT_EQ(shown.at("text").as_string(), "九点上班");
  EXPECT_EQ(shown.at("sources").at(0).at("title").as_string(), "社区服务时间");
  EXPECT_EQ(shown.at("question").at("sender_name").as_string(), "3-2-1502李姐");
  EXPECT_EQ(answers(far).at("answers").as_array().size(), 0u);
  const std::string path = "/api/v1/companion/answers/" + to_text(one.id) + "/verdict";
  EXPECT_EQ(code(put(path, R"({"verdict":"right"})", 1, far)), "404 not_found");
  EXPECT_EQ(code(put(path, R"({"verdict":"good"})", 1, agent)), "422 bad_value");
  EXPECT_EQ(code(put(path, R"({})", 1, agent)), "422 missing_field");
  const Answer right = put(path, R"({"verdict":"right"})", 1, agent);
  ASSERT_EQ(right.status, 200) << right.body;
  EXPECT_EQ(parsed(right)["verdict"].as_string(), "right");
  EXPECT_EQ(parsed(right)["looked_by"].at("display_name").as_string(), "王岚");
  EXPECT_EQ(code(put(path, R"({"verdict":"wrong"})", 1, agent)), "412 stale");
  EXPECT_EQ(answers(agent, "?waiting=true").at("waiting"), 0);
  ASSERT_EQ(put(path, R"({"verdict":null})", 2, agent).status, 200);
  EXPECT_EQ(answers(agent, "?waiting=true").at("waiting"), 1);
}

TEST_F(CompanionApiTest, TheMarkIsTheDistricts) {
  const std::string path = "/api/v1/assist/mark";
  EXPECT_EQ(parsed(client().call("GET", path, {}, agent))["mark"].as_string(), "由AI辅助生成，经人工审核");
  EXPECT_EQ(code(put(path, R"({"mark":"AI起草，人已看过"})", 0, agent)), "403 not_allowed");
  EXPECT_EQ(code(put(path, R"({"mark":"AI"})", 0, admin)), "422 bad_value");
  ASSERT_EQ(put(path, R"({"mark":"AI起草，人已看过"})", 0, admin).status, 200);
  const Lead lead = add_lead("lead.opened", "s/a");
  auto headers = agent;
  headers["if-match"] = "\"0\"";
  headers["idempotency-key"] = "k1";
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(tx.run("UPDATE leads SET group_id = $2, group_ids = $3 WHERE id = $1",
                     {lead.id, group.id, std::to_string(group.id.value)}));
    return true;
  });
  const Answer sent = client().call("POST", "/api/v1/leads/" + to_text(lead.id) + "/replies",
                                    R"({"text":"九点上班","way":"group","machine":true})", headers);
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(parsed(sent)["outgoing"].at(0).at("text").as_string(), "九点上班\n（AI起草，人已看过）");
}

}  // namespace
}  // namespace linli::api
