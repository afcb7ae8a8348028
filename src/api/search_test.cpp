// Searching over HTTP: who finds what, what the log keeps of it.
#include "desk/search.h"
#include "api/api_for_tests.h"
#include "people/audit.h"

namespace linli::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class SearchApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    add_grids("s,street,清溪河街道,\na,community,荷塘社区,s\nb,community,望江社区,s\n");
    search.emplace(*readers, *outbox, sealer, TokenIndex::open(folder.path() / "search.db", sealer).value());
    search->start();
    services->search = &*search;
  }
  void TearDown() override {
    search.reset();
    ApiTest::TearDown();
  }
  LeadId add(const std::string& summary, const std::string& path) {
    Lead one;
    one.grid_path = path;
    one.id = ids.draw<LeadId>();
    one.opening = ids.draw<MessageId>();
    one.revision = 1;
    one.category = "water_leak";
    one.summary = summary;
    one.model_version = "model-1";
    one.asked_at = one.opened_at = one.latest_at = clock.now();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, one));
      LINLI_TRY(
          Outbox::append(tx, Event{0, "lead.opened", one.id.value, one.grid_path, "leads.read", clock.now(), {}}));
      return true;
    });
    return one.id;
  }
  Answer find(const User& user, const std::string& query) {
    EXPECT_TRUE(search->wait_until_fed(10s));
    return client().call("GET", "/api/v1/search?" + query, {}, sign_in(user));
  }

  std::optional<desk::Search> search;
};

constexpr const char* kLeaking = "q=%E6%BC%8F%E6%B0%B4";  // 漏水

TEST_F(SearchApiTest, FindsWithinScopeAndSaysWhere) {
  const User agent = add_user("agent", {}, StaffRole::agent, grid("a"));
  const User trainer = add_user("trainer", {}, StaffRole::trainer, grid("a"));
  const LeadId here = add("三楼天花板漏水了", "s/a");
  add("漏水", "s/b");
  const Answer answer = find(agent, kLeaking);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto body = parsed(answer);
  ASSERT_EQ(body.at("results").as_array().size(), 1u);
  const auto& one = body.at("results").at(0);
  EXPECT_EQ(one.at("lead").at("id").as_string(), to_text(here));
  EXPECT_TRUE(one.at("case").is_null());
  EXPECT_EQ(json::serialize(one.at("spots")),
            R"([{"in":"summary","before":"三楼天花板","words":"漏水","after":"了"}])");
  EXPECT_TRUE(body.at("next_cursor").is_null());
  EXPECT_TRUE(body.at("complete").as_bool());
  EXPECT_EQ(code(find(trainer, kLeaking)), "403 not_allowed");
}

TEST_F(SearchApiTest, TellsWhatIsWrongWithAQuestion) {
  const User admin = add_user();
  EXPECT_EQ(code(find(admin, "")), "422 missing_field");
  EXPECT_EQ(code(find(admin, "q=")), "422 bad_value");
  EXPECT_EQ(code(find(admin, "q=%E6%BC%8F")), "422 bad_value");
  EXPECT_EQ(code(find(admin, std::string(kLeaking) + "&cursor=U")), "422 bad_value");
  EXPECT_EQ(code(find(admin, "q=" + std::string(900, 'a'))), "422 too_long");
}

TEST_F(SearchApiTest, EachSearchIsInTheLogAndItsWordsAreSealed) {
  const User admin = add_user();
  ASSERT_EQ(find(admin, kLeaking).status, 200);
  const auto log = write([&](Tx& tx) { return audit::list(tx, sealer, {.what = "data.searched"}, 0, 10); });
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].entry.after, "漏水");
  EXPECT_EQ(log[0].entry.by.id, admin.id.value);
  EXPECT_EQ(log[0].entry.detail, R"({"found":0})");
  EXPECT_FALSE(log[0].sealed_after.empty());
}

}  // namespace
}  // namespace linli::api
