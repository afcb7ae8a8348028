// Fields, merging, splitting, moving, many at once over HTTP.
#include "api/api_for_tests.h"
#include "channels/messages.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class LeadCorrectionsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    services->moved = [this](Placing::Moved one) {
      const std::lock_guard lock(mutex);
      moved.push_back(std::move(one));
    };
    services->reopened = [this](LeadId) {
      const std::lock_guard lock(mutex);
      ++reopened;
    };
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\nb,community,望江社区,s\n");
  }

  // A lead with that many messages.
  Lead add(std::size_t count, std::string path = "s/a") {
    Lead lead = add_lead("lead.opened", std::move(path));
    write([&](Tx& tx) -> Result<bool> {
      for (std::size_t i = 0; i < count; ++i) {
        Message m;
        m.id = "m" + std::to_string(ids.next());
        m.text = "水管又漏了";
        m.sent_at = clock.now();
        const MessageRow row{.id = ids.draw<MessageId>(),
                             .channel = ChannelId{1},
                             .group = group,
                             .sent_at = m.sent_at,
                             .received_at = m.sent_at,
                             .role = m.role,
                             .type = m.type,
                             .live = true,
                             .body = seal_body(sealer, m)};
        LINLI_TRY(insert_messages(tx, std::span(&row, 1)));
        const lead_store::LinkRow link{row.id, lead.id, Act::report, 1, {}};
        LINLI_TRY(lead_store::link(tx, std::span(&link, 1)));
      }
      LINLI_TRY(lead_store::update_facts(tx, lead));
      return true;
    });
    return lead;
  }
  std::vector<MessageId> messages(LeadId lead) {
    std::vector<MessageId> out;
    write([&](Tx& tx) -> Result<bool> {
      auto links = lead_store::links(tx, sealer, lead);
      for (const LeadLink& link : *links) out.push_back(link.message);
      return true;
    });
    return out;
  }
  Answer call(const char* method, const Lead& lead, const std::string& what, const std::string& body,
              std::optional<int> seen = {}) {
    auto with = headers;
    if (seen) with["if-match"] = "\"" + std::to_string(*seen) + "\"";
    return client().call(method, "/api/v1/leads/" + to_text(lead.id) + what, body, with);
  }
  json::object card(const Lead& lead) {
    return parsed(client().call("GET", "/api/v1/leads/" + to_text(lead.id), {}, headers));
  }

  GroupId group{9};
  Client::Headers headers;
  std::mutex mutex;
  std::vector<Placing::Moved> moved;
  int reopened = 0;
};

TEST_F(LeadCorrectionsTest, FieldsAreSetAndGivenBack) {
  headers = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  const Lead lead = add(1);
  EXPECT_EQ(code(call("PATCH", lead, "", R"({"category":"gas"})")), "428 precondition_required");
  const struct {
    const char *body, *field;
  } wrong[] = {{R"({"category":"nonsense"})", "category"}, {R"({"urgency":5})", "urgency"},
               {R"({"urgency":1.5})", "urgency"},          {R"({"urgency":"1"})", "urgency"},
               {R"({"summary":""})", "summary"},           {R"({"state":"open"})", "state"}};
  for (const auto& row : wrong) {
    const Answer answer = call("PATCH", lead, "", row.body, 0);
    EXPECT_EQ(answer.status, 422) << row.body << answer.body;
    EXPECT_EQ(parsed(answer)["field"].as_string(), row.field);
  }
  const Answer set = call("PATCH", lead, "", R"({"category":"gas","urgency":1,"summary":"楼道有燃气味"})", 0);
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.headers.at("etag"), "\"1\"");
  EXPECT_EQ(parsed(set)["category"].as_string(), "gas");
  EXPECT_EQ(json::serialize(parsed(set)["by_person"]), R"(["category","urgency","summary"])");
  const auto history = card(lead)["history"].as_array();
  EXPECT_EQ(history.at(0).at("actor").at("kind").as_string(), "person");
  EXPECT_EQ(code(call("PATCH", lead, "", R"({"urgency":2})", 0)), "412 stale");
  const Answer back = call("PATCH", lead, "", R"({"category":null,"summary":null})", 1);
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(parsed(back)["category"].as_string(), "water_leak");
  EXPECT_EQ(json::serialize(parsed(back)["by_person"]), R"(["urgency"])");
  const Answer urgency = call("PATCH", lead, "", R"({"urgency":null})", 2);
  ASSERT_EQ(urgency.status, 200) << urgency.body;
  EXPECT_EQ(parsed(urgency)["urgency"], 2);
  EXPECT_TRUE(parsed(urgency)["by_person"].as_array().empty());
}

TEST_F(LeadCorrectionsTest, MergeSplitMoveAndBack) {
  headers = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  const Lead one = add(1), two = add(2);
  const Answer merged = call("POST", one, "/merge", "{\"into\":\"" + to_text(two.id) + "\"}", 0);
  ASSERT_EQ(merged.status, 200) << merged.body;
  EXPECT_EQ(merged.headers.at("etag"), "\"1\"");
  EXPECT_EQ(parsed(merged)["lead"].at("merged_into").as_string(), to_text(two.id));
  EXPECT_EQ(parsed(merged)["other"].at("message_count"), 3);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].from, one.id);
  EXPECT_EQ(moved[0].to->lead, two.id);
  EXPECT_EQ(code(call("POST", one, "/confirm", {}, 0)), "409 already_decided");
  const Answer apart = call("POST", one, "/unmerge", {}, 1);
  ASSERT_EQ(apart.status, 200) << apart.body;
  EXPECT_EQ(parsed(apart)["lead"].at("state").as_string(), "open");
  EXPECT_EQ(moved.size(), 2u);

  const auto picked = messages(two.id);
  const Answer parts = call("POST", two, "/split", "{\"messages\":[\"" + to_text(picked[1]) + "\"]}", 0);
  ASSERT_EQ(parts.status, 200) << parts.body;
  const auto made = parse_id<LeadTag>(parsed(parts)["other"].at("id").as_string());
  ASSERT_TRUE(made);
  EXPECT_EQ(messages(*made), std::vector{picked[1]});
  EXPECT_EQ(code(call("POST", two, "/split", R"({"messages":[]})", 1)), "422 missing_field");
  EXPECT_EQ(code(call("POST", two, "/split", R"({"messages":["x"]})", 1)), "422 bad_value");
  EXPECT_EQ(code(call("POST", two, "/split", "{\"messages\":[\"" + to_text(picked[0]) + "\"]}", 1)),
            "409 last_message");

  const Lead three = add(2);
  const std::string path = "/messages/" + to_text(messages(three.id)[0]) + "/move";
  EXPECT_EQ(code(call("POST", three, path, "{}", 0)), "422 missing_field");
  const Answer put = call("POST", three, path, "{\"to\":\"" + to_text(two.id) + "\"}", 0);
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(parsed(put)["other"].at("message_count"), 2);
  EXPECT_EQ(code(call("POST", three, path, R"({"to":null})", 1)), "404 not_found") << "it stands there no more";
  EXPECT_EQ(code(call("POST", three, "/messages/x/move", R"({"to":null})", 1)), "404 not_found");
}

TEST_F(LeadCorrectionsTest, NothingReachesBeyondOnesGridsAndRights) {
  const Lead here = add(2), there = add(2, "s/b"), also = add(1);
  headers = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  const std::string into = "{\"into\":\"" + to_text(there.id) + "\"}";
  const Answer refused = call("POST", here, "/merge", into, 0);
  EXPECT_EQ(code(refused), "404 unknown_lead");
  EXPECT_EQ(parsed(refused)["field"].as_string(), "into");
  EXPECT_EQ(code(call("POST", there, "/merge", "{\"into\":\"" + to_text(here.id) + "\"}", 0)), "404 unknown_lead");
  EXPECT_EQ(code(call("POST", here, "/messages/" + to_text(messages(here.id)[0]) + "/move",
                      "{\"to\":\"" + to_text(there.id) + "\"}", 0)),
            "404 unknown_lead");
  EXPECT_EQ(code(call("GET", there, "/similar", {})), "404 unknown_lead");
  const Answer like = call("GET", here, "/similar", {});
  ASSERT_EQ(like.status, 200) << like.body;
  ASSERT_EQ(parsed(like)["leads"].as_array().size(), 1u);
  EXPECT_EQ(parsed(like)["leads"].at(0).at("lead").at("id").as_string(), to_text(also.id));
  EXPECT_FALSE(parsed(like)["leads"].at(0).at("reasons").as_array().empty());
  EXPECT_TRUE(moved.empty());

  headers = sign_in(add_user("volunteer", {}, StaffRole::volunteer, grid("a")));
  const std::string id = "{\"into\":\"" + to_text(also.id) + "\"}";
  EXPECT_EQ(code(call("POST", here, "/merge", id, 0)), "403 not_allowed");
  EXPECT_EQ(code(call("PATCH", here, "", R"({"urgency":1})", 0)), "403 not_allowed");
  EXPECT_EQ(code(client().call("POST", "/api/v1/leads/bulk", "{}", headers)), "403 not_allowed");
  EXPECT_EQ(call("GET", here, "/similar", {}).status, 200) << "whoever reads leads";
}

TEST_F(LeadCorrectionsTest, ManyAtOnce) {
  headers = sign_in(add_user("agent", {}, StaffRole::agent, grid("a")));
  const Lead one = add(1), two = add(1), into = add(1), far = add(1, "s/b");
  const auto item = [](const Lead& lead, int version) {
    return "{\"id\":\"" + to_text(lead.id) + "\",\"decision_version\":" + std::to_string(version) + "}";
  };
  const auto ask = [&](const std::string& rest, const std::string& leads) {
    return client().call("POST", "/api/v1/leads/bulk", "{" + rest + ",\"leads\":[" + leads + "]}", headers);
  };
  const std::string merge = "\"action\":\"merge\",\"into\":\"" + to_text(into.id) + "\"";
  const std::string all = item(one, 0) + "," + item(two, 3) + "," + item(far, 0);
  const struct {
    std::string rest, leads, code, field;
  } wrong[] = {{"\"action\":\"erase\"", all, "422 bad_value", "action"},
               {"\"action\":\"dismiss\"", all, "422 missing_field", "reason"},
               {"\"action\":\"merge\"", all, "422 missing_field", "into"},
               {"\"action\":\"confirm\",\"into\":\"x\"", all, "422 bad_value", "into"},
               {"\"action\":\"confirm\"", item(one, 0) + "," + item(one, 0), "409 duplicate", "leads[1].id"},
               {"\"action\":\"confirm\"", "{\"id\":\"x\",\"decision_version\":0}", "422 bad_value", "leads[0].id"},
               {"\"action\":\"confirm\"", "{\"id\":\"" + to_text(one.id) + "\"}", "422 missing_field",
                "leads[0].decision_version"},
               {merge, item(into, 0), "422 bad_value", "into"}};
  for (const auto& row : wrong) {
    const Answer answer = ask(row.rest, row.leads);
    EXPECT_EQ(code(answer), row.code) << row.rest << answer.body;
    EXPECT_EQ(parsed(answer)["field"].as_string(), row.field);
  }
  const auto dry = parsed(ask(merge + ",\"dry_run\":true", all));
  EXPECT_EQ(dry.at("done"), 1);
  EXPECT_TRUE(dry.at("batch").is_null());
  EXPECT_EQ(card(one)["state"].as_string(), "open");
  const Answer answer = ask(merge, all);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto done = parsed(answer);
  EXPECT_EQ(done.at("done"), 1);
  EXPECT_EQ(done.at("not_done"), 2);
  EXPECT_EQ(done.at("leads").at(1).at("problem").at("code").as_string(), "stale");
  EXPECT_EQ(done.at("leads").at(2).at("problem").at("code").as_string(), "unknown_lead");
  EXPECT_TRUE(done.at("leads").at(2).at("lead").is_null());
  EXPECT_EQ(card(one)["state"].as_string(), "merged");
  EXPECT_EQ(moved.size(), 1u);
  const std::string undo = "/api/v1/leads/bulk/" + std::string(done.at("batch").as_string()) + "/undo";
  const Answer back = client().call("POST", undo, {}, headers);
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(parsed(back)["done"], 1);
  EXPECT_EQ(card(one)["state"].as_string(), "open");
  EXPECT_EQ(moved.size(), 2u);
  EXPECT_EQ(reopened, 1);
  EXPECT_EQ(code(client().call("POST", "/api/v1/leads/bulk/x/undo", {}, headers)), "404 not_found");
  const auto other = sign_in(add_user("far", {}, StaffRole::agent, grid("b")));
  EXPECT_EQ(code(client().call("POST", undo, {}, other)), "404 not_found") << "nothing of it is theirs";
}

}  // namespace
}  // namespace linli::api
