// The residents' side of a case in the store: files, links, their word.
#include "cases/cases.h"
#include "cases/files.h"
#include "cases/links.h"
#include "cases/public_view.h"
#include "cases/resident_policy.h"
#include "cases/signed_until.h"
#include "people/users.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using A = CaseAction;
using S = CaseState;

const Instant kNow = *parse_time("2026-11-23T10:00:00+08:00");

class ResidentsStore : public EachDatabase {
 protected:
  template <class F>
  auto with(F work) {
    auto tx = connection->begin();
    auto result = work(*tx);
    if (result) {
      EXPECT_TRUE(tx->commit());
    }
    return result;
  }
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    connection.emplace(connect());
    with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(users::add(tx, {UserId{1}, "zhou", "小周", {}, {}}, kNow));
      one.id = CaseId{7};
      one.number = "JN-20261123-0001";
      one.grid_path = "jn/ht";
      one.category = "water_leak";
      one.state = S::reported_done;
      one.opened_by = one.assignee = UserId{1};
      one.opened_at = one.due_from = kNow;
      one.done_at = kNow + 1h;
      one.content.contact_phone = "13800001111";
      LINLI_TRY(case_store::insert(tx, sealer, one));
      return true;
    });
  }
  cases::Office office(Instant now) { return {sealer, ids, tree, TimeZone::shanghai(), now}; }
  Result<Case> hear(cases::Said said, Instant now = kNow + 2h) {
    return with([&](Tx& tx) -> Result<Case> {
      auto stored = case_store::find(tx, sealer, one.id);
      return cases::hear(tx, office(now), **stored, said);
    });
  }
  std::int64_t count(std::string_view sql) {
    return **with([&](Tx& tx) { return tx.value<std::int64_t>(sql); });
  }
  static std::string code(const auto& result) { return result ? "" : std::string(name(result.error().code)); }

  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  GridTree tree;
  Case one;
  std::optional<Connection> connection;
};
ON_EACH_DATABASE(ResidentsStore);

TEST_P(ResidentsStore, YesCloses) {
  const auto closed = hear({.action = A::close, .note = "谢谢", .stars = 5});
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->state, S::closed);
  EXPECT_EQ(closed->stars, 5);
  EXPECT_EQ(closed->closed_at, kNow + 2h);
  EXPECT_EQ(count("SELECT COUNT(*) FROM case_ratings WHERE fixed = 1 AND stars = 5"), 1);
  const auto entries = with([&](Tx& tx) { return case_store::timeline(tx, sealer, one.id); });
  EXPECT_EQ(entries->back().kind, "resident_close");
  EXPECT_EQ(entries->back().note, "谢谢");
  EXPECT_FALSE(entries->back().by);
  EXPECT_EQ(code(hear({.action = A::close})), "not_in_state");
  EXPECT_EQ(code(hear({.action = A::rate})), "missing_field") << "stars";
  EXPECT_EQ(hear({.action = A::rate, .stars = 3})->stars, 3);
  EXPECT_EQ(code(hear({.action = A::archive})), "not_allowed") << "not a resident's step";
}

TEST_P(ResidentsStore, NoOpensAgainForSevenDays) {
  ASSERT_TRUE(hear({.action = A::close}));
  const Instant closed = kNow + 2h;
  EXPECT_EQ(code(hear({.action = A::reopen, .note = "又漏了"}, closed + 7 * 24h + 1s)), "reopen_over");
  const auto again = hear({.action = A::reopen, .note = "又漏了"}, closed + 7 * 24h);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->state, S::reopened);
  EXPECT_EQ(again->assignee, UserId{1}) << "it is with who had it";
  EXPECT_EQ(count("SELECT COUNT(*) FROM case_ratings WHERE fixed = 0"), 1);
}

TEST_P(ResidentsStore, LinksFollowTheCase) {
  const auto token = with([&](Tx& tx) {
    return public_links::make(tx, sealer, {.case_id = one.id, .speaks = true, .made_at = kNow, .until = kNow + 1h});
  });
  ASSERT_TRUE(token);
  EXPECT_EQ(token->size(), 22u);
  const auto at = [&](Instant now) {
    return *with([&](Tx& tx) { return public_links::find(tx, sealer, *token, now); });
  };
  ASSERT_TRUE(at(kNow));
  EXPECT_TRUE(at(kNow)->speaks);
  EXPECT_FALSE(at(kNow + 1h)) << "run out";
  EXPECT_FALSE(*with([&](Tx& tx) { return public_links::find(tx, sealer, "AAAAAAAAAAAAAAAAAAAAAA", kNow); }));
  const auto standing = [&] {
    const auto found = at(kNow);
    return *with([&](Tx& tx) { return public_links::follow(tx, sealer, *found); });
  };
  ASSERT_TRUE(standing());
  EXPECT_EQ(standing()->one->number, one.number);
  EXPECT_EQ(standing()->asked_at, kNow);
  with([&](Tx& tx) { return public_links::opened(tx, sealer, *token); });
  EXPECT_EQ(count("SELECT opened FROM public_links"), 1);
  with([&](Tx& tx) { return tx.run("UPDATE cases SET confidential = 1"); });
  EXPECT_FALSE(standing()) << "confidential: there is none";
  with([&](Tx& tx) { return public_links::revoke(tx, one); });
  EXPECT_EQ(count("SELECT COUNT(*) FROM public_links"), 0);
}

TEST_P(ResidentsStore, FilesWaitForAStep) {
  const auto add = [&](std::int64_t id, UserId by, std::optional<std::string_view> key, Instant at) {
    return with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(case_files::add(tx, sealer,
                                {.id = FileId{id},
                                 .blob = "digest",
                                 .name = "照片.jpg",
                                 .media_type = "image/jpeg",
                                 .size = 3,
                                 .width = 4,
                                 .height = 5,
                                 .taken = R"({"at":null})",
                                 .at = at,
                                 .by = by},
                                key));
      return true;
    });
  };
  ASSERT_TRUE(add(1, UserId{1}, {}, kNow));
  ASSERT_TRUE(add(2, {}, "key-2", kNow));
  const auto bind = [&](std::int64_t id, UserId by) {
    const FileId file{id};
    return with([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(case_files::bind(tx, {&file, 1}, by, one.id, 3, true));
      return true;
    });
  };
  EXPECT_EQ(code(bind(1, {})), "bad_value") << "not theirs";
  EXPECT_EQ(code(bind(9, UserId{1})), "bad_value");
  EXPECT_TRUE(bind(1, UserId{1}));
  EXPECT_EQ(code(bind(1, UserId{1})), "bad_value") << "named once";
  const std::string keys[] = {"key-2"}, wrong[] = {"key-3"};
  const auto by_keys = [&](std::span<const std::string> which, Instant now) {
    return with([&](Tx& tx) { return case_files::by_keys(tx, sealer, which, now); });
  };
  EXPECT_EQ(by_keys(keys, kNow)->at(0).id, FileId{2});
  EXPECT_EQ(code(by_keys(wrong, kNow)), "bad_value");
  EXPECT_EQ(code(by_keys(keys, kNow + 1h)), "bad_value") << "its hour is over";
  const auto files = *with([&](Tx& tx) { return case_files::of_case(tx, sealer, one.id); });
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name, "照片.jpg");
  EXPECT_EQ(files[0].seq, 3);
  EXPECT_TRUE(files[0].shown);
  EXPECT_EQ(files[0].taken, R"({"at":null})");
  EXPECT_EQ(*with([&](Tx& tx) { return case_files::forget(tx, kNow + 2h); }), 1) << "nobody named it";
  EXPECT_EQ(count("SELECT COUNT(*) FROM files"), 1);
}

TEST_P(ResidentsStore, ErasingTakesFilesAndLinks) {
  with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(public_links::make(tx, sealer, {.case_id = one.id, .speaks = true, .made_at = kNow}));
    LINLI_TRY(case_files::add(tx, sealer, {.id = FileId{1}, .blob = "digest", .at = kNow, .by = UserId{1}}));
    LINLI_TRY(tx.run("UPDATE files SET case_id = 7, seq = 1"));
    LINLI_TRY(tx.run("UPDATE cases SET is_open = 0, closed_at = $1", {kNow}));
    LINLI_TRY(cases::empty_old(tx, kNow + 1h, kNow + 1h, 10));
    return true;
  });
  EXPECT_EQ(count("SELECT COUNT(*) FROM files"), 0);
  EXPECT_EQ(count("SELECT COUNT(*) FROM public_links"), 0);
}

TEST_P(ResidentsStore, ThePolicyIsKept) {
  const ResidentPolicy policy{"荷塘社区", {{"值班", "028-1234567"}}, true, true};
  EXPECT_TRUE(*with([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(resident_policy::set(tx, policy, 0, {}, kNow));
    auto again = resident_policy::load(tx);
    return again && again->first == policy && again->second == 1;
  }));
}

TEST(SignedUntil, HoldsForItsUseAndTime) {
  const Sealer sealer = Sealer::for_test();
  const std::string text = sign_until(sealer, "files.url", "file_1", kNow);
  EXPECT_EQ(signed_until(sealer, "files.url", text, kNow), "file_1");
  EXPECT_FALSE(signed_until(sealer, "files.url", text, kNow + 1ms));
  EXPECT_FALSE(signed_until(sealer, "other.url", text, kNow));
  EXPECT_FALSE(signed_until(Sealer::for_test(2), "files.url", text, kNow));
  std::string later = text;
  later[later.find('.') + 1] = '9';
  EXPECT_FALSE(signed_until(sealer, "files.url", later, kNow));
  for (const char* wrong : {"", ".", "a.b", "a.1.", "..", "file_1.99999999999999999999.aa"})
    EXPECT_FALSE(signed_until(sealer, "files.url", wrong, kNow)) << wrong;
}

TEST(PublicView, TellsWhatHappenedAndNoMore) {
  std::vector<CaseEntry> timeline;
  const auto add = [&](const char* kind, S state, bool open) {
    CaseEntry e;
    e.seq = static_cast<int>(timeline.size()) + 1;
    e.at = kNow + std::chrono::minutes(e.seq);
    e.kind = kind;
    e.state = state;
    e.open_to_residents = open;
    e.note = "李姐 13800001111";
    timeline.push_back(std::move(e));
  };
  add("dispatched_from_lead", S::dispatched, true);
  add("transfer", S::transferred, false);
  add("accept", S::accepted, true);
  add("note", S::accepted, false);
  add("resident_note", S::accepted, true);
  add("report_done", S::reported_done, true);
  std::string codes;
  for (const auto& step : public_view::steps(timeline, kNow)) (codes += step.code) += ' ';
  EXPECT_EQ(codes, "received assigned accepted noted done ");
  for (std::size_t s = 0; s < kCaseStates; ++s) {
    const std::string key = "public.state." + std::string(public_view::state(static_cast<S>(s)));
    EXPECT_NE(phrase(key, {}, Language::zh), key);
  }
}

}  // namespace
}  // namespace linli
