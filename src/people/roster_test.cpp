#include "people/roster_store.h"

#include "people/holdings.h"
#include "store/databases_for_tests.h"

namespace linli {
namespace {

using std::chrono::minutes;

Day day(std::string_view text) { return *parse_day(text); }
Instant at(std::string_view text) { return *parse_time(std::string(text) + ":00+08:00"); }
const TimeZone& zone = TimeZone::shanghai();
const Calendar may({{day("2026-05-01"), DayKind::holiday, "劳动节"},
                    {day("2026-05-04"), DayKind::holiday, "劳动节"},
                    {day("2026-05-05"), DayKind::holiday, "劳动节"},
                    {day("2026-05-09"), DayKind::workday, "劳动节"}});
constexpr minutes kNine{540}, kSix{1080};

DutyPattern pattern(int id, int user, std::uint8_t days, minutes from = kNine, minutes to = kSix,
                    Duty duty = Duty::officer, int grid = 2) {
  const char* paths[] = {"", "s", "s/a", "s/a/1"};
  return {PatternId{id},     GridId{grid}, paths[grid], duty, UserId{user}, days, from, to,
          day("2026-01-01"), kNoEnd,       1,           {}};
}

std::string told(const std::vector<Shift>& shifts) {
  std::string out;
  for (const Shift& s : shifts)
    out += std::to_string(s.user.value) + " " + format_day(zone.day(s.from)).substr(5) + " " +
           format_time_of_day(zone.time_of_day(s.from)) + "-" + format_time_of_day(zone.time_of_day(s.to)) + "; ";
  return out;
}

TEST(Roster, PatternsBecomeShiftsByTheCalendar) {
  const auto all = static_cast<std::uint8_t>(255);
  // Monday to Friday 1; nights 2, every day; on public holidays 3 by day.
  DutyPattern patterns[] = {pattern(11, 1, week::monday_to_friday), pattern(12, 2, all, kSix, kNine, Duty::on_call),
                            pattern(13, 3, week::holiday)};
  EXPECT_EQ(told(expand(patterns, may, zone, at("2026-04-30T10:00"), at("2026-05-02T00:00"))),
            "1 04-30 09:00-18:00; 2 04-30 18:00-09:00; 3 05-01 09:00-18:00; 2 05-01 18:00-09:00; ");
  EXPECT_EQ(told(expand(patterns, may, zone, at("2026-04-30T08:00"), at("2026-04-30T09:00"))), "2 04-29 18:00-09:00; ")
      << "the night of the day before goes on";
  EXPECT_EQ(told(expand(patterns, may, zone, at("2026-05-09T09:00"), at("2026-05-10T12:00"))),
            "1 05-09 09:00-18:00; 2 05-09 18:00-09:00; ")
      << "a make-up Saturday goes as a Friday; the Sunday after it is one";
  patterns[0].skips.insert(day("2026-04-30"));
  patterns[0].last = day("2026-05-06");
  EXPECT_EQ(told(expand(std::span(patterns, 1), may, zone, at("2026-04-29T00:00"), at("2026-05-20T00:00"))),
            "1 04-29 09:00-18:00; 1 05-06 09:00-18:00; ");
  EXPECT_TRUE(expand(patterns, may, zone, at("2026-05-01T00:00"), at("2026-05-01T00:00")).empty());
}

TEST(Roster, ShiftsHaveNames) {
  for (const ShiftKey key : {ShiftKey{7, {}}, ShiftKey{8, day("2026-05-01")}})
    EXPECT_EQ(parse_shift_key(to_text(key)), key);
  for (const char* wrong : {"", "shf_", "pat_0000000000007", "pat_0000000000007.2026-02-30", "usr_0000000000007"})
    EXPECT_FALSE(parse_shift_key(wrong)) << wrong;
}

TEST(Roster, RightsOverASwap) {
  Swap swap{.from = at("2026-05-06T09:00"), .to = at("2026-05-06T18:00"), .giver = UserId{1}, .taker = UserId{2}};
  struct Row {
    SwapState state;
    int who;
    bool leads;
    const char* now;
    bool accept, decline, cancel;
  };
  using enum SwapState;
  for (const Row& row : {Row{asked, 1, false, "2026-05-06T08:00", false, false, true},
                         {asked, 2, false, "2026-05-06T08:00", true, true, false},
                         {asked, 3, false, "2026-05-06T08:00", false, false, false},
                         {asked, 3, true, "2026-05-06T08:00", false, true, true},
                         {asked, 2, false, "2026-05-06T18:00", false, false, false},     // it is over
                         {accepted, 1, false, "2026-05-06T08:00", false, false, true},   // undo
                         {accepted, 1, false, "2026-05-06T09:00", false, false, false},  // it runs
                         {accepted, 3, true, "2026-05-06T09:00", false, false, true},
                         {declined, 1, true, "2026-05-06T08:00", false, false, false}}) {
    swap.state = row.state;
    const SwapRights may = rights(swap, UserId{row.who}, row.leads, at(row.now));
    EXPECT_EQ(may.accept, row.accept) << row.who << row.now;
    EXPECT_EQ(may.decline, row.decline) << row.who << row.now;
    EXPECT_EQ(may.cancel, row.cancel) << row.who << row.now;
  }
}

// Grid 3 (s/a/1) below 2 (s/a) below 1 (s).
class WhoIsOn : public testing::Test {
 protected:
  std::string on(Duty duty, std::string_view time = "2026-05-06T10:00") {
    std::string out;
    for (const OnDuty& one : who_is_on(facts, duty, at(time)))
      out += std::to_string(one.user.value) + " " + std::string(name(one.reason)) +
             (one.instead_of ? " for " + std::to_string(one.instead_of.value) : "") + " @" +
             std::to_string(one.grid.value) + "; ";
    return out;
  }
  void shift(int grid, int planned, int user, Duty duty = Duty::officer) {
    facts.shifts.push_back({{static_cast<int>(facts.shifts.size()) + 100, {}},
                            GridId{grid},
                            kPaths[grid],
                            duty,
                            UserId{planned},
                            UserId{user},
                            at("2026-05-06T09:00"),
                            at("2026-05-06T18:00")});
    facts.rosters.emplace(GridId{grid}, duty);
  }
  void holds(int user, int grid, StaffRole role = StaffRole::officer, int deputy_for = 0) {
    facts.holdings.push_back(
        {HoldingId{1}, UserId{user}, role, GridId{grid}, kPaths[grid], {}, kNoEnd, UserId{deputy_for}});
  }
  static constexpr const char* kPaths[] = {"", "s", "s/a", "s/a/1"};
  DutyFacts facts{.line = {GridId{3}, GridId{2}, GridId{1}}};
};

TEST_F(WhoIsOn, TheNearestGridFirst) {
  shift(1, 11, 11);
  shift(3, 13, 13);
  EXPECT_EQ(on(Duty::officer), "13 roster @3; 11 roster @1; ");
  EXPECT_EQ(on(Duty::officer, "2026-05-06T18:00"), "") << "the roster's end";
  EXPECT_EQ(on(Duty::agent), "");
}

TEST_F(WhoIsOn, WhoHoldsTheRoleWhereThereIsNoRoster) {
  holds(1, 3);
  holds(2, 2, StaffRole::grid_head);
  holds(4, 0);
  shift(2, 12, 12);
  EXPECT_EQ(on(Duty::officer), "1 holder @3; 12 roster @2; 4 holder @0; ");
  facts.rosters.emplace(GridId{3}, Duty::officer);
  EXPECT_EQ(on(Duty::officer), "12 roster @2; 4 holder @0; ") << "off duty by the roster: not asked as officer";
  EXPECT_EQ(on(Duty::on_call), "") << "nobody's role";
}

TEST_F(WhoIsOn, SwapsAndDeputies) {
  shift(3, 1, 2);
  EXPECT_EQ(on(Duty::officer), "2 swap for 1 @3; ");
  facts.away.insert(UserId{2});
  EXPECT_EQ(on(Duty::officer), "") << "absent, and nobody stands in";
  holds(5, 2, StaffRole::officer, 2);
  holds(6, 2, StaffRole::agent, 2);  // for other work
  holds(7, 3, StaffRole::officer, 2);
  facts.away.insert(UserId{7});
  EXPECT_EQ(on(Duty::officer), "5 deputy for 2 @3; ");
  facts.away.erase(UserId{2});
  EXPECT_EQ(on(Duty::officer), "2 swap for 1 @3; ") << "a deputy is nobody while the person is there";
}

TEST(Roster, Gaps) {
  RosterFacts facts;
  facts.grids = {GridId{2}, GridId{3}};
  facts.paths = {{GridId{1}, "s"}, {GridId{2}, "s/a"}, {GridId{3}, "s/a/1"}};
  const auto shift = [&](int key, int grid, int user, Duty duty, const char* from, const char* to) {
    const char* paths[] = {"", "s", "s/a", "s/a/1"};
    facts.shifts.push_back({{key, {}}, GridId{grid}, paths[grid], duty, UserId{user}, UserId{user}, at(from), at(to)});
    facts.rosters[{GridId{grid}, duty}] = {{at("2026-05-06T00:00"), at("2026-05-07T00:00")}};
  };
  const auto found = [&] {
    std::string out;
    for (const Gap& g : gaps(facts, may, zone, at("2026-05-06T00:00"), at("2026-05-07T00:00")))
      out += std::string(name(g.kind)) + " @" + std::to_string(g.grid.value) + " " +
             (g.duty ? std::string(name(*g.duty)) + " " : "") + (g.user ? std::to_string(g.user.value) + " " : "") +
             format_time_of_day(zone.time_of_day(g.from)) + "-" + format_time_of_day(zone.time_of_day(g.to)) + "; ";
    return out;
  };
  EXPECT_EQ(found(), "") << "no roster anywhere: by roles";
  shift(1, 3, 11, Duty::officer, "2026-05-06T09:00", "2026-05-06T17:00");
  EXPECT_EQ(found(), "nobody @3 00:00-09:00; nobody @3 17:00-00:00; ");
  shift(2, 1, 12, Duty::on_call, "2026-05-05T18:00", "2026-05-06T09:00");
  shift(3, 1, 13, Duty::on_call, "2026-05-06T17:00", "2026-05-07T09:00");
  EXPECT_EQ(found(), "unstaffed @3 officer 17:00-18:00; ") << "the street's nights count here";
  shift(4, 3, 14, Duty::officer, "2026-05-06T17:00", "2026-05-06T18:00");
  EXPECT_EQ(found(), "");
  facts.absences = {{AbsenceId{1}, UserId{11}, at("2026-05-06T14:00"), at("2026-05-06T15:00")}};
  EXPECT_EQ(found(), "nobody @3 14:00-15:00; absent @3 officer 11 14:00-15:00; ");
  facts.deputies = {{HoldingId{1}, UserId{15}, StaffRole::officer, GridId{2}, "s/a", {}, kNoEnd, UserId{11}}};
  EXPECT_EQ(found(), "");
  facts.absences.push_back({AbsenceId{2}, UserId{15}, at("2026-05-06T14:30"), at("2026-05-06T20:00")});
  EXPECT_EQ(found(), "nobody @3 14:30-15:00; absent @3 officer 11 14:30-15:00; ") << "the deputy is absent too";
  facts.deputies.push_back(
      {HoldingId{2}, UserId{16}, StaffRole::officer, GridId{2}, "s/a", day("2026-05-07"), kNoEnd, UserId{11}});
  EXPECT_EQ(found(), "nobody @3 14:30-15:00; absent @3 officer 11 14:30-15:00; ") << "a deputy from tomorrow on";
  facts.gone.insert(UserId{14});
  EXPECT_EQ(
      found(),
      "nobody @3 14:30-15:00; absent @3 officer 11 14:30-15:00; unstaffed @3 officer 17:00-18:00; absent @3 officer "
      "14 17:00-18:00; ")
      << "no colleague any more; the street's night counts";
  facts.gone.clear();
  facts.absences.pop_back();
  facts.deputies.pop_back();
  EXPECT_EQ(found(), "");
  shift(5, 2, 14, Duty::officer, "2026-05-06T09:00", "2026-05-06T18:00");
  EXPECT_EQ(found(), "twice @3 officer 14 17:00-18:00; ");
}

class RosterStoreTest : public EachDatabase {
 protected:
  const Instant now = at("2026-05-06T08:00");
  const Day today = day("2026-05-06");
  GridTree tree;

  // s over a and b; people 1 … 6, all with a role over s/a but 6, of s/b.
  template <class F>
  void with_street(F body) {
    tree =
        GridTree({{.id = GridId{1}, .level = GridLevel::street, .code = "s", .path = "s"},
                  {.id = GridId{2}, .parent = GridId{1}, .level = GridLevel::community, .code = "a", .path = "s/a"},
                  {.id = GridId{3}, .parent = GridId{1}, .level = GridLevel::community, .code = "b", .path = "s/b"}});
    Connection connection = connect();
    in_transaction(connection, [&](Tx& tx) {
      for (const char* sql :
           {"INSERT INTO grids (id, level, code, name, path, opened_at) VALUES (1, 'street', 's', 'S', 's', 0)",
            "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (2, 1, 'community', 'a', "
            "'A', 's/a', 0)",
            "INSERT INTO grids (id, parent_id, level, code, name, path, opened_at) VALUES (3, 1, 'community', 'b', "
            "'B', 's/b', 0)"})
        ASSERT_TRUE(tx.run(sql));
      for (int i = 1; i <= 6; ++i)
        ASSERT_TRUE(users::add(tx, {UserId{i}, "u" + std::to_string(i), "U" + std::to_string(i), {}, {}}, now));
      give(tx, 1, 1, StaffRole::secretary, 2);
      for (int i = 2; i <= 5; ++i) give(tx, i, i, StaffRole::officer, 2);
      give(tx, 6, 6, StaffRole::officer, 3);
    });
    in_transaction(connection, body);
  }
  void give(Tx& tx, int id, int user, StaffRole role, int grid, int deputy_for = 0) {
    ASSERT_TRUE(holdings::give(
        tx, {HoldingId{id}, UserId{user}, role, GridId{grid}, {}, day("2026-01-01"), kNoEnd, UserId{deputy_for}}, {},
        now));
  }
  Actor actor(Tx& tx, int user) { return *holdings::actor(tx, {UserId{user}, {}, {}, {}, {}}, today); }
  Shift shift(int id, int user, const char* from, const char* to, int grid = 2) {
    return {{id, {}}, GridId{grid}, {}, Duty::officer, UserId{user}, UserId{user}, at(from), at(to)};
  }
  Swap swap(int id, const Shift& of, int taker, SwapState state = SwapState::asked) {
    return {SwapId{id},    of.key, of.grid, {},      of.duty, of.from, of.to, of.user,
            UserId{taker}, state,  false,   of.user, now,     {},      {}};
  }
  std::string seen(Tx& tx, int user, const char* from, const char* to, std::string path = {}) {
    const Actor who = actor(tx, user);
    const auto found = roster::view(tx, {who, path}, may, zone, at(from), at(to), now);
    EXPECT_TRUE(found);
    return told(found->shifts);
  }
  std::string on(Tx& tx, int grid, Duty duty, const char* time) {
    auto facts = roster::facts(tx, tree, GridId{grid}, may, zone, at(time));
    EXPECT_TRUE(facts);
    std::string out;
    for (const OnDuty& one : who_is_on(*facts, duty, at(time)))
      out += std::to_string(one.user.value) + " " + std::string(name(one.reason)) + "; ";
    return out;
  }
};

TEST_P(RosterStoreTest, IsSeenWhereOneMayLook) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(roster::add(tx, pattern(11, 2, 255), UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, shift(12, 6, "2026-05-06T09:00", "2026-05-06T12:00", 3), UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-05-06T00:00", "2026-05-07T00:00"), "2 05-06 09:00-18:00; ");
    EXPECT_EQ(seen(tx, 6, "2026-05-06T00:00", "2026-05-07T00:00"), "6 05-06 09:00-12:00; ");
    give(tx, 20, 5, StaffRole::manager, 1);
    EXPECT_EQ(seen(tx, 5, "2026-05-06T00:00", "2026-05-07T00:00"), "6 05-06 09:00-12:00; 2 05-06 09:00-18:00; ");
    EXPECT_EQ(seen(tx, 5, "2026-05-06T00:00", "2026-05-07T00:00", "s/b"), "6 05-06 09:00-12:00; ");
  });
}

TEST_P(RosterStoreTest, APatternEndsFromADayOn) {
  with_street([&](Tx& tx) {
    const DutyPattern before = pattern(11, 2, week::monday_to_friday);
    ASSERT_TRUE(roster::add(tx, before, UserId{1}, now));
    ASSERT_TRUE(roster::end(tx, before, today, UserId{1}, now));
    EXPECT_EQ(roster::end(tx, before, today, UserId{1}, now).error().code, Errc::stale);
    DutyPattern next = pattern(12, 3, week::monday_to_friday);
    next.first = today;
    ASSERT_TRUE(roster::add(tx, next, UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-04-30T00:00", "2026-05-08T00:00"),
              "2 04-30 09:00-18:00; 3 05-06 09:00-18:00; 3 05-07 09:00-18:00; ");
    ASSERT_TRUE(roster::skip(tx, PatternId{12}, day("2026-05-07"), UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-05-06T00:00", "2026-05-09T00:00"), "3 05-06 09:00-18:00; 3 05-08 09:00-18:00; ");
    ASSERT_TRUE(roster::end(tx, **roster::find(tx, PatternId{12}), today, UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-05-06T00:00", "2026-05-09T00:00"), "");
    EXPECT_FALSE(*roster::find(tx, PatternId{12})) << "it was in force on no day";
  });
}

TEST_P(RosterStoreTest, SwapsCountAndAreUndone) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(roster::add(tx, pattern(11, 2, 255), UserId{1}, now));
    const ShiftKey key{11, today};
    const auto find = [&] { return **roster::find(tx, key, may, zone); };
    EXPECT_EQ(find().user, UserId{2});
    EXPECT_FALSE(*roster::find(tx, ShiftKey{99, today}, may, zone));
    ASSERT_TRUE(roster::ask(tx, swap(21, find(), 3)));
    EXPECT_EQ(roster::ask(tx, swap(22, find(), 4)).error().code, Errc::swap_waiting);
    EXPECT_EQ(find().user, UserId{2}) << "asked is not accepted";
    const auto taken = roster::decide(tx, **roster::find(tx, SwapId{21}), SwapState::accepted, UserId{3}, now);
    ASSERT_TRUE(taken);
    EXPECT_EQ(roster::decide(tx, swap(21, find(), 3), SwapState::declined, UserId{3}, now).error().code,
              Errc::swap_decided);
    EXPECT_EQ(find().user, UserId{3});
    EXPECT_EQ(find().planned, UserId{2});
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "3 swap; ");
    ASSERT_TRUE(roster::ask(tx, swap(23, find(), 4, SwapState::accepted)));
    EXPECT_EQ(find().user, UserId{4}) << "handed on";
    ASSERT_TRUE(roster::decide(tx, **roster::find(tx, SwapId{23}), SwapState::cancelled, UserId{4}, now));
    EXPECT_EQ(find().user, UserId{3});
    EXPECT_EQ(roster::swaps(tx, actor(tx, 4), {})->size(), 1u);
    EXPECT_EQ(roster::swaps(tx, actor(tx, 1), {})->size(), 2u) << "who leads the roster sees all";
    EXPECT_EQ(roster::swaps(tx, actor(tx, 6), {})->size(), 0u);
    EXPECT_EQ(roster::swaps(tx, actor(tx, 1), SwapState::accepted)->size(), 1u);

    ASSERT_TRUE(roster::skip(tx, PatternId{11}, today, UserId{1}, now));
    EXPECT_EQ((*roster::find(tx, SwapId{21}))->state, SwapState::cancelled) << "with its shift";
  });
}

TEST_P(RosterStoreTest, AShiftOfItsOwnIsChangedAndRemoved) {
  with_street([&](Tx& tx) {
    Shift one = shift(12, 2, "2026-05-06T09:00", "2026-05-06T12:00");
    ASSERT_TRUE(roster::add(tx, one, UserId{1}, now));
    ASSERT_TRUE(roster::ask(tx, swap(21, one, 3, SwapState::accepted)));
    one.user = UserId{4};
    EXPECT_EQ(roster::change(tx, one, 2, UserId{1}, now).error().code, Errc::stale);
    ASSERT_TRUE(roster::change(tx, one, 1, UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-05-06T00:00", "2026-05-07T00:00"), "4 05-06 09:00-12:00; ");
    ASSERT_TRUE(roster::remove(tx, one, UserId{1}, now));
    EXPECT_EQ(seen(tx, 2, "2026-05-06T00:00", "2026-05-07T00:00"), "");
    EXPECT_EQ(roster::change(tx, one, 2, UserId{1}, now).error().code, Errc::stale);
  });
}

TEST_P(RosterStoreTest, AbsenceBringsTheDeputy) {
  with_street([&](Tx& tx) {
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "2 holder; 3 holder; 4 holder; 5 holder; ");
    ASSERT_TRUE(roster::add(tx, pattern(11, 2, week::monday_to_friday), UserId{1}, now));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "2 roster; ");
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T20:00"), "");
    ASSERT_TRUE(
        roster::add(tx, {AbsenceId{31}, UserId{2}, at("2026-05-06T09:00"), at("2026-05-07T00:00")}, UserId{2}, now));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "");
    give(tx, 30, 3, StaffRole::officer, 2, 2);
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "3 deputy; ");
    ASSERT_TRUE(roster::end(tx, **roster::find(tx, AbsenceId{31}), at("2026-05-06T11:00")));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:30"), "3 deputy; ");
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T11:00"), "2 roster; ");
    ASSERT_TRUE(tx.run("UPDATE users SET disabled_at = 1 WHERE id = 2"));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T11:00"), "3 deputy; ") << "no colleague any more";

    ASSERT_TRUE(
        roster::add(tx, {AbsenceId{32}, UserId{4}, at("2026-05-08T09:00"), at("2026-05-09T00:00")}, UserId{4}, now));
    ASSERT_TRUE(roster::end(tx, **roster::find(tx, AbsenceId{32}), now));
    EXPECT_FALSE(*roster::find(tx, AbsenceId{32}));
    EXPECT_TRUE(*roster::leads(tx, actor(tx, 1), UserId{2}, now));
    EXPECT_FALSE(*roster::leads(tx, actor(tx, 1), UserId{6}, now));
    EXPECT_FALSE(*roster::leads(tx, actor(tx, 3), UserId{2}, now));
    EXPECT_EQ(roster::holders(tx, tree, GridId{2}, StaffRole::secretary, today, now)->size(), 1u);
  });
}

TEST_P(RosterStoreTest, WhoStandsInForADayIsLedForThatDay) {
  with_street([&](Tx& tx) {
    const auto led = [&](Instant when) { return *roster::leads(tx, actor(tx, 1), UserId{6}, when); };
    ASSERT_TRUE(roster::add(tx, shift(12, 6, "2026-05-06T09:00", "2026-05-06T12:00"), UserId{1}, now));
    EXPECT_TRUE(led(now));
    EXPECT_FALSE(led(at("2026-05-06T12:00"))) << "over";
    DutyPattern tomorrow = pattern(13, 6, 255);
    tomorrow.first = today + 1;
    ASSERT_TRUE(roster::add(tx, tomorrow, UserId{1}, now));
    EXPECT_FALSE(led(at("2026-05-06T12:00"))) << "not yet";
    const auto view = [&](int user) {
      const Actor who = actor(tx, user);
      return *roster::view(tx, {who, {}}, may, zone, at("2026-05-06T00:00"), at("2026-05-07T00:00"), now);
    };
    ASSERT_TRUE(
        roster::add(tx, {AbsenceId{31}, UserId{6}, at("2026-05-06T09:00"), at("2026-05-07T00:00")}, UserId{6}, now));
    ASSERT_EQ(view(1).absences.size(), 1u);
    EXPECT_TRUE(view(1).absences[0].led);
    EXPECT_FALSE(view(3).absences[0].led);
  });
}

TEST_P(RosterStoreTest, AViewEndsWhereItGrowsTooLong) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(roster::add(tx, pattern(11, 2, 255), UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, pattern(12, 3, 255), UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, shift(13, 4, "2026-05-06T08:00", "2026-05-06T12:00"), UserId{1}, now));
    ASSERT_TRUE(roster::skip(tx, PatternId{11}, day("2026-05-07"), UserId{1}, now));
    const Actor who = actor(tx, 1);
    const auto view = [&](std::size_t most) {
      return *roster::view(tx, {who, {}}, may, zone, at("2026-05-06T00:00"), at("2026-05-09T00:00"), now, most);
    };
    EXPECT_EQ(told(view(6).shifts), told(view(100).shifts));
    EXPECT_FALSE(view(6).more);
    EXPECT_EQ(told(view(4).shifts),
              "4 05-06 08:00-12:00; 2 05-06 09:00-18:00; 3 05-06 09:00-18:00; 3 05-07 09:00-18:00; ");
    EXPECT_TRUE(view(4).more);
    EXPECT_TRUE(view(2).more);
  });
}

TEST_P(RosterStoreTest, OnlyARosterThatIsInForceSilencesTheHolders) {
  with_street([&](Tx& tx) {
    const std::string holders = "2 holder; 3 holder; 4 holder; 5 holder; ";
    DutyPattern tomorrow = pattern(11, 2, 255), ended = pattern(12, 3, 255), night = pattern(13, 4, 255, kSix, kNine);
    tomorrow.first = today + 1;
    ended.last = night.last = today - 1;
    ASSERT_TRUE(roster::add(tx, tomorrow, UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, ended, UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, shift(14, 5, "2026-05-05T09:00", "2026-05-05T12:00"), UserId{1}, now));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), holders);
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-05T13:00"), "3 roster; ");
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-07T08:00"), "") << "in force, and nobody is on yet";
    ASSERT_TRUE(roster::add(tx, night, UserId{1}, now));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T08:00"), "4 roster; ") << "the last night goes on";
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), holders);
    ASSERT_TRUE(roster::add(tx, shift(15, 5, "2026-05-06T14:00", "2026-05-06T16:00"), UserId{1}, now));
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-06T10:00"), "") << "a shift of today is a roster of today";
  });
}

TEST_P(RosterStoreTest, GapsOfTheScope) {
  with_street([&](Tx& tx) {
    ASSERT_TRUE(roster::add(tx, pattern(11, 2, week::monday_to_friday, kNine, kSix, Duty::officer, 2), UserId{1}, now));
    ASSERT_TRUE(roster::add(tx, pattern(12, 5, 255, kSix, kNine, Duty::on_call, 1), UserId{1}, now));
    const auto gaps_of = [&](int user) {
      const Actor who = actor(tx, user);
      const auto facts = roster::facts(tx, tree, {who, {}}, may, zone, at("2026-05-09T00:00"), at("2026-05-11T00:00"));
      EXPECT_TRUE(facts);
      return gaps(*facts, may, zone, at("2026-05-09T00:00"), at("2026-05-11T00:00"));
    };
    const auto found = gaps_of(1);
    ASSERT_EQ(found.size(), 1u) << "Sunday by day; the nights are the street's";
    EXPECT_EQ(found[0].kind, Gap::Kind::nobody);
    EXPECT_EQ(found[0].from, at("2026-05-10T09:00"));
    EXPECT_EQ(found[0].to, at("2026-05-10T18:00"));
    EXPECT_TRUE(gaps_of(6).empty());
    ASSERT_TRUE(tx.run("UPDATE users SET disabled_at = 1 WHERE id = 2"));
    ASSERT_EQ(gaps_of(1).size(), 3u)
        << "Saturday by day, with nobody; whoever was to be there is no colleague any more";
    give(tx, 30, 3, StaffRole::officer, 2, 2);
    EXPECT_EQ(gaps_of(1).size(), 1u) << "the deputy is there";
  });
}

TEST_P(RosterStoreTest, GapsAndWhoIsOnGoByTheSameDays) {
  with_street([&](Tx& tx) {
    DutyPattern sunday = pattern(11, 2, 255);
    sunday.first = sunday.last = day("2026-05-10");
    ASSERT_TRUE(roster::add(tx, sunday, UserId{1}, now));
    const Actor who = actor(tx, 1);
    const Instant from = at("2026-05-09T00:00"), to = at("2026-05-12T00:00");
    const auto facts = roster::facts(tx, tree, {who, {}}, may, zone, from, to);
    ASSERT_TRUE(facts);
    std::string found;
    for (const Gap& g : gaps(*facts, may, zone, from, to))
      found += std::string(name(g.kind)) + " " + format_time(g.from) + "-" + format_time(g.to) + "; ";
    const auto time = [&](const char* text) { return format_time(at(text)); };
    EXPECT_EQ(found, "nobody " + time("2026-05-10T00:00") + "-" + time("2026-05-10T09:00") + "; nobody " +
                         time("2026-05-10T18:00") + "-" + time("2026-05-11T00:00") + "; ");
    for (const char* before_and_after : {"2026-05-09T10:00", "2026-05-11T10:00"})
      EXPECT_NE(on(tx, 2, Duty::officer, before_and_after), "") << "who holds the role";
    EXPECT_EQ(on(tx, 2, Duty::officer, "2026-05-10T20:00"), "");
  });
}
ON_EACH_DATABASE(RosterStoreTest);

}  // namespace
}  // namespace linli
