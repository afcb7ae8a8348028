// Handling units over HTTP: the office sends, the unit works by its link, nothing personal goes along; parents and children,
// another grid, the promise of what was filed by hand.
#include "api/api_for_tests.h"
#include "channels/outgoing.h"
#include "desk/replies.h"
#include "notify/case_promise.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class TasksApiTest : public ApiTest {
 protected:
  struct Who {
    User user;
    Client::Headers headers;
  };
  void SetUp() override {
    ApiTest::SetUp();
    add_grids(
        "jn,district,锦宁区,\ns,street,清溪河街道,jn\na,community,荷塘社区,s\na1,grid,第1网格,a\na2,grid,第2网格,a\n"
        "b,community,望江社区,s\n");
    const Channel way = add_channel("way");
    group = Group{.id = ids.draw<GroupId>(),
                  .channel = way.id,
                  .external_id = "g",
                  .name = "邻里群",
                  .state = GroupState::admitted};
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Groups::write(tx, group));
      return true;
    });
    groups->keep(group);
    agent = person("agent", StaffRole::agent, "a");
    zhou = person("zhou", StaffRole::officer, "a1");
    wu = person("wu", StaffRole::officer, "a2");
    secretary = person("secretary", StaffRole::secretary, "a");
    outsider = person("outsider", StaffRole::officer, "b");
    admin = person("admin", StaffRole::administrator, "");
  }
  Who person(const std::string& name, StaffRole role, std::string_view code) {
    User user = add_user(name, {}, role, code.empty() ? GridId{} : grid(code));
    return {user, sign_in(user)};
  }
  Answer call(const char* method, const std::string& path, const Who& who, const std::string& body = {},
              std::optional<std::int64_t> seen = {}) {
    auto headers = who.headers;
    if (seen) headers["if-match"] = "\"" + std::to_string(*seen) + "\"";
    return client().call(method, "/api/v1" + path, body, headers);
  }
  // Without an account.
  Answer anyone(const char* method, const std::string& path, const std::string& body = {}, int seen = 0) {
    Client::Headers headers{{"content-type", "application/json"}};
    if (seen) headers["if-match"] = "\"" + std::to_string(seen) + "\"";
    return client().call(method, "/api/v1/public/tasks/" + path, body, headers);
  }
  json::object filed(const std::string& more = {}) {
    const Answer made =
        call("POST", "/cases", agent,
             R"({"title":"楼道煤气味，电话13800001111","place":"3-2-1502","category":"gas","urgency":2,)"
             R"("grid_id":")" +
                 to_text(grid("a1")) +
                 R"(","came_by":"phone","answer_by":"phone","contact_name":"李秀英","contact_phone":"13800001111")" +
                 more + "}");
    EXPECT_EQ(made.status, 201) << made.body;
    return parsed(made);
  }
  std::string unit() {
    const Answer made = call("POST", "/units", admin,
                             R"({"name":"锦宁燃气","kind":"gas","contact_phone":"02888880000","grid_ids":[")" +
                                 to_text(grid("s")) + R"("]})");
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(parsed(made)["id"].as_string());
  }
  static std::string path(const json::object& one) { return "/cases/" + std::string(one.at("id").as_string()); }
  std::string due(std::chrono::hours in = 2h) { return format_time(clock.now() + in); }
  Lead lead(std::string_view code = "a1") {
    Lead one;
    one.grid_path = "jn/s/a/" + std::string(code);
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.group = group.id;
    one.groups = {group.id};
    one.category = "water_outage";
    one.urgency = 2;
    one.summary = "停水了";
    one.model_version = "model-1";
    one.asked_at = one.opened_at = one.latest_at = clock.now();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      return true;
    });
    return one;
  }
  std::int64_t count(std::string_view sql) {
    return *write([&](Tx& tx) { return tx.value<std::int64_t>(sql); });
  }

  Group group;
  Who agent, zhou, wu, secretary, outsider, admin;
};

TEST_F(TasksApiTest, FromTheOfficeToTheUnitAndBack) {
  const json::object one = filed();
  const std::string gas = unit();
  EXPECT_EQ(code(call("POST", "/units", admin, R"({"name":"锦宁燃气","kind":"gas"})")), "409 name_taken");
  EXPECT_EQ(code(call("POST", "/units", secretary, R"({"name":"物业","kind":"property"})")), "403 not_allowed")
      << "everywhere";
  EXPECT_EQ(parsed(call("GET", "/units?grid=" + to_text(grid("a1")), zhou))["units"].as_array().size(), 1u);
  const std::string body = R"({"unit_id":")" + gas + R"(","what":"查漏，找13800001111","due_at":")" + due() + "\"";
  EXPECT_EQ(code(call("POST", path(one) + "/tasks", outsider, body + "}")), "404 unknown_case");
  const Answer made = call("POST", path(one) + "/tasks", zhou, body + "}");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string token(parsed(made)["token"].as_string());
  const json::object task = parsed(made)["task"].as_object();
  EXPECT_EQ(std::string(task.at("number").as_string()), std::string(one.at("number").as_string()) + "-1");

  const Answer seen = anyone("GET", token);
  ASSERT_EQ(seen.status, 200) << seen.body;
  EXPECT_EQ(parsed(seen)["place"].as_string(), "3-2-1502");
  EXPECT_EQ(parsed(seen)["what"].as_string(), "查漏，找138****1111");
  for (const char* personal : {"李秀英", "13800001111", "02888880000", "agent", "王岚", "case_"})
    EXPECT_EQ(seen.body.find(personal), seen.body.npos) << personal;
  EXPECT_EQ(code(anyone("GET", "AAAAAAAAAAAAAAAAAAAAAA")), "404 not_found");
  EXPECT_EQ(code(anyone("GET", "short")), "404 not_found");
  EXPECT_EQ(code(anyone("POST", token + "/actions", R"({"action":"accept"})")), "428 precondition_required");
  EXPECT_EQ(code(anyone("POST", token + "/actions", R"({"action":"confirm"})", 1)), "409 not_in_state");
  EXPECT_EQ(anyone("POST", token + "/actions", R"({"action":"accept"})", 1).status, 200);
  const Answer done = anyone("POST", token + "/actions", R"({"action":"report_done","note":"换了阀门"})", 2);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(parsed(done)["state"].as_string(), "reported_done");

  // The officer is told once, of the newest word.
  const auto told = parsed(call("GET", "/notifications", zhou));
  ASSERT_EQ(told.at("notifications").as_array().size(), 1u);
  EXPECT_EQ(told.at("notifications").at(0).at("kind").as_string(), "task");
  EXPECT_EQ(told.at("notifications").at(0).at("case").at("number"), one.at("number"));
  const auto card = parsed(call("GET", path(one), zhou));
  EXPECT_EQ(card.at("tasks").at(0).at("report").as_string(), "换了阀门");
  EXPECT_EQ(card.at("timeline").as_array().back().at("text").as_string(), "锦宁燃气报完成");
  const std::string actions = path(one) + "/tasks/" + std::string(task.at("id").as_string()) + "/actions";
  EXPECT_EQ(code(call("POST", actions, zhou, R"({"action":"send_back"})", 3)), "422 missing_field");
  EXPECT_EQ(call("POST", actions, zhou, R"({"action":"confirm"})", 3).status, 200);
  EXPECT_EQ(parsed(anyone("GET", token))["actions"].as_array().size(), 0u);
  EXPECT_EQ(call("DELETE", path(one) + "/tasks/" + std::string(task.at("id").as_string()) + "/link", zhou).status, 200);
  EXPECT_EQ(code(anyone("GET", token)), "404 not_found");

  // With the resident's yes the unit sees them, and the log knows it.
  const Answer shared = call("POST", path(one) + "/tasks", zhou,
                             body + R"(,"contact":{"name":"李秀英","phone":"13800001111","why":"consent"}})");
  ASSERT_EQ(shared.status, 201) << shared.body;
  EXPECT_NE(anyone("GET", std::string(parsed(shared)["token"].as_string())).body.find("13800001111"),
            std::string::npos);
  EXPECT_NE(call("GET", "/audit?what=task.sent", admin).body.find("consent"), std::string::npos);
}

TEST_F(TasksApiTest, FiledByHandThePromiseRuns) {
  const json::object one = filed();
  EXPECT_EQ(one.at("promise").at("light").as_string(), "green");
  EXPECT_TRUE(filed(R"(,"answered":true)").at("promise").at("light").as_string() == "kept");
  const auto tick = [&](std::chrono::minutes later) {
    return write([&](Tx& tx) -> Result<std::size_t> {
      auto time = notify::promise_time(tx, TimeZone::shanghai());
      auto done = notify::case_promise::record(tx, *grids->tree(), *time, clock.now() + later, 10);
      if (!done) return tl::unexpected(done.error());
      return done->steps;
    });
  };
  EXPECT_EQ(tick(4min), 0u);
  EXPECT_EQ(tick(6min), 1u) << "amber, of the one that nobody answered";
  EXPECT_EQ(tick(6min), 0u) << "once";
  const auto ahead = parsed(call("GET", "/promise/forecast", agent));
  EXPECT_EQ(ahead.at("leads").as_array().size(), 1u);
  EXPECT_EQ(ahead.at("leads").at(0).at("case"), one.at("id"));
  EXPECT_EQ(tick(16min), 2u) << "shift leader called, broken";
  write([&](Tx& tx) { return tx.run("UPDATE case_promise_steps SET at = at - 1200000"); });
  const auto broken = parsed(call("GET", "/promise/breaches", secretary));
  ASSERT_EQ(broken.at("total"), 1);
  EXPECT_EQ(broken.at("breaches").at(0).at("number"), one.at("number"));
  EXPECT_EQ(parsed(call("GET", "/promise/breaches", outsider))["total"], 0);
  // Told by phone: kept from then on; a late answer does not undo the breach.
  const Answer told = call("POST", path(one) + "/actions", zhou, R"({"action":"answer","note":"打过电话了"})", 1);
  ASSERT_EQ(told.status, 200) << told.body;
  EXPECT_FALSE(parsed(told)["promise"].at("kept_at").is_null());
  EXPECT_EQ(tick(30min), 0u);
}

TEST_F(TasksApiTest, AnOutageWith40Children) {
  // The parent is the first lead's case; 37 leads and 2 cases by hand hang on it; one lead was decided meanwhile.
  const Lead first = lead();
  json::object parent =
      parsed(call("POST", "/leads/" + to_text(first.id) + "/dispatch", agent, "{}", 0))["case"].as_object();
  const json::object by_hand = filed(), second = filed();
  std::string leads;
  std::vector<Lead> all;
  for (int i = 0; i < 38; ++i) {
    all.push_back(lead(i % 2 ? "a1" : "a2"));
    leads += (i ? "," : "") + (R"({"lead":")" + to_text(all.back().id) + R"(","decision_version":0})");
  }
  EXPECT_EQ(call("POST", "/leads/" + to_text(all[5].id) + "/dismiss", agent, R"({"reason":"duplicate"})", 0).status,
            200);
  const auto version = [](const json::object& one) { return std::to_string(one.at("version").as_int64()); };
  const std::string body = R"({"leads":[)" + leads + R"(],"cases":[{"case":")" +
                           std::string(by_hand.at("id").as_string()) + R"(","version":)" + version(by_hand) +
                           R"(},{"case":")" + std::string(second.at("id").as_string()) + R"(","version":)" +
                           version(second) + "}]}";
  const Answer taken = call("POST", path(parent) + "/children", agent, body);
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(parsed(taken)["taken"], 39);
  ASSERT_EQ(parsed(taken)["refused"].as_array().size(), 1u) << "the rest was not stopped";
  EXPECT_EQ(parsed(taken)["refused"].at(0).at("code").as_string(), "already_decided");
  // One line with a count.
  const auto list = parsed(call("GET", "/cases?limit=200", secretary));
  ASSERT_EQ(list.at("cases").as_array().size(), 1u);
  EXPECT_EQ(list.at("cases").at(0).at("children"), 39);
  EXPECT_EQ(parsed(call("GET", "/cases/board", secretary))["open"], 1);
  EXPECT_EQ(
      parsed(call("GET", "/cases?limit=200&parent=" + std::string(parent.at("id").as_string()), secretary))["cases"]
          .as_array()
          .size(),
      39u);
  // One word for all: previewed, then said once in the group; the two by hand are to be rung up.
  const Answer plan = call("POST", path(parent) + "/children/tell", agent, R"({"text":"正在抢修","preview":true})");
  ASSERT_EQ(plan.status, 200) << plan.body;
  EXPECT_EQ(parsed(plan)["leads"], 38) << plan.body;
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing"), 0) << "nothing was done";
  const auto told = parsed(call("POST", path(parent) + "/children/tell", agent, R"({"text":"正在抢修"})"));
  EXPECT_EQ(told.at("leads"), 38);
  EXPECT_EQ(told.at("calls").as_array().size(), 2u);
  EXPECT_EQ(told.at("groups").at(0).at("leads"), 38);
  EXPECT_EQ(count("SELECT COUNT(*) FROM outgoing"), 1);
  write([&](Tx& tx) -> Result<bool> {
    auto items = outgoing::due(tx, sealer, clock.now() + 1min, 10);
    if (!items) return tl::unexpected(items.error());
    items->front().state = OutState::sent;
    items->front().said_at = clock.now();
    LINLI_TRY(outgoing::change(tx, sealer, items->front(), OutState::held));
    LINLI_TRY(replies::changed(tx, items->front(), clock.now()));
    return true;
  });
  EXPECT_EQ(count("SELECT COUNT(*) FROM leads WHERE answered_at IS NOT NULL"), 38) << "it answers them all";
  // One leaves; the others end with the parent.
  EXPECT_EQ(code(call("POST", path(second) + "/actions", zhou, R"({"action":"accept"})", 1)), "409 not_in_state");
  EXPECT_EQ(call("POST", path(second) + "/actions", agent, R"({"action":"leave"})", 1).status, 200);
  const auto step = [&](const Who& who, const std::string& action) {
    const Answer answer = call("POST", path(parent) + "/actions", who, action, parent.at("version").as_int64());
    EXPECT_EQ(answer.status, 200) << answer.body;
    parent = parsed(answer);
  };
  step(zhou, R"({"action":"accept"})");
  step(zhou, R"({"action":"report_done","note":"水管修好了"})");
  step(agent, R"({"action":"follow_up","note":"来水了"})");
  step(agent, R"({"action":"close"})");
  EXPECT_EQ(count("SELECT COUNT(*) FROM cases WHERE state = 'closed'"), 39);
  EXPECT_EQ(count("SELECT COUNT(*) FROM cases WHERE is_open = 1"), 1) << "the one that left";
  EXPECT_EQ(count("SELECT COUNT(*) FROM case_timeline WHERE kind = 'closed_with_parent'"), 38);
}

TEST_F(TasksApiTest, AnotherGridAnotherOfficer) {
  const Lead l = lead();
  const json::object one =
      parsed(call("POST", "/leads/" + to_text(l.id) + "/dispatch", agent, "{}", 0))["case"].as_object();
  EXPECT_EQ(one.at("assignee").at("id").as_string(), to_text(zhou.user.id));
  // The lead's place is put right before anybody accepted: the case goes along.
  const Answer moved =
      call("PUT", "/leads/" + to_text(l.id) + "/grid", agent, R"({"grid_id":")" + to_text(grid("a2")) + R"("})", 1);
  ASSERT_EQ(moved.status, 200) << moved.body;
  auto now = parsed(call("GET", path(one), agent));
  EXPECT_EQ(now.at("assignee").at("id").as_string(), to_text(wu.user.id));
  EXPECT_EQ(now.at("grid").at("code").as_string(), "a2");
  // Accepted, it is transferred to whom the grid has.
  EXPECT_EQ(call("POST", path(one) + "/actions", wu, R"({"action":"accept"})", now.at("version").as_int64()).status,
            200);
  now = parsed(call("PUT", path(one) + "/grid", secretary, R"({"grid_id":")" + to_text(grid("a1")) + R"("})",
                    now.at("version").as_int64() + 1));
  EXPECT_EQ(now.at("state").as_string(), "transferred");
  EXPECT_EQ(now.at("assignee").at("id").as_string(), to_text(zhou.user.id));
  // Who may take it is told without the right to look up people.
  const auto able = parsed(call("GET", path(one) + "/colleagues", zhou))["colleagues"].as_array();
  std::set<std::string> names;
  for (const auto& each : able) names.emplace(each.at("id").as_string());
  EXPECT_TRUE(names.contains(to_text(zhou.user.id)) && names.contains(to_text(secretary.user.id)));
  EXPECT_FALSE(names.contains(to_text(wu.user.id)) || names.contains(to_text(outsider.user.id)));
}

TEST_F(TasksApiTest, TheListAsATable) {
  filed();
  filed(R"(,"confidential":true)");
  const Answer csv = call("GET", "/cases/export", secretary);
  ASSERT_EQ(csv.status, 200) << csv.body;
  EXPECT_NE(csv.body.find("3-2-1502"), std::string::npos);
  EXPECT_NE(csv.body.find("（保密）"), std::string::npos);
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 3);
  const Who support = person("support", StaffRole::support, "a");
  EXPECT_EQ(call("GET", "/cases/export", support).body.find("13800001111"), std::string::npos) << "masked";
  EXPECT_NE(csv.body.find("13800001111"), std::string::npos);
  EXPECT_EQ(call("GET", "/cases/export?format=xlsx", secretary).body.substr(0, 2), "PK");
  const Answer none = call("GET", "/cases/export", outsider);
  EXPECT_EQ(std::count(none.body.begin(), none.body.end(), '\n'), 1) << "the headings";
  EXPECT_NE(call("GET", "/audit?what=export.made", admin).body.find("cases"), std::string::npos);
}

}  // namespace
}  // namespace linli::api
