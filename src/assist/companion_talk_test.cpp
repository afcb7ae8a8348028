#include "assist/companion_talk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "assist/knowledge.h"
#include "assist/questions_for_tests.h"
#include "leads/lead.h"
#include "understand/taxonomy.h"

namespace linli::companion {
namespace {

using namespace std::chrono_literals;

const Words& words() { return Words::embedded(); }

const Understander& understander() {
  static const Understander loaded = *Understander::embedded();
  return loaded;
}

// The starter set, and an entry whose time is over.
const Knowledge& knowledge() {
  static const Grids grids;
  static Knowledge all(grids);
  static const bool filled = [] {
    std::vector<KnowledgeEntry> entries;
    for (const auto& e : read_starter(LINLI_SOURCE_DIR "/data/knowledge/starter.csv")) entries.push_back(*e);
    KnowledgeEntry old = entries.front();
    old.id = KnowledgeId{9'000};
    old.title = "中秋游园会";
    old.questions = {"中秋游园会几点开始", "游园会在哪里"};
    old.answer = "10月3日晚上七点开始。";
    old.valid_to = *parse_day("2026-10-03");
    entries.push_back(old);
    all.keep(std::move(entries));
    all.reindex();
    return true;
  }();
  (void)filled;
  return all;
}

Rules rules() {
  Rules r;
  r.on = true;
  r.topics = {"拆迁"};
  r.phones = {{"gas", "96777"}, {"power", "95598"}, {"duty", "028-88880000"}};
  return r;
}

const Calendar& calendar() {
  static const Calendar all({{*parse_day("2026-10-01"), DayKind::holiday, "国庆节"},
                             {*parse_day("2026-10-10"), DayKind::workday, "调休上班"}});
  return all;
}

struct Line {
  int number = 0;
  std::string talk, at, who, where, words, kind, holds;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  if (text.ends_with(at)) out.emplace_back();
  return out;
}

std::vector<Line> lines() {
  std::vector<Line> out;
  std::ifstream in(LINLI_SOURCE_DIR "/src/assist/companion_talks_test.tsv");
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text.starts_with("#")) continue;
    auto cells = split(text, '\t');
    if (cells.size() == 6) cells.emplace_back();
    if (cells.size() != 7) throw std::runtime_error("seven cells are needed: " + text);
    out.push_back({number, cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]});
  }
  return out;
}

// One group with its leads, as placing and the store would tell of them.
struct Room {
  Leads leads{understander(),
              {{{"g", "荷塘苑邻里群", "第1微网格", "荷塘社区", "清溪河街道"}}, {"荷塘苑", "荷塘苑3栋", "荷塘苑5栋"}}};
  MessageNumber number = 0;
  std::map<std::string, Talk> talks;
  std::set<LeadKey> spoken;
  std::optional<Instant> person;
  std::string last;
};

Decision hear(Room& room, const Line& line) {
  Message m;
  m.id = std::to_string(++room.number);
  m.group = "g";
  m.sent_at = *parse_time(line.at + ":00+08:00");
  m.sender = m.sender_name = line.who;
  m.role = line.who == "staff" ? Role::community_staff : line.who == "bot" ? Role::bot : Role::resident;
  m.text = line.who == "echo" ? room.last : line.words;
  const Placement placed = room.leads.place(room.number, m);
  if (m.role == Role::community_staff) {
    room.person = m.sent_at;
    for (auto& [who, talk] : room.talks)
      if (talk.latest && m.sent_at - *talk.latest < kTalk) talk.over = Over::person;
    return {};
  }
  Asked asked;
  asked.text = m.text;
  asked.at = m.sent_at;
  asked.role = m.role;
  asked.works = rules().works_at(calendar(), TimeZone::shanghai(), asked.at);
  asked.direct = line.where == "direct";
  asked.speaks = line.where != "relay";
  asked.person_at = room.person;
  asked.seen = see(understander(), m);
  if (placed.lead) {
    const LeadView& view = *room.leads.view(*placed.lead);
    asked.matter = Matter{view.category,
                          words().tells_where(view.place),
                          view.urgency,
                          true,
                          placed.act != Act::thanks,
                          room.spoken.contains(*placed.lead),
                          view.reply_suffices,
                          starts_private(view.category)};
  }
  const auto find = [&](std::string_view question) {
    std::vector<Found> out;
    const auto category = asked.matter ? std::optional(asked.matter->category) : std::nullopt;
    for (const Offer& o : knowledge().offers(question, "s/a", category, TimeZone::shanghai().day(asked.at), 3))
      out.push_back({to_text(o.entry->id), o.entry->title, o.entry->answer, o.entry->sources.front().title,
                     o.entry->valid_to, o.confidence, o.confident});
    return out;
  };
  Decision d = decide(words(), rules(), room.talks[line.who], asked, find);
  room.talks[line.who] = d.talk;
  if (placed.lead && d.kind != Kind::silent) room.spoken.insert(*placed.lead);
  if (!d.text.empty()) room.last = d.text + "\n（" + rules().mark + "）";
  return d;
}

TEST(CompanionTalk, SaysWhatItMayAndNothingElse) {
  const auto all = lines();
  ASSERT_GE(all.size(), 60u);
  std::map<std::string, Room> rooms;
  for (const Line& line : all) {
    const Decision d = hear(rooms[line.talk], line);
    if (line.kind == "-") continue;
    const bool calls = line.kind.ends_with('!');
    std::string expected = calls ? line.kind.substr(0, line.kind.size() - 1) : line.kind;
    const std::string kind(name(d.kind)), full = kind + ":" + d.why;
    bool fits = false;
    for (const std::string& one : split(expected, '|')) fits = fits || one == kind || one == full;
    const std::string what = "line " + std::to_string(line.number) + ": " + line.words + " -> " + full + " " + d.text;
    EXPECT_TRUE(fits) << what;
    EXPECT_EQ(d.calls, calls) << what;
    for (const std::string& part : split(line.holds, '|'))
      EXPECT_NE(d.text.find(part), std::string::npos) << what << "\n  lacks " << part;
    EXPECT_EQ(d.text.empty(), d.kind == Kind::silent) << what;
    EXPECT_TRUE(line.where != "relay" || d.text.find("我是小邻") == std::string::npos) << what;
  }
}

TEST(CompanionTalk, GreetsOnceInATalk) {
  Room room;
  int greeted = 0;
  for (const char* text : {"社区几点上班", "垃圾几点可以倒", "旧沙发扔哪里", "可以借轮椅吗"}) {
    const Decision d = hear(room, {0, "t", "2026-11-28T21:00", "a", "direct", text, "", ""});
    EXPECT_EQ(d.kind, Kind::answered) << text;
    greeted += d.text.find("我是小邻") != std::string::npos;
  }
  EXPECT_EQ(greeted, 1);
}

TEST(CompanionTalk, ABurstOfThirtyGetsSixAnswers) {
  Room room;
  int said = 0;
  for (int i = 0; i < 30; ++i)
    said +=
        hear(room, {0, "t", "2026-11-28T21:00", "a", "direct", "社区几点上班" + std::string(i % 2 ? "？" : ""), "", ""})
            .kind != Kind::silent;
  EXPECT_EQ(said, kMostInTurn);
}

TEST(CompanionTalk, AsksForTheSameThingNeverTwiceInARow) {
  Room room;
  const char* place = "请问是在哪里";
  const Decision one =
      hear(room, {0, "t", "2026-11-28T21:00", "a", "direct", "楼道里头堆的纸壳子都顶到天花板了", "", ""});
  ASSERT_NE(one.text.find(place), std::string::npos) << one.text;
  for (const char* text : {"纸壳子还在，路都走不通", "就是那个楼道嘛，还没得人来清"}) {
    const Decision d = hear(room, {0, "t", "2026-11-28T21:01", "a", "direct", text, "", ""});
    EXPECT_EQ(d.text.find(place), std::string::npos) << d.text;
  }
}

// What is decided needs no more than what goes in: the same again gives the same.
TEST(CompanionTalk, IsAFunctionOfItsInputs) {
  const auto all = lines();
  std::map<std::string, Room> first, second;
  for (const Line& line : all) {
    const Decision a = hear(first[line.talk], line), b = hear(second[line.talk], line);
    EXPECT_EQ(a.text, b.text);
    EXPECT_EQ(a.talk, b.talk);
  }
}

TEST(CompanionWords, PromiseNothingAndClaimToBeNoHuman) {
  for (const std::string& text : words().sayings()) {
    EXPECT_FALSE(words().promises(text)) << text;
    EXPECT_FALSE(rules().is_machine(text)) << text;
    EXPECT_EQ(std::ranges::count(text, '{'), std::ranges::count(text, '}')) << text;
  }
  EXPECT_TRUE(words().promises("师傅十分钟内马上到"));
  EXPECT_TRUE(words().promises("我是社区工作人员"));
  EXPECT_FALSE(words().promises("物业会在一小时内上门，尽快处理", "物业公约：尽快处理，一小时内上门，会上门"));
}

TEST(CompanionWords, NumbersStandWhereTheDistrictGaveThem) {
  Rules none;
  EXPECT_EQ(words().guidance("gas", none).find("电话"), std::string::npos);
  EXPECT_NE(words().guidance("gas", rules()).find("96777"), std::string::npos);
  EXPECT_EQ(words().say("stopped", {{"电话", ""}}), "好，我不说了。");
  EXPECT_EQ(words().say("stopped", {{"电话", "123"}}), "好，我不说了。急事可以打值班电话123。");
  for (const char* kind :
       {"gas", "electric", "fire", "elevator", "medical", "crime", "missing", "falling", "water", "any"})
    for (const Rules& r : {none, rules()}) {
      const std::string text = words().guidance(kind, r);
      EXPECT_EQ(text.find('{'), std::string::npos) << text;
      EXPECT_EQ(text.find("〔"), std::string::npos) << text;
      EXPECT_TRUE(text.find("119") != text.npos || text.find("110") != text.npos || text.find("120") != text.npos);
    }
}

TEST(CompanionWords, EveryEmergencyOfTheTaxonomyHasItsGuidance) {
  for (const Category& category : understander().taxonomy().categories())
    EXPECT_EQ(category.default_urgency == 1 && words().guidance_of(category.code).empty(), false) << category.code;
}

TEST(CompanionTalk, QuestionsOfAMessage) {
  EXPECT_EQ(questions_in("社区几点上班").size(), 1u);
  EXPECT_EQ(questions_in("社区几点上班？垃圾几点收？").size(), 2u);
  EXPECT_EQ(questions_in("请问？社区几点上班？").size(), 1u) << "two characters are no question";
}

}  // namespace
}  // namespace linli::companion
