#include "people/audit.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "people/users.h"
#include "store/databases_for_tests.h"
#include "store/files.h"

namespace linli {
namespace {

using namespace std::chrono_literals;
using audit::Flaw;

class AuditTest : public EachDatabase {
 protected:
  const Instant now = from_millis(1795401130344);
  const Sealer sealer = Sealer::for_test();

  audit::Entry entry(std::string what, std::string object_id = "lead_1") const {
    audit::Entry e;
    e.at = now;
    e.by = audit::By::user(UserId{5});
    e.what = std::move(what);
    e.object_kind = "lead";
    e.object_id = std::move(object_id);
    e.address = "192.0.2.7";
    e.detail = R"({"revision":2})";
    return e;
  }
  void add(Connection& c, const audit::Entry& e) {
    in_transaction(c, [&](Tx& tx) { ASSERT_TRUE(audit::add(tx, sealer, e)); });
  }
  void ten_entries(Connection& c) {
    for (int i = 1; i <= 10; ++i) add(c, entry("lead.confirmed", "lead_" + std::to_string(i)));
  }
  // What someone with the database in hands does: the triggers first.
  void attack(Tx& tx, std::string_view sql) {
    const bool postgres = GetParam() == Engine::postgres;
    for (const std::string trigger : {"audit_unchanged", "audit_unremoved"})
      ASSERT_TRUE(tx.run("DROP TRIGGER " + trigger + (postgres ? " ON audit" : "")));
    while (!sql.empty()) {
      const auto end = sql.find("; ");
      ASSERT_TRUE(tx.run(sql.substr(0, end))) << sql;
      sql.remove_prefix(end == sql.npos ? sql.size() : end + 2);
    }
  }
  // "changed 5, missing 6 (2)"
  std::string verdict(Connection& c, std::span<const audit::Anchor> anchors = {}) {
    auto tx = c.begin(Access::read);
    return verdict(*tx, anchors);
  }
  std::string verdict(Tx& tx, std::span<const audit::Anchor> anchors = {}) {
    const auto found = audit::verify(tx, sealer, anchors);
    if (!found) return std::string(name(found.error().code));
    std::string out;
    for (const Flaw& flaw : found->flaws) {
      ((out += out.empty() ? "" : ", ") += name(flaw.kind)) += " " + std::to_string(flaw.sequence);
      if (flaw.count != 1) out += " (" + std::to_string(flaw.count) + ")";
    }
    EXPECT_EQ(static_cast<std::size_t>(found->flaw_count), found->flaws.size());
    return out;
  }
};

TEST_P(AuditTest, EntriesAreChainedAndComeBackAsTheyWere) {
  Connection c = connect();
  EXPECT_EQ(verdict(c), "");
  in_transaction(c, [&](Tx& tx) {
    ASSERT_TRUE(users::add(tx, {UserId{5}, "admin", "王岚", "", std::nullopt}, now));
    auto first = entry("sign_in.succeeded");
    first.before = "{}", first.after = R"({"name":"x"})";
    EXPECT_EQ(audit::add(tx, sealer, first).value(), 1);
    auto second = entry("channel.added");
    second.by = audit::By::command();
    EXPECT_EQ(audit::add(tx, sealer, second).value(), 2);
  });
  EXPECT_EQ(verdict(c), "");
  auto tx = c.begin(Access::read);
  const auto all = audit::list(*tx, sealer, {}, 0, 10);
  ASSERT_TRUE(all) << for_terminal(all.error(), Language::en);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].sequence, 2);
  const audit::Recorded& first = (*all)[1];
  EXPECT_EQ(first.entry.what, "sign_in.succeeded");
  EXPECT_EQ(to_text(first.entry.by), linli::to_text(UserId{5}));
  EXPECT_EQ(first.by_name, "王岚");
  EXPECT_EQ(first.entry.address, "192.0.2.7");
  EXPECT_EQ(first.entry.before, "{}");
  EXPECT_EQ(first.entry.after, R"({"name":"x"})");
  EXPECT_EQ(first.entry.at, now);
  EXPECT_EQ(first.hash.size(), 32u);
  EXPECT_NE(audit::to_json(first).find("\"by_name\":\"王岚\""), std::string::npos);
}

// The form of the hash is a promise to whoever verifies an export: this value was computed by another program.
TEST_P(AuditTest, TheHashIsWhatTheHeaderSays) {
  Connection c = connect();
  add(c, entry("lead.confirmed"));
  auto tx = c.begin(Access::read);
  const auto head = audit::head(*tx);
  ASSERT_TRUE(head);
  const std::string line = audit::anchor_line(sealer, *head, now);
  EXPECT_EQ(line.substr(0, line.rfind(' ')),
            "2026-11-23T02:32:10.344Z 1 b177473201e6b930afe5306b275be72f2bd0abe62b8547aa30de988a98cce4c8");
}

TEST_P(AuditTest, AreOnlyAddedTo) {
  Connection c = connect();
  ten_entries(c);
  for (const char* sql : {"UPDATE audit SET what = 'x' WHERE sequence = 3", "DELETE FROM audit WHERE sequence = 3"}) {
    auto tx = c.begin();
    EXPECT_FALSE(tx->run(sql)) << sql;
  }
  EXPECT_EQ(verdict(c), "");
}

TEST_P(AuditTest, FindsEveryKindOfTampering) {
  const struct {
    const char *story, *sql, *verdict;
  } rows[] = {
      {"what was done", "UPDATE audit SET what = 'lead.dismissed' WHERE sequence = 5", "changed 5"},
      {"who did it", "UPDATE audit SET by_id = 6 WHERE sequence = 1", "changed 1"},
      {"when", "UPDATE audit SET at = at + 1 WHERE sequence = 10", "changed 10"},
      {"from where", "UPDATE audit SET address = '' WHERE sequence = 2", "changed 2"},
      {"a letter moved from one column to the next",
       "UPDATE audit SET object_kind = 'lea', object_id = 'd' || object_id WHERE sequence = 4", "changed 4"},
      {"a middle entry removed", "DELETE FROM audit WHERE sequence = 5", "missing 5"},
      {"several removed", "DELETE FROM audit WHERE sequence IN (2, 3, 7)", "missing 2 (2), missing 7"},
      {"the first removed", "DELETE FROM audit WHERE sequence = 1", "missing 1"},
      {"the gap closed", "DELETE FROM audit WHERE sequence = 9; UPDATE audit SET sequence = 9 WHERE sequence = 10",
       "changed 9, cut_off 10"},
      {"the tail removed", "DELETE FROM audit WHERE sequence > 7", "cut_off 8 (3)"},
      {"all removed", "DELETE FROM audit", "cut_off 1 (10)"},
      {"two swapped",
       "UPDATE audit SET sequence = 99 WHERE sequence = 4; UPDATE audit SET sequence = 4 WHERE sequence = 5; UPDATE "
       "audit SET sequence = 5 WHERE sequence = 99",
       "changed 4, changed 5, changed 6"},
      {"one added",
       "INSERT INTO audit SELECT 11, at, by_kind, by_id, what, object_kind, object_id, address, detail, key_id, "
       "before, after, hash FROM audit WHERE sequence = 10",
       "changed 11, head 11"},
      {"one added before all",
       "INSERT INTO audit SELECT 0, at, by_kind, by_id, what, object_kind, object_id, address, detail, key_id, "
       "before, after, hash FROM audit WHERE sequence = 10",
       "changed 0"},
      {"the tail removed and the end written anew",
       "DELETE FROM audit WHERE sequence > 7; UPDATE audit_head SET sequence = 7, hash = (SELECT hash FROM audit WHERE "
       "sequence = 7)",
       "head 7"},
      {"the end removed", "DELETE FROM audit_head", "head 10"},
  };
  Connection c = connect();
  ten_entries(c);
  for (const auto& row : rows) {
    // All in one transaction that is not kept: the next attacker finds the log whole.
    auto tx = c.begin();
    attack(*tx, row.sql);
    EXPECT_EQ(verdict(*tx), row.verdict) << row.story;
    tx->rollback();
    EXPECT_EQ(verdict(c), "") << row.story;
  }
}

// Whoever has the database but not the key computes the whole chain anew, or brings an old end back: the anchors tell.
TEST_P(AuditTest, AnchorsFindWhatTheDatabaseAloneCannot) {
  Connection c = connect();
  ten_entries(c);
  const auto file = folder() / "audit.anchors";
  std::string old_sealed;
  in_transaction(c, [&](Tx& tx) {
    ASSERT_TRUE(audit::keep_anchor(file, sealer, *audit::head(tx), now));
    ASSERT_TRUE(audit::keep_anchor(file, sealer, *audit::head(tx), now));  // the same again
    old_sealed = **tx.value<std::string>("SELECT sealed FROM audit_head");
  });
  ten_entries(c);
  in_transaction(c, [&](Tx& tx) { ASSERT_TRUE(audit::keep_anchor(file, sealer, *audit::head(tx), now + 1h)); });
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::string text = *files::read(file);
  const auto anchors = audit::read_anchors(sealer, text);
  ASSERT_EQ(anchors.size(), 2u);
  EXPECT_EQ(anchors[1].head.sequence, 20);
  EXPECT_EQ(anchors[1].at, now + 1h);
  EXPECT_EQ(verdict(c, anchors), "");

  // Back to the state of entry 10, with its genuine end.
  in_transaction(c, [&](Tx& tx) {
    attack(tx, "DELETE FROM audit WHERE sequence > 10");
    ASSERT_TRUE(
        tx.run("UPDATE audit_head SET sequence = 10, hash = (SELECT hash FROM audit WHERE sequence = 10), "
               "sealed = $1",
               {Blob{old_sealed}}));
  });
  EXPECT_EQ(verdict(c), "");
  EXPECT_EQ(verdict(c, anchors), "cut_off 11 (10)");
  // … and other things written instead of what was there.
  for (int i = 0; i < 12; ++i) add(c, entry("lead.dismissed"));
  EXPECT_EQ(verdict(c), "");
  EXPECT_EQ(verdict(c, anchors), "anchor 20");

  // Anchors cannot be made or changed without the key; a line that a crash cut off is no attack.
  std::string forged = text;
  forged.replace(forged.find(" 20 "), 4, " 22 ");
  const auto changed = audit::read_anchors(sealer, forged + "2026-11-23T");
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(verdict(c, changed), "anchor_false 2");
  EXPECT_EQ(verdict(c, audit::read_anchors(Sealer::for_test(2), text)), "anchor_false 1, anchor_false 2");
}

TEST_P(AuditTest, ValuesOfAPersonAreSealedAndErasedWithoutBreakingTheChain) {
  Connection c = connect();
  auto e = entry("resident.changed");
  e.before = "周阿姨 13800000000", e.after = "周阿姨 13900000000";
  e.person = audit::Person{"resident", "r1"};
  add(c, e);
  add(c, e);
  auto other = e;
  other.person->id = "r2";
  add(c, other);
  in_transaction(c, [&](Tx& tx) {
    EXPECT_EQ(**tx.value<int>("SELECT count(*) FROM person_keys"), 2);
    EXPECT_EQ((**tx.value<std::string>("SELECT before FROM audit WHERE sequence = 1")).find("周"), std::string::npos);
    auto read = audit::list(tx, sealer, {}, 0, 10);
    ASSERT_TRUE(read) << for_terminal(read.error(), Language::en);
    EXPECT_EQ((*read)[2].entry.before, e.before);
    EXPECT_EQ((*read)[2].entry.after, e.after);
    EXPECT_EQ((*read)[2].entry.person->id, "r1");
    ASSERT_TRUE(audit::erase(tx, *e.person));
    ASSERT_TRUE(audit::erase(tx, *e.person));
    read = audit::list(tx, sealer, {}, 0, 10);
    ASSERT_TRUE(read);
    for (int at : {1, 2}) {
      EXPECT_TRUE((*read)[at].erased);
      EXPECT_EQ((*read)[at].entry.before, "");
      EXPECT_FALSE((*read)[at].entry.person);
    }
    EXPECT_FALSE((*read)[0].erased);
    EXPECT_EQ((*read)[0].entry.before, e.before);
  });
  EXPECT_EQ(verdict(c), "");
  add(c, e);  // known again, by another key
  EXPECT_EQ(verdict(c), "");
}

TEST_P(AuditTest, IsFilteredAndPaged) {
  Connection c = connect();
  ten_entries(c);
  auto e = entry("sign_in.failed", "usr_1");
  e.by = {};
  e.object_kind = "user";
  e.at = now + 1h;
  add(c, e);
  e.what = "sign_in.succeeded", e.by = audit::By::user(UserId{6});
  add(c, e);
  e.what = "sign_inner.x", e.by = audit::By::command();
  add(c, e);
  e.what = "sign_out", e.object_id = "usr_9";
  add(c, e);
  auto tx = c.begin(Access::read);
  const auto found = [&](const audit::Filter& filter, std::int64_t before = 0, int limit = 100) {
    std::string out;
    const auto read = audit::list(*tx, sealer, filter, before, limit);
    if (!read) return for_terminal(read.error(), Language::en);
    for (const auto& one : *read) (out += out.empty() ? "" : " ") += std::to_string(one.sequence);
    std::vector<std::int64_t> each;
    EXPECT_TRUE(audit::each(*tx, sealer, filter, [&](const audit::Recorded& r) -> Result<void> {
      each.push_back(r.sequence);
      return {};
    }));
    if (before == 0 && limit == 100) {
      EXPECT_EQ(each.size(), read->size());
    }
    return out;
  };
  EXPECT_EQ(found({}), "14 13 12 11 10 9 8 7 6 5 4 3 2 1");
  EXPECT_EQ(found({}, 0, 2), "14 13");
  EXPECT_EQ(found({}, 12, 2), "11 10");
  EXPECT_EQ(found({.what = "sign_in"}), "12 11");
  EXPECT_EQ(found({.what = "sign_in.failed"}), "11");
  EXPECT_EQ(found({.by = audit::By::user(UserId{6})}), "12");
  EXPECT_EQ(found({.what = "sign_out"}), "14");
  EXPECT_EQ(found({.what = "sign"}), "");
  EXPECT_EQ(found({.object_id = "usr_9"}), "14");
  EXPECT_EQ(found({.what = "sign_out", .object_kind = "user", .object_id = "usr_1"}), "");
  EXPECT_EQ(found({.by = audit::By::command()}), "14 13");
  EXPECT_EQ(found({.by = audit::By{}}), "11");
  EXPECT_EQ(found({.object_kind = "lead", .object_id = "lead_3"}), "3");
  EXPECT_EQ(found({.from = now + 1h}), "14 13 12 11");
  EXPECT_EQ(found({.what = "lead", .to = now}), "");
}

// Two nodes on one PostgreSQL: each waits for the other's commit, and both ends fit together.
TEST_P(AuditTest, TheChainNeverForks) {
  std::vector<std::thread> nodes;
  for (int node = 0; node < 3; ++node)
    nodes.emplace_back([&] {
      Connection c = connect();
      for (int i = 0; i < 40; ++i) add(c, entry("lead.confirmed"));
    });
  for (auto& node : nodes) node.join();
  Connection c = connect();
  EXPECT_EQ(verdict(c), "");
  auto tx = c.begin(Access::read);
  EXPECT_EQ(audit::head(*tx)->sequence, 120);
}

TEST_P(AuditTest, WhatIsRolledBackLeavesNothing) {
  Connection c = connect();
  add(c, entry("lead.confirmed"));
  {
    auto tx = c.begin();
    ASSERT_TRUE(audit::add(*tx, sealer, entry("lead.dismissed")));
    tx->rollback();
  }
  add(c, entry("lead.reopened"));
  EXPECT_EQ(verdict(c), "");
}

ON_EACH_DATABASE(AuditTest);

TEST(Audit, NamesWhoActed) {
  for (const char* text : {"usr_0000000000005", "key_0000000000007", "anyone", "command", "machine"})
    EXPECT_EQ(to_text(audit::parse_by(text).value()), text);
  for (const char* text : {"", "user", "usr_", "lead_0000000000005", "root"})
    EXPECT_FALSE(audit::parse_by(text)) << text;
}

}  // namespace
}  // namespace linli
