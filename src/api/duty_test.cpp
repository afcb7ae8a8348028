// Calendar, roster, swaps, who is on duty, routing, over HTTP.
#include "api/api_for_tests.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using std::chrono::hours;

class DutyTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    auto table = read_table(
        "code,level,name,parent,places\ns,street,清溪河街道,,\na,community,荷塘社区,s,\n"
        "a1,micro_grid,第1微网格,a,荷塘苑、荷塘苑1栋\na2,micro_grid,第2微网格,a,荷塘苑3栋\nb,community,望江社区,s,\n");
    ASSERT_TRUE(table);
    auto plan = plan_grids(
        *grids->tree(), *table, {}, [&] { return ids.draw<GridId>(); }, clock.now());
    ASSERT_TRUE(plan && plan->wrong_total == 0);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Grids::write(tx, *plan, {}, clock.now()));
      return true;
    });
    grids->keep(grids->tree(), std::make_shared<const GridTree>(after(*grids->tree(), *plan)), *plan);
    head = person("head", StaffRole::grid_head, "a");
    zhou = person("zhou", StaffRole::officer, "a");
    wang = person("wang", StaffRole::officer, "a");
    outsider = person("outsider", StaffRole::secretary, "b");
    volunteer = person("volunteer", StaffRole::volunteer, "a1");
  }

  struct Who {
    User user;
    Client::Headers headers;
    std::string id() const { return to_text(user.id); }
  };
  Who person(const std::string& name, StaffRole role, std::string_view code) {
    User user = add_user(name, {}, role, code.empty() ? GridId{} : grid(code));
    return {user, sign_in(user)};
  }
  std::string grid_id(std::string_view code) { return to_text(grid(code)); }
  Answer call(const char* method, const std::string& path, const Who& who, const std::string& body = {},
              const std::string& seen = {}) {
    auto headers = who.headers;
    if (!seen.empty()) headers["if-match"] = "\"" + seen + "\"";
    return client().call(method, "/api/v1" + path, body, headers);
  }
  std::string shift_body(const Who& who, std::string_view code = "a", hours from = hours(-1), hours to = hours(3)) {
    return json::serialize(json::object{{"grid_id", grid_id(code)},
                                        {"duty", "officer"},
                                        {"user_id", who.id()},
                                        {"from", format_time(clock.now() + from)},
                                        {"to", format_time(clock.now() + to)}});
  }
  std::string pattern_body(const Who& who, std::string_view code = "a") {
    return json::serialize(json::object{{"grid_id", grid_id(code)},
                                        {"duty", "officer"},
                                        {"user_id", who.id()},
                                        {"days", {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"}},
                                        {"from", "00:00"},
                                        {"to", "24:00"}});
  }
  // "zhou roster; wang deputy": of the officers on duty for a grid.
  std::string on(const Who& who, std::string_view code = "a") {
    const auto body = parsed(call("GET", "/duty/now?duty=officer&grid=" + grid_id(code), who));
    std::string out;
    for (const auto& one : body.at("people").as_array()) {
      const std::string id(one.at("person").at("id").as_string());
      for (const Who* p : {&head, &zhou, &wang})
        if (p->id() == id) out += p->user.name + " ";
      out += std::string(one.at("reason").as_string()) + "; ";
    }
    return out;
  }

  Who head, zhou, wang, outsider, volunteer;
};

TEST_F(DutyTest, TheCalendarIsTheDistrictsOwn) {
  const Who admin = person("chief", StaffRole::administrator, "");
  EXPECT_EQ(code(call("PUT", "/calendar", head, R"({"days":[]})")), "403 not_allowed") << "it belongs to no grid";
  EXPECT_EQ(parsed(call("GET", "/calendar?from=2026-05-01&to=2026-05-31", zhou))["days"].as_array().size(), 6u);
  const Answer changed = call(
      "PUT", "/calendar", admin,
      R"({"days":[{"date":"2027-01-01","kind":"holiday","name":"元旦"},{"date":"2026-05-09","kind":null}],"hours":[{"from":"08:30","to":"12:00"}]})");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(parsed(changed)["hours"].as_array().size(), 1u);
  EXPECT_EQ(parsed(call("GET", "/calendar?from=2026-05-01&to=2026-05-31", zhou))["days"].as_array().size(), 5u);
  for (const auto& [body, field] : {std::pair{R"({"days":[{"date":"2026-02-30","kind":"holiday"}]})", "days[0].date"},
                                    {R"({"days":[{"date":"2026-02-20","kind":"feast"}]})", "days[0].kind"},
                                    {R"({"days":[{"date":"2026-02-20","kind":"holiday","x":1}]})", "days[0].x"},
                                    {R"({"days":[1]})", "days[0]"},
                                    {R"({"hours":[{"from":"12:00","to":"09:00"}]})", "hours"},
                                    {R"({"hours":[{"from":"9","to":"12:00"}]})", "hours[0].from"}}) {
    const Answer answer = call("PUT", "/calendar", admin, body);
    EXPECT_EQ(answer.status, 422) << body;
    EXPECT_EQ(parsed(answer)["field"].as_string(), field) << answer.body;
  }
  const auto import = [&](std::string rows, const char* query) {
    auto headers = admin.headers;
    headers["content-type"] = "text/csv";
    return parsed(
        client().call("POST", std::string("/api/v1/calendar/import") + query, "日期,类型,名称\n" + rows, headers));
  };
  auto plan = import("2027-01-01,放假,元旦\n2027/1/2,放假,元旦\n2027-01-09,调休,x\n", "?apply=true");
  EXPECT_FALSE(plan["applied"].as_bool());
  EXPECT_EQ(plan["wrong"].at(0).at("line"), 4);
  EXPECT_EQ(import("2027-01-01,放假,元旦\n2027/1/2,放假,元旦\n", "")["added"], 1);
  EXPECT_TRUE(import("2027-01-01,放假,元旦\n2027/1/2,放假,元旦\n", "?apply=true")["applied"].as_bool());
  EXPECT_EQ(parsed(call("GET", "/calendar?from=2027-01-01", zhou))["days"].as_array().size(), 2u);
}

TEST_F(DutyTest, ShiftsAndPatterns) {
  EXPECT_EQ(on(zhou), "zhou holder; wang holder; ");
  EXPECT_EQ(code(call("POST", "/roster/shifts", zhou, shift_body(zhou))), "403 not_allowed");
  EXPECT_EQ(code(call("POST", "/roster/shifts", outsider, shift_body(zhou))), "404 not_found") << "not their grid";
  EXPECT_EQ(code(call("POST", "/roster/shifts", head, shift_body(outsider))), "422 not_of_grid");
  EXPECT_EQ(code(call("POST", "/roster/shifts", head, shift_body(zhou, "a", hours(-9), hours(-1)))), "409 shift_over");
  EXPECT_EQ(code(call("POST", "/roster/shifts", head, shift_body(zhou, "a", hours(1), hours(999)))), "422 bad_value");
  const Answer added = call("POST", "/roster/shifts", head, shift_body(zhou));
  ASSERT_EQ(added.status, 201) << added.body;
  const std::string path = "/roster/shifts/" + std::string(parsed(added)["id"].as_string());
  EXPECT_EQ(on(wang), "zhou roster; ");
  EXPECT_EQ(on(wang, "a1"), "zhou roster; ") << "the community's roster counts for its micro-grids";
  EXPECT_EQ(code(call("GET", "/duty/now?grid=" + grid_id("a"), outsider)), "404 not_found");
  EXPECT_EQ(code(call("PUT", path, head, shift_body(wang))), "428 precondition_required");
  EXPECT_EQ(code(call("PUT", path, head, shift_body(wang), "7")), "412 stale");
  EXPECT_EQ(code(call("PUT", path, outsider, shift_body(wang), "1")), "404 not_found");
  const Answer changed = call("PUT", path, head, shift_body(wang), "1");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(on(zhou), "wang roster; ");
  EXPECT_EQ(call("DELETE", path, head).status, 204);
  EXPECT_EQ(on(zhou), "zhou holder; wang holder; ");

  const Answer pattern = call("POST", "/roster/patterns", head, pattern_body(zhou));
  ASSERT_EQ(pattern.status, 201) << pattern.body;
  EXPECT_EQ(on(zhou), "zhou roster; ");
  const auto roster = parsed(call("GET", "/roster", zhou));
  EXPECT_EQ(roster.at("shifts").as_array().size(), 7u);
  EXPECT_EQ(roster.at("patterns").as_array().size(), 1u);
  EXPECT_TRUE(parsed(call("GET", "/roster", outsider))["shifts"].as_array().empty());
  EXPECT_EQ(parsed(call("GET", "/roster/gaps", head))["gaps"].as_array().size(), 0u);
  const std::string today(roster.at("shifts").at(0).at("id").as_string());
  EXPECT_EQ(call("DELETE", "/roster/shifts/" + today, head).status, 204) << "that day only";
  EXPECT_EQ(on(zhou), "");
  const auto gaps = parsed(call("GET", "/roster/gaps", head))["gaps"].as_array();
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].at("kind").as_string(), "nobody");
  const std::string tomorrow(roster.at("shifts").at(1).at("id").as_string());
  const Answer own = call("PUT", "/roster/shifts/" + tomorrow, head, shift_body(wang), "1");
  ASSERT_EQ(own.status, 200) << own.body;
  EXPECT_TRUE(parsed(own)["pattern_id"].is_null()) << "a shift of its own from now on";
  EXPECT_EQ(on(zhou), "wang roster; ");
  const std::string id(parsed(pattern)["id"].as_string());
  EXPECT_EQ(call("DELETE", "/roster/patterns/" + id, head).status, 204);
  EXPECT_EQ(code(call("DELETE", "/roster/patterns/" + id, head)), "404 not_found");
  const std::string in_a = "&grid=" + grid_id("a");
  for (const auto& [query, status] : {std::pair{std::string("/roster?from=2026-01-01&to=2026-03-03"), 200},
                                      {"/roster?from=2026-01-01&to=2026-03-04", 422},
                                      {"/roster/gaps?from=2026-01-01&to=2026-01-07", 200},
                                      {"/roster/gaps?from=2026-01-01&to=2026-01-08", 422},
                                      {"/roster/gaps?from=2026-01-01&to=2026-03-03" + in_a, 200},
                                      {"/roster/gaps?from=2026-01-01&to=2026-03-04" + in_a, 422}})
    EXPECT_EQ(call("GET", query, head).status, status) << query;
  for (const char* query : {"?from=2026-01-01&to=2026-09-01", "?from=x", "?from=2026-02-02&to=2026-02-01"})
    EXPECT_EQ(code(call("GET", std::string("/roster") + query, head)), "422 bad_value") << query;
}

TEST_F(DutyTest, SwapsAreAskedAcceptedAndUndone) {
  const Answer added = call("POST", "/roster/shifts", head, shift_body(zhou, "a", hours(1), hours(5)));
  const std::string shift = "/roster/shifts/" + std::string(parsed(added)["id"].as_string()) + "/swap";
  const std::string to_wang = R"({"user_id":")" + wang.id() + R"("})";
  EXPECT_EQ(code(call("POST", shift, wang, to_wang)), "403 not_allowed") << "not his shift";
  EXPECT_EQ(code(call("POST", shift, zhou, R"({"user_id":")" + wang.id() + R"(","order":true})")), "403 not_allowed");
  EXPECT_EQ(code(call("POST", shift, zhou, R"({"user_id":")" + outsider.id() + R"("})")), "422 not_of_grid");
  EXPECT_EQ(code(call("POST", shift, zhou, R"({"user_id":")" + zhou.id() + R"("})")), "422 bad_value");
  EXPECT_EQ(code(call("POST", shift, outsider, to_wang)), "404 not_found");
  const Answer asked = call("POST", shift, zhou, to_wang);
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(code(call("POST", shift, zhou, to_wang)), "409 swap_waiting");
  const std::string swap = "/roster/swaps/" + std::string(parsed(asked)["id"].as_string());
  EXPECT_EQ(code(call("POST", swap + "/accept", zhou)), "403 not_allowed");
  EXPECT_EQ(code(call("POST", swap + "/accept", outsider)), "404 not_found");
  const auto waiting = parsed(call("GET", "/roster/swaps?state=asked", wang))["swaps"].as_array();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].at("may").as_array().size(), 2u);
  EXPECT_EQ(parsed(call("POST", swap + "/accept", wang))["state"].as_string(), "accepted");
  EXPECT_EQ(code(call("POST", swap + "/decline", wang)), "409 swap_decided");
  const auto roster = parsed(call("GET", "/roster", head));
  EXPECT_EQ(roster.at("shifts").at(0).at("person").at("id").as_string(), wang.id());
  EXPECT_EQ(roster.at("shifts").at(0).at("planned").at("id").as_string(), zhou.id());
  EXPECT_EQ(parsed(call("POST", swap + "/cancel", zhou))["state"].as_string(), "cancelled") << "undo";
  EXPECT_EQ(parsed(call("GET", "/roster", head))["shifts"].at(0).at("person").at("id").as_string(), zhou.id());
  const Answer ordered = call("POST", shift, head, R"({"user_id":")" + wang.id() + R"(","order":true})");
  ASSERT_EQ(ordered.status, 201) << ordered.body;
  EXPECT_EQ(parsed(ordered)["state"].as_string(), "accepted");
  const std::string order = "/roster/swaps/" + std::string(parsed(ordered)["id"].as_string());
  EXPECT_EQ(code(call("POST", order + "/cancel", wang)), "403 not_allowed") << "what was ordered the leader undoes";
  EXPECT_EQ(call("POST", order + "/cancel", head).status, 200);
  EXPECT_TRUE(parsed(call("GET", "/roster/swaps", outsider))["swaps"].as_array().empty());
}

TEST_F(DutyTest, AbsentPeopleHaveDeputiesAndNumbersAreNotForVolunteers) {
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(users::change(tx, sealer, zhou.user, {.phone = "13800001111"}, 1, {}, clock.now()));
    return true;
  });
  call("POST", "/roster/shifts", head, shift_body(zhou));
  const std::string now = "/duty/now?duty=officer&grid=" + grid_id("a1");
  EXPECT_EQ(parsed(call("GET", now, wang))["people"].at(0).at("phone").as_string(), "13800001111");
  EXPECT_TRUE(parsed(call("GET", now, volunteer))["people"].at(0).at("phone").is_null());
  EXPECT_EQ(call("GET", "/roster", volunteer).body.find("13800001111"), std::string::npos);

  const auto absence = [&](const Who& of) {
    return json::serialize(json::object{{"user_id", of.id()},
                                        {"from", format_time(clock.now() - hours(1))},
                                        {"to", format_time(clock.now() + hours(2))}});
  };
  EXPECT_EQ(code(call("POST", "/roster/absences", wang, absence(zhou))), "404 unknown_user") << "not his to say";
  EXPECT_EQ(code(call("POST", "/roster/absences", outsider, absence(zhou))), "404 unknown_user");
  const Answer noted = call("POST", "/roster/absences", zhou, absence(zhou));
  ASSERT_EQ(noted.status, 201) << noted.body;
  EXPECT_EQ(on(wang), "");
  EXPECT_EQ(parsed(call("GET", "/roster/gaps", head))["gaps"].at(0).at("grid").at("code").as_string(), "a");
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(holdings::give(
        tx, {ids.draw<HoldingId>(), wang.user.id, StaffRole::officer, grid("a"), {}, {}, kNoEnd, zhou.user.id}, {},
        clock.now()));
    return true;
  });
  EXPECT_EQ(on(wang), "wang deputy; ");
  const std::string path = "/roster/absences/" + std::string(parsed(noted)["id"].as_string());
  EXPECT_EQ(code(call("DELETE", path, wang)), "404 not_found");
  EXPECT_EQ(call("DELETE", path, head).status, 204) << "who leads the roster";
  EXPECT_EQ(on(wang), "zhou roster; ");
}

TEST_F(DutyTest, RulesSayToWhomALeadGoes) {
  const Who admin = person("chief", StaffRole::administrator, ""), secretary = person("ma", StaffRole::secretary, "a");
  const auto put = [&](const Who& who, const std::string& body) { return call("PUT", "/routing/rules", who, body); };
  const std::string at_a = R"("grid_id":")" + grid_id("a") + R"(",)";
  EXPECT_EQ(code(put(zhou, "{" + at_a + R"("target":"officer"})")), "403 not_allowed");
  EXPECT_EQ(code(put(secretary, R"({"target":"officer"})")), "403 not_allowed") << "everywhere is more than hers";
  EXPECT_EQ(code(put(outsider, "{" + at_a + R"("target":"officer"})")), "404 not_found");
  for (const auto& [body, field] : {std::pair{R"({"target":"king"})", "target"},
                                    {R"({"target":"unit"})", "unit"},
                                    {R"({"target":"officer","category":"dragons"})", "category"},
                                    {R"({"target":"officer","category":"gas","domain":"utility"})", "domain"},
                                    {R"({"target":"officer","unit":{"name":"x","kind":"gas"}})", "unit"},
                                    {R"({"target":"unit","unit":{"name":"x","kind":"circus"}})", "unit.kind"}}) {
    const Answer answer = put(admin, body);
    EXPECT_EQ(answer.status, 422) << body;
    EXPECT_EQ(parsed(answer)["field"].as_string(), field) << answer.body;
  }
  const Answer rule = put(
      secretary,
      "{" + at_a +
          R"("category":"gas","target":"unit","unit":{"name":"蓉城燃气","kind":"gas","contact":"96777"},"also_street":true})");
  ASSERT_EQ(rule.status, 200) << rule.body;
  EXPECT_EQ(put(admin, R"({"domain":"utility","target":"grid_head"})").status, 200);
  EXPECT_EQ(parsed(call("GET", "/routing/rules?grid=" + grid_id("a1"), zhou))["rules"].as_array().size(), 2u);
  EXPECT_EQ(parsed(call("GET", "/routing/rules?grid=" + grid_id("b"), outsider))["rules"].as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/routing/rules?grid=" + grid_id("a1"), volunteer).body.find("96777"), std::string::npos);

  Group group{.id = ids.draw<GroupId>(), .channel = add_channel("c").id, .external_id = "g", .name = "荷塘苑群"};
  Admission admission{
      .street = {}, .community = {}, .grid = {}, .responsible = "x", .legal_basis = "y", .notice_at = {}, .places = {}};
  ASSERT_TRUE(bind(admission, *grids->tree(), grid("a1")));
  group = admitted(group, admission, {}, clock.now());
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(Groups::write(tx, group));
    return true;
  });
  groups->keep(group);
  const auto explain = [&](const std::string& query) {
    return parsed(call("GET", "/routing/explain?group=" + to_text(group.id) + "&" + query, zhou));
  };
  const auto gas =
      explain("text=%E8%8D%B7%E5%A1%98%E8%8B%913%E6%A0%8B2%E5%8D%95%E5%85%83&category=gas");  // 荷塘苑3栋2单元
  EXPECT_EQ(gas.at("grid").at("code").as_string(), "a2");
  EXPECT_EQ(gas.at("by").as_string(), "place");
  EXPECT_EQ(gas.at("line").as_array().size(), 3u);
  EXPECT_EQ(gas.at("unit").at("contact").as_string(), "96777");
  EXPECT_EQ(gas.at("people").at(0).at("reason").as_string(), "holder");
  const auto water = explain("text=x&sender=1-2-303&category=water_leak");
  EXPECT_EQ(water.at("grid").at("code").as_string(), "a1");
  EXPECT_EQ(water.at("by").as_string(), "nickname");
  EXPECT_EQ(water.at("rule").at("target").as_string(), "grid_head");
  EXPECT_EQ(water.at("people").at(0).at("person").at("id").as_string(), head.id());
  EXPECT_EQ(explain("text=x").at("by").as_string(), "group");
  EXPECT_EQ(code(call("GET", "/routing/explain?text=x&group=" + to_text(group.id), outsider)), "404 unknown_group");
  EXPECT_EQ(code(call("GET", "/routing/explain", zhou)), "422 missing_field");
  EXPECT_EQ(code(call("GET", "/routing/explain?text=x&category=dragons", zhou)), "422 bad_value");

  const auto masked = call("GET", "/routing/explain?text=%E8%8D%B7%E5%A1%98%E8%8B%913%E6%A0%8B&category=gas", outsider);
  EXPECT_TRUE(parsed(masked).at("grid").is_null()) << masked.body;
  EXPECT_TRUE(parsed(masked).at("unit").is_null());
  EXPECT_TRUE(parsed(masked).at("people").as_array().empty());
  for (const char* word : {"第2微网格", "荷塘社区", "蓉城燃气", "zhou"})
    EXPECT_EQ(masked.body.find(word), std::string::npos) << word << masked.body;

  const std::string path = "/routing/rules/" + std::string(parsed(rule)["id"].as_string());
  EXPECT_EQ(code(call("DELETE", path, outsider)), "404 not_found");
  EXPECT_EQ(call("DELETE", path, secretary).status, 204);
  EXPECT_EQ(explain("text=x&category=gas").at("rule").at("target").as_string(), "grid_head") << "what is inherited";
}

TEST_F(DutyTest, ACorrectionMovesTheLeadAndTeaches) {
  const Who agent = person("agent", StaffRole::agent, "a"), secretary = person("ma", StaffRole::secretary, "a");
  Group group{.id = ids.draw<GroupId>(), .channel = add_channel("c").id, .external_id = "g", .name = "荷塘苑群"};
  Admission admission{
      .street = {}, .community = {}, .grid = {}, .responsible = "x", .legal_basis = "y", .notice_at = {}, .places = {}};
  ASSERT_TRUE(bind(admission, *grids->tree(), grid("a")));
  group = admitted(group, admission, {}, clock.now());
  Lead lead;
  lead.id = ids.draw<LeadId>();
  lead.opening = ids.draw<MessageId>();
  lead.revision = 1;
  lead.grid_path = "s/a";
  lead.group = group.id;
  lead.place = "紫藤院5栋2单元1502";
  lead.category = "water_leak";
  lead.summary = "漏水";
  lead.model_version = "m";
  lead.asked_at = lead.opened_at = lead.latest_at = clock.now();
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(Groups::write(tx, group));
    LINLI_TRY(lead_store::insert(tx, sealer, lead));
    return true;
  });
  groups->keep(group);
  const std::string path = "/leads/" + to_text(lead.id);
  const auto body = [&](std::string_view code) { return R"({"grid_id":")" + grid_id(code) + R"("})"; };
  EXPECT_EQ(code(call("PUT", path + "/grid", agent, body("a2"))), "428 precondition_required");
  EXPECT_EQ(code(call("PUT", path + "/grid", agent, body("a2"), "3")), "412 stale");
  EXPECT_EQ(code(call("PUT", path + "/grid", agent, "{}", "0")), "422 missing_field");
  EXPECT_EQ(code(call("PUT", path + "/grid", agent, body("b"), "0")), "403 not_allowed") << "where one decides nothing";
  EXPECT_EQ(code(call("PUT", path + "/grid", agent, R"({"grid_id":"grid_0000000000001"})", "0")), "404 not_found");
  EXPECT_EQ(code(call("PUT", path + "/grid", outsider, body("b"), "0")), "404 unknown_lead");
  EXPECT_EQ(code(call("PUT", path + "/grid", volunteer, body("a2"), "0")), "403 not_allowed");
  const Answer moved = call("PUT", path + "/grid", agent, body("a2"), "0");
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(parsed(moved)["grid"].at("code").as_string(), "a2");
  EXPECT_EQ(parsed(call("GET", path, agent))["grid"].at("name").as_string(), "第2微网格");
  EXPECT_EQ(code(call("GET", path, volunteer)), "404 unknown_lead") << "scope follows the grid: they see a1";
  const auto explained = parsed(call("GET", "/routing/explain?lead=" + to_text(lead.id), agent));
  EXPECT_EQ(explained.at("by").as_string(), "person");
  // The next one from that building goes the same way.
  const auto next = routing->route({"紫藤院小区五栋2单元301", {}, group.grid_id, group.community_key});
  EXPECT_EQ(next.grid, grid("a2"));
  EXPECT_EQ(next.by, RoutedBy::correction);
  const auto taught = parsed(call("GET", "/routing/corrections", secretary))["corrections"].as_array();
  ASSERT_EQ(taught.size(), 1u);
  EXPECT_EQ(taught[0].at("place").as_string(), "紫藤院5栋2单元") << "no flat";
  const Answer undone = call("PUT", path + "/grid", agent, R"({"grid_id":null})", "1");
  ASSERT_EQ(undone.status, 200) << undone.body;
  EXPECT_EQ(parsed(undone)["grid"].at("code").as_string(), "a") << "where the machine puts it";
  EXPECT_EQ(routing->route({"紫藤院5栋", {}, group.grid_id, group.community_key}).by, RoutedBy::group);
  EXPECT_TRUE(parsed(call("GET", "/routing/corrections", secretary))["corrections"].as_array().empty());
  std::string history;
  const auto card = parsed(call("GET", path, agent));
  for (const auto& h : card.at("history").as_array()) history += std::string(h.at("kind").as_string()) + " ";
  EXPECT_EQ(history, "changed changed ");

  // The group is bound to another grid: the lead stays, and that is what is explained.
  Group bound = group;
  bound.grid_id = grid("b");
  groups->keep(bound);
  const auto why = parsed(call("GET", "/routing/explain?lead=" + to_text(lead.id), agent));
  EXPECT_EQ(why.at("grid").at("code").as_string(), "a");
  EXPECT_EQ(why.at("by").as_string(), "earlier");
  EXPECT_EQ(json::serialize(why).find("望江社区"), std::string::npos) << "not the agent's";
  groups->keep(group);

  call("PUT", path + "/grid", agent, body("a1"), "2");
  const auto again = parsed(call("GET", "/routing/corrections", secretary))["corrections"].as_array();
  ASSERT_EQ(again.size(), 1u);
  const std::string correction = "/routing/corrections/" + std::string(again[0].at("id").as_string());
  EXPECT_EQ(code(call("DELETE", correction, outsider)), "404 not_found");
  EXPECT_EQ(call("DELETE", correction, secretary).status, 204);
  EXPECT_EQ(routing->route({"紫藤院5栋2单元", {}, group.grid_id, group.community_key}).by, RoutedBy::group);
}

}  // namespace
}  // namespace linli::api
