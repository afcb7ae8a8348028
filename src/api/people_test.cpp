// Roles, scope and people over HTTP.
#include "api/api_for_tests.h"
#include "api/handlers.h"
#include "api/router.h"

namespace linli::api {
namespace {

namespace json = boost::json;

class PeopleTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\na1,grid,第1网格,a\nb,community,望江社区,s\n");
  }
  Client::Headers as(StaffRole role, std::string_view code = "a") {
    return sign_in(add_user("u" + std::to_string(++people_), {}, role, code.empty() ? GridId{} : grid(code)));
  }
  int people_ = 0;
};

// Every route with every role: refused exactly where the table says so, whatever it names.
TEST_F(PeopleTest, EveryRouteWithEveryRole) {
  for (std::size_t i = 0; i < kStaffRoles; ++i) {
    const auto role = static_cast<StaffRole>(i);
    for (const Route& route : routes()) {
      if ((route.caller != Caller::session && route.caller != Caller::person) ||
          std::string_view(route.path) == "/api/v1/stream")
        continue;
      if (route.handle == sign_out || route.handle == set_demo) continue;
      auto headers = as(role);
      headers["if-match"] = "\"0\"";
      std::string path = route.path;
      for (std::size_t at; (at = path.find('{')) != path.npos;) path.replace(at, path.find('}') - at + 1, "x");
      const Answer answer = client().call(name(route.method), path, "{}", headers);
      const bool has_right = !route.right || has(rights_of(role), *route.right);
      // What belongs to no grid takes the right everywhere; these people have theirs over one community.
      const bool everywhere =
          std::string_view(route.path).starts_with("/api/v1/channels") ||
          std::string_view(route.path).starts_with("/api/v1/audit") ||
          std::string_view(route.path).starts_with("/api/v1/privacy") ||
          (std::string_view(route.path).starts_with("/api/v1/assist/") && route.handle != get_ai_mark) ||
          route.handle == set_companion_rules || route.handle == set_canned_replies ||
          (std::string_view(route.path).starts_with("/api/v1/calendar") && route.method != Method::get) ||
          route.handle == set_case_policy || route.handle == set_resident_policy || route.handle == set_promise_hours ||
          route.handle == get_notify_ways || route.handle == set_notify_ways || route.handle == test_notify_way ||
          route.handle == add_group || std::string_view(route.path).starts_with("/api/v1/webhooks");
      EXPECT_EQ(answer.status == 403, !has_right || everywhere)
          << name(role) << " " << name(route.method) << " " << path << " " << answer.status << " " << answer.body;
      EXPECT_LT(answer.status, 500) << path;
    }
  }
}

TEST_F(PeopleTest, NothingOutsideOnesGridsIsFoundByItsId) {
  const Lead here = add_lead("lead.opened", "s/a/a1"), there = add_lead("lead.opened", "s/b");
  Client c = client();
  for (const auto role : {StaffRole::agent, StaffRole::officer, StaffRole::secretary, StaffRole::volunteer}) {
    auto headers = as(role);
    headers["if-match"] = "\"0\"";
    const std::string mine = "/api/v1/leads/" + to_text(here.id), theirs = "/api/v1/leads/" + to_text(there.id);
    EXPECT_EQ(c.call("GET", mine, {}, headers).status, 200) << name(role);
    EXPECT_EQ(code(c.call("GET", theirs, {}, headers)), "404 unknown_lead") << name(role);
    EXPECT_EQ(parsed(c.call("GET", "/api/v1/leads", {}, headers))["total"], 1) << name(role);
    EXPECT_EQ(parsed(c.call("GET", "/api/v1/overview", {}, headers))["leads"].at("open"), 1) << name(role);
    if (role == StaffRole::volunteer) continue;
    EXPECT_EQ(code(c.call("POST", theirs + "/confirm", {}, headers)), "404 unknown_lead") << name(role);
    EXPECT_EQ(code(c.call("GET", theirs + "/context?before=msg_0000000000001", {}, headers)), "404 unknown_lead");
  }
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/leads", {}, as(StaffRole::agent, "")))["total"], 2);
}

// A volunteer of one grid and officer of another decides only where they are officer.
TEST_F(PeopleTest, RightsOfDifferentGridsDoNotMix) {
  const Lead lead = add_lead("lead.opened", "s/a");
  const User user = add_user("mixed", {}, StaffRole::volunteer, grid("a"));
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(holdings::give(tx, {ids.draw<HoldingId>(), user.id, StaffRole::officer, grid("b"), {}, {}, kNoEnd, {}},
                             {}, clock.now()));
    return true;
  });
  auto headers = sign_in(user);
  headers["if-match"] = "\"0\"";
  const std::string path = "/api/v1/leads/" + to_text(lead.id);
  EXPECT_EQ(code(client().call("POST", path + "/confirm", {}, headers)), "403 not_allowed");
  const auto card = parsed(client().call("GET", path, {}, headers));
  EXPECT_FALSE(card.at("names_shown").as_bool());
  EXPECT_TRUE(card.at("history").as_array().empty());
  EXPECT_EQ(code(client().call("GET", path + "/context?before=msg_0000000000001", {}, headers)), "403 not_allowed");
}

// A picture goes with its lead, not with its group: the group may stand above, and the lead may have gone elsewhere. Talk around
// it is for those who may see that.
TEST_F(PeopleTest, PicturesAreSeenByWhoSeesTheirLead) {
  const Channel way = add_channel("way");
  const Lead lead = add_lead("lead.opened", "s/a/a1");
  const auto id = [&](int n) { return "/api/v1/attachments/" + to_text(AttachmentId{n}); };
  write([&](Tx& tx) -> Result<bool> {
    Group g{.id = GroupId{70}, .channel = way.id, .external_id = "g", .state = GroupState::admitted};
    g.grid_path = "s/a";
    LINLI_TRY(Groups::write(tx, g));
    for (int n : {5, 6}) {  // 5 in the lead, 6 beside it
      LINLI_TRY(
          tx.run("INSERT INTO messages (id, channel_id, group_id, sent_at, received_at, role, type, flags, sender, "
                 "body) VALUES ($1, $2, 70, 0, 0, 0, 1, 1, 0, $3)",
                 {n, way.id, Blob{"x"}}));
      const std::string name = sealer.seal("attachments.name", "张三 合同.jpg");
      LINLI_TRY(
          tx.run("INSERT INTO attachments (id, message_id, position, name, media_type, size, blob) VALUES ($1, $1, 0, "
                 "$2, 'image/jpeg', 3, $3)",
                 {n, Blob{name}, Blob{"abc"}}));
    }
    LINLI_TRY(tx.run("INSERT INTO lead_messages (message_id, lead_id, act, score, reasons) VALUES (5, $1, 1, 1, $2)",
                     {lead.id, Blob{}}));
    return true;
  });
  Client c = client();
  struct Row {
    StaffRole role;
    const char* grid;
    int own, beside;
  };
  for (const Row& row : {Row{StaffRole::officer, "a1", 200, 200},
                         {StaffRole::volunteer, "a1", 200, 404},
                         {StaffRole::officer, "b", 404, 404},
                         {StaffRole::administrator, "", 200, 200},
                         {StaffRole::auditor, "a", 403, 403}}) {
    const auto headers = as(row.role, row.grid);
    EXPECT_EQ(c.call("GET", id(5), {}, headers).status, row.own) << name(row.role) << row.grid;
    EXPECT_EQ(c.call("GET", id(6), {}, headers).status, row.beside) << name(row.role) << row.grid;
  }
}

TEST_F(PeopleTest, PeopleAreAddedFoundChangedAndDisabled) {
  Client c = client();
  auto headers = as(StaffRole::administrator, "");
  const auto post = [&](std::string body) { return c.call("POST", "/api/v1/users", body, headers); };
  const Answer added =
      post(R"({"name":"xiao.zhou","display_name":"小周","phone":"13800001111","role":"agent","grid_id":")" +
           to_text(grid("a")) + R"(","until":"2099-12-31"})");
  ASSERT_EQ(added.status, 201) << added.body;
  const std::string path = "/api/v1/users/" + std::string(parsed(added)["id"].as_string());
  EXPECT_EQ(parsed(added)["roles"].at(0).at("grid").at("name").as_string(), "荷塘社区");
  EXPECT_EQ(parsed(added)["roles"].at(0).at("until").as_string(), "2099-12-31");
  EXPECT_EQ(parsed(added)["phone"].as_string(), "13800001111");
  EXPECT_FALSE(parsed(added)["has_password"].as_bool());
  EXPECT_EQ(code(post(R"({"name":"xiao.zhou","display_name":"另一个","role":"agent"})")), "409 name_taken");
  for (const char* wrong :
       {R"({"name":"小周","display_name":"小周","role":"agent"})", R"({"name":"a","display_name":"a","role":"king"})",
        R"({"name":"a","display_name":"a","role":"agent","from":"2026-02-30"})",
        R"({"name":"a","display_name":"a","role":"agent","until":"2020-01-01"})"})
    EXPECT_EQ(code(post(wrong)), "422 bad_value") << wrong;
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/users?q=%E5%B0%8F%E5%91%A8", {}, headers))["users"].as_array().size(), 1u);

  EXPECT_EQ(code(c.call("PUT", path, R"({"display_name":"周敏"})", headers)), "428 precondition_required");
  headers["if-match"] = "\"1\"";
  EXPECT_EQ(code(c.call("PUT", path, R"({"display_name":"周敏"})", headers)), "412 stale");
  headers["if-match"] = added.headers.at("etag");
  EXPECT_EQ(parsed(c.call("PUT", path, R"({"display_name":"周敏"})", headers))["display_name"].as_string(), "周敏");
  headers["if-match"] = "\"3\"";
  EXPECT_FALSE(parsed(c.call("PUT", path, R"({"disabled":true})", headers))["disabled_at"].is_null());
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/users?disabled=true", {}, headers))["users"].as_array().size(), 1u);
}

TEST_F(PeopleTest, RolesAreGivenWithinOnesOwnRightsAndCountAtOnce) {
  Client c = client();
  const auto secretary = as(StaffRole::secretary), administrator = as(StaffRole::administrator, "");
  const User officer = add_user("officer", {}, StaffRole::officer, grid("a1"));
  const User stranger = add_user("stranger", {}, StaffRole::officer, grid("b"));
  const auto officers = sign_in(officer);
  const std::string roles = "/api/v1/users/" + to_text(officer.id) + "/roles";
  const auto give = [&](const Client::Headers& as, std::string role, std::string_view code) {
    const std::string where = code.empty() ? "null" : "\"" + to_text(grid(code)) + "\"";
    return c.call("POST", roles, R"({"role":")" + role + R"(","grid_id":)" + where + "}", as);
  };
  EXPECT_EQ(code(give(secretary, "grid_head", "b")), "403 not_allowed");
  EXPECT_EQ(code(give(secretary, "administrator", "a")), "403 not_allowed");
  EXPECT_EQ(code(give(secretary, "agent", "")), "403 not_allowed");
  EXPECT_EQ(code(give(officers, "grid_head", "a")), "403 not_allowed");
  EXPECT_EQ(code(c.call("GET", "/api/v1/users", {}, officers)), "403 not_allowed");
  const Answer given = give(secretary, "grid_head", "a");
  ASSERT_EQ(given.status, 201) << given.body;
  EXPECT_EQ(c.call("GET", "/api/v1/users", {}, officers).status, 200) << "from now on";

  EXPECT_EQ(code(c.call("GET", "/api/v1/users/" + to_text(stranger.id), {}, secretary)), "404 unknown_user");
  EXPECT_EQ(c.call("GET", "/api/v1/users/" + to_text(officer.id), {}, officers).status, 200) << "oneself";
  std::string head;
  const auto person = parsed(given);
  for (const auto& role : person.at("roles").as_array())
    if (role.at("role").as_string() == "grid_head") head = role.at("id").as_string();
  EXPECT_EQ(code(c.call("DELETE", roles + "/hold_0000000000001", {}, secretary)), "404 not_found");
  EXPECT_EQ(c.call("DELETE", roles + "/" + head, {}, secretary).status, 200);
  EXPECT_EQ(code(c.call("GET", "/api/v1/users", {}, officers)), "403 not_allowed");
}

TEST_F(PeopleTest, ProgramsDoNotSignInAndTheSessionTellsItsRights) {
  add_user("program", "the seventh old willow", StaffRole::integrator);
  Client c = client();
  const auto sign = [&](const char* name) {
    return c.call("POST", "/api/v1/session",
                  R"({"name":")" + std::string(name) + R"(","password":"the seventh old willow"})",
                  {{"content-type", "application/json"}});
  };
  EXPECT_EQ(code(sign("program")), "403 not_allowed");
  add_user("auditor", "the seventh old willow", StaffRole::auditor);
  const auto session = parsed(sign("auditor"));
  EXPECT_EQ(json::serialize(session.at("rights")), R"(["console","audit.read"])");
  EXPECT_EQ(session.at("roles").at(0).at("role").as_string(), "auditor");
  EXPECT_TRUE(session.at("roles").at(0).at("grid").is_null());
}

// Support sees names masked, and may lift that with a reason, which stands in the log.
TEST_F(PeopleTest, NamesAreRevealedWithAReason) {
  const Lead lead = add_lead("lead.opened", "s/a");
  Client c = client();
  const std::string path = "/api/v1/leads/" + to_text(lead.id);
  const auto support = as(StaffRole::support);
  EXPECT_FALSE(parsed(c.call("GET", path, {}, support)).at("names_shown").as_bool());
  EXPECT_EQ(code(c.call("POST", path + "/reveal", R"({"reason":"x"})", support)), "422 bad_value");
  const Answer revealed = c.call("POST", path + "/reveal", R"({"reason":"住户打来电话核实"})", support);
  EXPECT_TRUE(parsed(revealed).at("names_shown").as_bool()) << revealed.body;
  EXPECT_EQ(code(c.call("POST", path + "/reveal", R"({"reason":"好奇好奇"})", as(StaffRole::volunteer))),
            "403 not_allowed");
  EXPECT_EQ(code(c.call("POST", path + "/reveal", R"({"reason":"好奇好奇"})", as(StaffRole::support, "b"))),
            "404 unknown_lead");
  const Answer log = c.call("GET", "/api/v1/audit?what=data.revealed", {}, as(StaffRole::administrator, ""));
  EXPECT_NE(log.body.find("住户打来电话核实"), std::string::npos) << log.body;
  // Not in plain, and it can be erased with the lead's words.
  const auto stored = [&](const char* column) {
    return write([&](Tx& tx) -> Result<std::string> {
      auto text = tx.value<std::string>("SELECT " + std::string(column) + " FROM audit WHERE what = 'data.revealed'");
      return text ? Result<std::string>(text->value_or("")) : tl::unexpected(text.error());
    });
  };
  EXPECT_EQ(stored("detail"), "");
  EXPECT_EQ(stored("after").find("住户"), std::string::npos);
  write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(audit::erase(tx, {"lead", to_text(lead.id)}));
    return true;
  });
  const auto erased = parsed(c.call("GET", "/api/v1/audit?what=data.revealed", {}, as(StaffRole::administrator, "")));
  EXPECT_TRUE(erased.at("entries").at(0).at("erased").as_bool());
  EXPECT_TRUE(erased.at("entries").at(0).at("after").is_null());
}

// What somebody is called is no plain text in a log that nothing can be removed from.
TEST_F(PeopleTest, NamesInTheLogAreSealed) {
  Client c = client();
  auto headers = as(StaffRole::administrator, "");
  const User colleague = add_user("colleague", {}, StaffRole::agent);
  auto seen = headers;
  seen["if-match"] = "\"1\"";
  EXPECT_EQ(c.call("PUT", "/api/v1/users/" + to_text(colleague.id), R"({"display_name":"周敏"})", seen).status, 200);
  const Answer rule = c.call("POST", "/api/v1/member-rules", R"({"contains":"周阿姨","role":"grid_officer"})", headers);
  ASSERT_EQ(rule.status, 201) << rule.body;
  const auto log = [&](const std::string& what) {
    const auto body = parsed(c.call("GET", "/api/v1/audit?what=" + what, {}, headers));
    return body.at("entries").at(0).as_object();
  };
  EXPECT_EQ(log("user.changed").at("before").as_string(), "王岚");
  EXPECT_EQ(log("user.changed").at("after").as_string(), "周敏");
  EXPECT_EQ(log("member_rule.added").at("after").as_string(), "周阿姨");
  EXPECT_EQ(write([&](Tx& tx) -> Result<int> {
              auto plain = tx.value<int>(
                  "SELECT count(*) FROM audit WHERE detail LIKE '%周%' OR CAST(after AS TEXT) LIKE '%周%' OR "
                  "CAST(before AS TEXT) LIKE '%王岚%'");
              return plain ? Result<int>(**plain) : tl::unexpected(plain.error());
            }),
            0);
  const std::string id(parsed(rule).at("id").as_string());
  EXPECT_EQ(c.call("DELETE", "/api/v1/member-rules/" + id, {}, headers).status, 204);
  for (const char* what : {"member_rule.added", "member_rule.removed"}) {
    EXPECT_TRUE(log(what).at("erased").as_bool()) << what;
    EXPECT_TRUE(log(what).at("after").is_null()) << what;
  }
}

TEST_F(PeopleTest, RetentionIsChangedByWhoAnswersForIt) {
  Client c = client();
  auto headers = as(StaffRole::administrator, "");
  const std::string path = "/api/v1/privacy/retention";
  const Answer seen = c.call("GET", path, {}, headers);
  EXPECT_EQ(seen.body, R"({"chatter_days":30,"lead_days":1095})");
  headers["if-match"] = seen.headers.at("etag");
  EXPECT_EQ(c.call("PUT", path, R"({"chatter_days":14,"lead_days":365})", headers).body,
            R"({"chatter_days":14,"lead_days":365})");
  EXPECT_EQ(code(c.call("PUT", path, R"({"chatter_days":7,"lead_days":365})", headers)), "412 stale");
  headers["if-match"] = "\"1\"";
  EXPECT_EQ(code(c.call("PUT", path, R"({"chatter_days":2,"lead_days":365})", headers)), "422 bad_value");
  EXPECT_EQ(parsed(c.call("GET", "/api/v1/privacy/report", {}, headers)).at("retention").at("chatter_days"), 14);
  EXPECT_EQ(code(c.call("GET", path, {}, as(StaffRole::administrator, "a"))), "403 not_allowed") << "everybody's data";
}

TEST_F(PeopleTest, TheNoticeIsForEveryone) {
  Client c = client();
  const auto headers = as(StaffRole::administrator, "");
  const Channel way = add_channel("way", false);
  Group group{.id = ids.draw<GroupId>(), .channel = way.id, .external_id = "g", .name = "荷塘苑邻里群"};
  write([&](Tx& tx) { return Groups::add(tx, group); });
  groups->keep_new(group);
  const Answer admitted = c.call(
      "POST", "/api/v1/groups/" + to_text(group.id) + "/admit",
      R"({"grid_id":")" + to_text(grid("a")) + R"(","responsible":"荷塘社区居委会","legal_basis":"公告"})", headers);
  ASSERT_EQ(admitted.status, 200) << admitted.body;
  const std::string notice(parsed(admitted)["notice"].as_string());
  const Answer page = c.call("GET", "/api/v1/notices/" + notice.substr(notice.rfind('/') + 1));
  EXPECT_EQ(parsed(page)["responsible"].as_string(), "荷塘社区居委会") << page.body;
  EXPECT_EQ(parsed(page)["opt_out_words"].as_string(), "退出邻里");
  EXPECT_EQ(code(c.call("GET", "/api/v1/notices/guessed")), "404 not_found");
}

TEST_F(PeopleTest, GridsAreChangedOnlyWhereOneMay) {
  const auto headers = as(StaffRole::administrator, "a");
  Client c = client();
  const auto put = [&](std::string body) { return c.call("PUT", "/api/v1/grids", body, headers); };
  EXPECT_EQ(put(R"({"code":"a1","level":"grid","name":"新名","parent":"a"})").status, 200);
  EXPECT_EQ(code(put(R"({"code":"b","level":"community","name":"x","parent":"s"})")), "403 not_allowed");
  EXPECT_EQ(code(put(R"({"code":"b","level":"grid","name":"x","parent":"a"})")), "403 not_allowed")
      << "taken from others";
  EXPECT_EQ(code(put(R"({"code":"new","level":"community","name":"x","parent":"s"})")), "403 not_allowed");
}

}  // namespace
}  // namespace linli::api
