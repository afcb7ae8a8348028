#include "notify/whom.h"

#include <gtest/gtest.h>

#include "notify/promise_hours.h"
#include "notify/text.h"
#include "notify/wishes.h"

namespace linli::notify {
namespace {

using namespace std::chrono_literals;

std::vector<UserId> ids(std::initializer_list<int> numbers) {
  std::vector<UserId> out;
  for (const int n : numbers) out.push_back(UserId{n});
  return out;
}
std::string text(const std::vector<UserId>& users) {
  std::string out;
  for (const UserId user : users) (out += out.empty() ? "" : " ") += std::to_string(user.value);
  return out;
}

// 1, 2 agents; 3 shift leader; 4 officer; 5 deputy; 6 grid head; 7 secretary; 8 administrator.
const Circle kFull{ids({1, 2}), ids({3}), ids({4}), ids({5}), ids({6}), ids({7}), ids({8}), {}};

TEST(WhomToTell, ByKind) {
  struct Row {
    const char* story;
    Circle circle;
    Kind kind;
    std::set<UserId> told;
    std::string users;
  };
  Circle claimed = kFull, no_leader = kFull, nobody;
  claimed.claimed_by = UserId{2};
  no_leader.leaders.clear();
  nobody.administrators = ids({8});
  Circle twice = kFull;
  twice.leaders = ids({1});
  const auto told = [](int upto) {
    std::set<UserId> out;
    for (int i = 1; i <= upto; ++i) out.insert(UserId{i});
    return out;
  };
  const Row rows[] = {
      {"all who are on, together", kFull, Kind::emergency, {}, "1 2 4 3"},
      {"an agent who leads the shift is told once", twice, Kind::emergency, {}, "1 2 4"},
      {"then the deputy", kFull, Kind::emergency, told(4), "5"},
      {"then the grid head", kFull, Kind::emergency, told(5), "6"},
      {"then the secretary", kFull, Kind::emergency, told(6), "7"},
      {"then who looks after the system", kFull, Kind::emergency, told(7), "8"},
      {"nobody is left", kFull, Kind::emergency, told(8), ""},
      {"who came on duty meanwhile is told before a deputy",
       kFull,
       Kind::emergency,
       {UserId{1}, UserId{3}, UserId{4}},
       "2"},
      {"nobody on duty: whoever there is", nobody, Kind::emergency, {}, "8"},
      {"five minutes: all agents", kFull, Kind::amber, {}, "1 2"},
      {"five minutes: who has it", claimed, Kind::amber, {}, "2"},
      {"five minutes, nobody", nobody, Kind::amber, {}, ""},
      {"ten minutes", kFull, Kind::call_leader, {}, "3"},
      {"ten minutes, no leader on", no_leader, Kind::call_leader, {}, "6"},
      {"broken", kFull, Kind::breach, {}, "3 7"},
      {"broken, no leader", no_leader, Kind::breach, {}, "7"},
      {"broken, nobody", nobody, Kind::breach, {}, "8"},
  };
  for (const Row& row : rows) EXPECT_EQ(text(whom_to_tell(row.circle, row.kind, row.told)), row.users) << row.story;
}

TEST(WhomToTell, Ways) {
  const DistrictHas both{true, true}, none;
  EXPECT_TRUE(district_ways_of(Kind::emergency, both).robot);
  EXPECT_FALSE(district_ways_of(Kind::amber, both).robot);
  EXPECT_TRUE(district_ways_of(Kind::amber, both).webhook);
  using W = std::vector<Way>;
  const W all{Way::wecom, Way::push, Way::email, Way::sms, Way::voice};
  struct Row {
    const char* story;
    Kind kind;
    int step;
    W usable;
    DistrictHas district;
    W told;
  };
  for (const Row& row : {
           Row{"an emergency: what is quick, at once", Kind::emergency, 0, all, none, {Way::wecom, Way::push}},
           Row{"a minute later", Kind::emergency, 1, all, none, {Way::email, Way::sms}},
           Row{"two minutes later: a call", Kind::emergency, 2, all, none, {Way::voice}},
           Row{"then others are called", Kind::emergency, 3, all, none, {}},
           Row{"e-mail is the next path where the robot spoke", Kind::emergency, 0, {Way::email}, both, {}},
           Row{"… and comes then", Kind::emergency, 1, {Way::email}, both, {Way::email}},
           Row{"there is no other: at once", Kind::emergency, 0, {Way::email}, none, {Way::email}},
           Row{"… and not again", Kind::emergency, 1, {Way::email}, none, {}},
           Row{"only a phone: a call", Kind::emergency, 0, {Way::voice}, none, {Way::voice}},
           Row{"amber: push or nothing", Kind::amber, 0, all, none, {Way::push}},
           Row{"amber without push", Kind::amber, 0, {Way::email}, none, {}},
           Row{"else the first that they want", Kind::breach, 0, all, none, {Way::wecom}},
           Row{"nobody is called for a breach", Kind::breach, 0, {Way::voice}, none, {}},
           Row{"nothing works", Kind::breach, 0, {}, none, {}},
       })
    EXPECT_EQ(ways_to(row.kind, row.step, row.usable, row.district), row.told) << row.story;

  EXPECT_EQ(next_way(Kind::breach, Way::wecom, all), Way::push);
  EXPECT_EQ(next_way(Kind::breach, Way::sms, all), std::nullopt) << "nobody is called";
  EXPECT_EQ(next_way(Kind::emergency, Way::sms, all), Way::voice);
  EXPECT_EQ(next_way(Kind::breach, Way::push, {Way::email}), Way::email) << "given up meanwhile";
  EXPECT_EQ(next_way(Kind::amber, Way::push, all), std::nullopt);
}

TEST(WhomToTell, QuietHours) {
  const std::optional<QuietHours> night{{22h, 7h}}, noon{{12h, 14h}};
  for (const auto& [hours, time, quiet] :
       {std::tuple(night, 23h + 0min, true), std::tuple(night, 6h + 59min, true), std::tuple(night, 7h + 0min, false),
        std::tuple(noon, 13h + 0min, true), std::tuple(noon, 14h + 0min, false)})
    EXPECT_EQ(is_quiet(hours, time), quiet) << time.count();
  EXPECT_FALSE(is_quiet({}, 3h));
}

TEST(WhomToTell, PromiseHours) {
  const TimeZone& zone = TimeZone::shanghai();
  const auto at = [](const char* text) { return *parse_time(text); };
  const PromiseTime always({}, Calendar{}, zone);
  const PromiseTime work({PromiseHours::Bind::working_time, {}}, Calendar{}, zone);
  const PromiseTime daily({PromiseHours::Bind::daily, {{8h, 12h}, {14h, 22h}}}, Calendar{}, zone);
  struct Row {
    const char* story;
    const PromiseTime* time;
    int urgency;
    const char *asked, *due;
  };
  for (const Row& row : {
           Row{"always", &always, 4, "2026-11-23T03:00:00+08:00", "2026-11-23T03:15:00+08:00"},
           Row{"urgency 2 at night", &work, 2, "2026-11-23T03:00:00+08:00", "2026-11-23T03:15:00+08:00"},
           Row{"at night: in the morning", &work, 3, "2026-11-23T03:00:00+08:00", "2026-11-23T09:15:00+08:00"},
           Row{"Saturday: on Monday", &work, 3, "2026-11-28T10:00:00+08:00", "2026-11-30T09:15:00+08:00"},
           Row{"each day, in hours", &daily, 3, "2026-11-28T10:00:00+08:00", "2026-11-28T10:15:00+08:00"},
           Row{"five minutes before noon", &daily, 3, "2026-11-28T11:55:00+08:00", "2026-11-28T14:10:00+08:00"},
           Row{"late: the next day", &daily, 4, "2026-11-28T23:00:00+08:00", "2026-11-29T08:15:00+08:00"},
       }) {
    EXPECT_EQ(format_time(row.time->after(row.urgency, at(row.asked), kPromise)), format_time(at(row.due)))
        << row.story;
  }
  EXPECT_FALSE(daily.binds(3, at("2026-11-28T13:00:00+08:00")));
  EXPECT_TRUE(daily.binds(1, at("2026-11-28T13:00:00+08:00")));
}

TEST(NotifyText, NeverSaysMoreThanItMay) {
  Delivery d;
  d.kind = Kind::emergency;
  About about{LeadId{7}, "fire", "荷塘社区", 1, *parse_time("2026-11-23T22:10:00+08:00")};
  EXPECT_EQ(line(d, about, 1, TimeZone::shanghai(), Language::zh),
            "【紧急，未核实】火情冒烟，荷塘社区，22:10 说起。先打 119、110 或 120。");
  d.round = 1;
  about.category = "crime";  // violence at home comes in as this
  about.grid_name.clear();
  EXPECT_EQ(line(d, about, 1, TimeZone::shanghai(), Language::zh),
            "【紧急，未核实】一件事，22:10 说起。先打 119、110 或 120。（第 2 次呼叫）");
  d.kind = Kind::breach;
  EXPECT_EQ(line(d, {}, 12, TimeZone::shanghai(), Language::en), "12 more: more than 15 minutes without an answer");
  EXPECT_EQ(cut("漏水", 4), "漏");
}

TEST(NotifyText, Addresses) {
  for (const char* good : {"a@b.cn", "shift.leader+1@mail.district.example"}) EXPECT_TRUE(is_email(good)) << good;
  for (const char* bad : {"", "a", "@b.cn", "a@b", "a@b.cn\r\nBcc: x@y.cn", "a b@c.cn", "a@b.cn,c@d.cn", "<a@b.cn>"})
    EXPECT_FALSE(is_email(bad)) << bad;
  EXPECT_TRUE(is_robot_url("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"));
  EXPECT_FALSE(is_robot_url("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="));
  EXPECT_FALSE(is_robot_url("http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"));
}

}  // namespace
}  // namespace linli::notify
