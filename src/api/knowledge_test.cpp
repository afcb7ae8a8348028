// The knowledge base over HTTP: who may see and change what, what is offered, files, gaps.
#include <thread>

#include "api/api_for_tests.h"
#include "assist/gaps.h"
#include "people/audit.h"

namespace linli::api {
namespace {

namespace json = boost::json;

class KnowledgeApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\na1,micro_grid,第1微网格,a\nb,community,石桥社区,s\n");
    admin = sign_in(add_user());
    secretary = sign_in(add_user("secretary", {}, StaffRole::secretary, grid("a")));
    other = sign_in(add_user("other", {}, StaffRole::secretary, grid("b")));
    agent = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  }
  std::string id_of(std::string_view code) { return to_text(grid(code)); }
  Answer call(const char* method, const std::string& path, Client::Headers who, const std::string& body = {},
              int seen = 0) {
    if (seen) who["if-match"] = "\"" + std::to_string(seen) + "\"";
    return client().call(method, "/api/v1/knowledge" + path, body, who);
  }
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const unsigned char c : text) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", c);
      out += hex;
    }
    return out;
  }
  json::object input(std::string title, std::string_view code = {}, std::string state = "published") {
    json::object out{{"title", title}, {"answer", "看单元门口的通知"}, {"state", state}};
    out["questions"] = json::array{"没水了怎么办"};
    out["sources"] = json::array{json::object{{"title", "便民手册（演示）"}, {"office", "荷塘社区（演示）"}}};
    if (!code.empty()) out["grid_id"] = id_of(code);
    return out;
  }
  json::object add(const Client::Headers& who, const json::object& body) {
    const Answer answer = call("POST", "", who, json::serialize(body));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return parsed(answer);
  }
  static std::string path_of(const json::object& entry) { return "/" + std::string(entry.at("id").as_string()); }
  std::string offered(const Client::Headers& who, std::string_view question, std::string_view code,
                      const std::string& more = {}) {
    const Answer answer =
        call("GET", "/search?q=" + escaped(question) + (code.empty() ? "" : "&grid=" + id_of(code)) + more, who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string out;
    const json::object body = parsed(answer);
    for (const auto& offer : body.at("offers").as_array())
      out += std::string(offer.at("entry").at("title").as_string()) + "; ";
    return out;
  }
  std::string listed(const Client::Headers& who, const std::string& query = {}) {
    const Answer answer = call("GET", query, who);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string out;
    const json::object body = parsed(answer);
    for (const auto& entry : body.at("entries").as_array()) out += std::string(entry.at("title").as_string()) + "; ";
    return out;
  }

  Client::Headers admin, secretary, other, agent;
};

TEST_F(KnowledgeApiTest, WritesChangesAndWithdraws) {
  const json::object entry = add(secretary, input("停水了怎么问", "a"));
  EXPECT_TRUE(entry.at("may_change").as_bool());
  EXPECT_EQ(offered(agent, "屋头没得水了", "a1"), "停水了怎么问; ");
  const std::string path = path_of(entry);

  json::object body = input("停水问谁", "a");
  EXPECT_EQ(code(call("PUT", path, secretary, json::serialize(body))), "428 precondition_required");
  EXPECT_EQ(code(call("PUT", path, secretary, json::serialize(body), 9)), "412 stale");
  const Answer changed = call("PUT", path, secretary, json::serialize(body), 1);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(parsed(changed).at("revision"), 2);
  EXPECT_EQ(offered(agent, "屋头没得水了", "a1"), "停水问谁; ");

  EXPECT_EQ(code(call("DELETE", path, agent, {}, 2)), "403 not_allowed");
  EXPECT_EQ(call("DELETE", path, secretary, {}, 2).status, 200);
  EXPECT_EQ(offered(agent, "屋头没得水了", "a1"), "");
  EXPECT_EQ(listed(secretary), "");
  EXPECT_EQ(listed(secretary, "?state=withdrawn"), "停水问谁; ");
  EXPECT_EQ(call("PUT", path, secretary, json::serialize(body), 3).status, 200) << "it comes back";
  EXPECT_EQ(offered(agent, "屋头没得水了", "a1"), "停水问谁; ");

  write([&](Tx& tx) -> Result<bool> {
    auto entries = audit::list(tx, sealer, {.what = "knowledge"}, 0, 10);
    EXPECT_EQ(entries->size(), 4u);
    EXPECT_EQ(entries->at(1).entry.what, "knowledge.withdrawn");
    EXPECT_NE(entries->at(2).entry.before.find("停水了怎么问"), std::string::npos);
    return true;
  });
}

TEST_F(KnowledgeApiTest, WhoSeesAndChangesWhat) {
  const json::object all = add(admin, input("到处一样")), street = add(admin, input("整个街道", "s")),
                     here = add(admin, input("本社区", "a")), below = add(secretary, input("第1微网格的事", "a1")),
                     there = add(other, input("别的社区", "b"));
  EXPECT_EQ(listed(agent), "到处一样; 整个街道; 本社区; 第1微网格的事; ") << "one's own and what holds from above";
  EXPECT_EQ(listed(other), "别的社区; 到处一样; 整个街道; ");
  EXPECT_EQ(listed(admin, "?grid=" + id_of("a1")), "到处一样; 整个街道; 本社区; 第1微网格的事; ");
  EXPECT_EQ(listed(admin, "?grid=" + id_of("b")), "别的社区; 到处一样; 整个街道; ");
  EXPECT_EQ(listed(agent, "?q=" + escaped("微网格")), "第1微网格的事; ");
  EXPECT_EQ(code(call("GET", path_of(there), agent)), "404 not_found");
  EXPECT_EQ(call("GET", path_of(street), agent).status, 200);

  const std::string body = json::serialize(input("x", "a"));
  EXPECT_EQ(code(call("POST", "", agent, body)), "403 not_allowed") << "agents read";
  EXPECT_EQ(code(call("POST", "", secretary, json::serialize(input("x", "b")))), "403 not_allowed");
  EXPECT_EQ(code(call("POST", "", secretary, json::serialize(input("x", "s")))), "403 not_allowed");
  EXPECT_EQ(code(call("POST", "", secretary, json::serialize(input("x")))), "403 not_allowed") << "everywhere is more";
  EXPECT_EQ(code(call("PUT", path_of(street), secretary, body, 1)), "403 not_allowed") << "seen is not changed";
  EXPECT_EQ(code(call("PUT", path_of(there), secretary, body, 1)), "404 not_found");
  EXPECT_EQ(code(call("PUT", path_of(here), secretary, json::serialize(input("x", "b")), 1)), "403 not_allowed")
      << "nor moved to where one changes nothing";
  EXPECT_EQ(code(call("DELETE", path_of(all), secretary, {}, 1)), "403 not_allowed");
  EXPECT_EQ(code(call("GET", "/search?q=x&grid=" + id_of("b"), agent)), "404 not_found");
  EXPECT_EQ(call("DELETE", path_of(below), secretary, {}, 1).status, 200);
}

TEST_F(KnowledgeApiTest, BadInputIsNamed) {
  struct Row {
    const char* field;
    std::function<void(json::object&)> spoil;
  };
  const Row rows[] = {{"title", [](auto& e) { e.erase("title"); }},
                      {"answer", [](auto& e) { e["answer"] = ""; }},
                      {"state", [](auto& e) { e["state"] = "withdrawn"; }},
                      {"sources", [](auto& e) { e["sources"] = json::array(); }},
                      {"sources", [](auto& e) { e["sources"].at(0).as_object()["link"] = "javascript:alert(1)"; }},
                      {"sources[0].x", [](auto& e) { e["sources"].at(0).as_object()["x"] = 1; }},
                      {"questions", [](auto& e) { e["questions"] = json::array{""}; }},
                      {"grid_id", [](auto& e) { e["grid_id"] = "grid_0000000000000"; }},
                      {"category", [](auto& e) { e["category"] = "weather"; }},
                      {"valid_from", [](auto& e) { e["valid_from"] = "tomorrow"; }},
                      {"valid_to", [](auto& e) { e["valid_from"] = "2026-02-01", e["valid_to"] = "2026-01-01"; }},
                      {"owner_id", [](auto& e) { e["owner_id"] = to_text(UserId{5}); }},
                      {"gap_id", [](auto& e) { e["gap_id"] = to_text(GapId{5}); }},
                      {"more", [](auto& e) { e["more"] = 1; }}};
  for (const Row& row : rows) {
    json::object body = input("停水");
    row.spoil(body);
    const Answer answer = call("POST", "", admin, json::serialize(body));
    EXPECT_GE(answer.status, 400) << row.field;
    EXPECT_LT(answer.status, 500) << row.field;
    EXPECT_EQ(parsed(answer)["field"].as_string(), row.field) << answer.body;
  }
  EXPECT_EQ(listed(admin), "") << "nothing of it was kept";
  for (const char* query : {"?state=old", "?limit=0", "?cursor=x", "?due=perhaps", "/search", "/export?format=pdf"})
    EXPECT_EQ(call("GET", query, admin).status, 422) << query;
  EXPECT_EQ(call("GET", "/know_0000000000000", admin).status, 404);
  EXPECT_EQ(call("GET", "/nonsense", admin).status, 404);
}

TEST_F(KnowledgeApiTest, ExpiredAndDraftAreNeverOffered) {
  const Day today = TimeZone::shanghai().day(clock.now());
  json::object old = input("停水旧通知", "a"), due = input("停水要复核", "a");
  old["valid_to"] = format_day(today - 1);
  due["review_on"] = format_day(today);
  add(secretary, old);
  add(secretary, due);
  const json::object draft = add(secretary, input("停水草稿", "a", "draft"));
  EXPECT_EQ(offered(agent, "停水了怎么办", "a"), "停水要复核; ");
  EXPECT_NE(offered(agent, "停水草稿", "a", "&draft=" + std::string(draft.at("id").as_string())).find("停水草稿"),
            std::string::npos);
  EXPECT_EQ(listed(secretary, "?due=true"), "停水要复核; ");
  EXPECT_EQ(listed(secretary, "?state=draft"), "停水草稿; ");
  const json::object first = parsed(call("GET", "?limit=2", secretary));
  EXPECT_EQ(first.at("total"), 3);
  EXPECT_EQ(first.at("due"), 1);
  EXPECT_EQ(listed(secretary, "?limit=2&cursor=" + std::string(first.at("next_cursor").as_string())), "停水要复核; ")
      << "the last page";
}

TEST_F(KnowledgeApiTest, FilesAreLookedAtWrittenAndGivenBack) {
  const auto import = [&](const Client::Headers& who, const std::string& bytes, const std::string& query) {
    auto headers = who;
    headers["content-type"] = "text/csv";
    const Answer answer = client().call("POST", "/api/v1/knowledge/import" + query, bytes, headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return parsed(answer);
  };
  const std::string good =
      "标题,问法,答案,来源,网格,状态\n停水,没水了,看通知,手册,a,已发布\n停电,没电了,打电话,手册,a,\n";
  EXPECT_FALSE(import(secretary, good, "").at("applied").as_bool());
  EXPECT_EQ(listed(secretary), "") << "looked at only";
  const auto wrong = import(secretary, good + "停气,,问燃气公司,手册,b,\n", "?apply=true");
  EXPECT_FALSE(wrong.at("applied").as_bool());
  EXPECT_EQ(wrong.at("wrong").at(0).at("line"), 4);
  EXPECT_EQ(wrong.at("wrong").at(0).at("column"), "grid");
  EXPECT_EQ(wrong.at("wrong").at(0).at("code"), "not_allowed");
  EXPECT_FALSE(wrong.at("wrong").at(0).at("remedy").as_string().empty());
  EXPECT_EQ(listed(secretary), "") << "nothing, where a line is wrong";

  const auto done = import(secretary, good, "?apply=true");
  EXPECT_TRUE(done.at("applied").as_bool());
  EXPECT_EQ(done.at("added"), 2);
  EXPECT_EQ(offered(agent, "没水了", "a"), "停水; ");
  EXPECT_EQ(listed(secretary, "?state=draft"), "停电; ") << "without a state it is a draft";
  EXPECT_EQ(import(secretary, good, "?apply=true&publish=true").at("changed"), 1);
  EXPECT_EQ(listed(secretary, "?state=draft"), "");
  EXPECT_TRUE(offered(agent, "没电了", "a").starts_with("停电; "));
  const Answer file = client().call("GET", "/api/v1/knowledge/export", {}, secretary);
  ASSERT_EQ(file.status, 200);
  EXPECT_EQ(import(secretary, file.body, "").at("unchanged"), 2);
  EXPECT_EQ(import(secretary, "# 停水\n\n换一个说法\n", "").at("added"), 0)
      << "a secretary writes nothing that holds everywhere";
  EXPECT_EQ(import(admin, "# 停水\n网格：a\n\n换一个说法\n", "?apply=true").at("changed"), 1);
}

TEST_F(KnowledgeApiTest, WhatAManyLinedFileBringsIsFoundAMomentLater) {
  const json::object before = add(secretary, input("停水了怎么问", "a"));
  std::string rows = "标题,答案,来源,网格,状态\n停水了怎么问,不再管用,手册,a,已撤下\n";
  for (int i = 0; i < 200; ++i) rows += "第" + std::to_string(i) + "号活动室怎么借,到窗口登记,手册,a,已发布\n";
  auto headers = secretary;
  headers["content-type"] = "text/csv";
  const Answer answer = client().call("POST", "/api/v1/knowledge/import?apply=true", rows, headers);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(parsed(answer).at("added"), 200);
  EXPECT_EQ(offered(agent, "停水了怎么问", "a").find("停水"), std::string::npos) << "what is withdrawn goes at once";
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!offered(agent, "第77号活动室怎么借", "a").starts_with("第77号活动室怎么借; ")) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

TEST_F(KnowledgeApiTest, GapsAreSeenAnsweredAndDismissed) {
  Lead lead = add_lead("lead.opened", "s/a");
  const Lead second = add_lead("lead.opened", "s/a"), elsewhere = add_lead("lead.opened", "s/b");
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(knowledge_gaps::note(tx, sealer, ids, {lead.id, "护照在哪里办", "s/a", "certificate"}, clock.now()));
    LINLI_TRY(knowledge_gaps::note(tx, sealer, ids, {second.id, "怎么退高铁票", "s/a", ""}, clock.now()));
    LINLI_TRY(knowledge_gaps::note(tx, sealer, ids, {elsewhere.id, "怎么退高铁票", "s/b", ""}, clock.now()));
    return true;
  });
  const auto open = [&](const Client::Headers& who) { return parsed(call("GET", "/gaps", who)).at("gaps").as_array(); };
  const auto list = open(secretary);
  ASSERT_EQ(list.size(), 2u) << "not those of others";
  EXPECT_EQ(open(admin).size(), 3u);
  EXPECT_EQ(list[1].at("summary"), "天花板漏水");
  EXPECT_EQ(list[1].at("lead").as_string(), to_text(lead.id));
  const std::string first(list[1].at("id").as_string()), other_gap(list[0].at("id").as_string());

  EXPECT_EQ(code(call("DELETE", "/gaps/" + other_gap, agent)), "403 not_allowed");
  EXPECT_EQ(code(call("DELETE", "/gaps/" + other_gap, other)), "404 not_found");
  EXPECT_EQ(call("DELETE", "/gaps/" + other_gap, secretary).status, 204);
  json::object body = input("护照在哪里办", "a");
  body["gap_id"] = first;
  add(secretary, body);
  EXPECT_TRUE(open(secretary).empty());
}

}  // namespace
}  // namespace linli::api
