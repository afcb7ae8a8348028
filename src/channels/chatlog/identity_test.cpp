#include "channels/chatlog/identity.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace linli {
namespace {

const Sealer& sealer() {
  static const Sealer one = Sealer::for_test();
  return one;
}
Group group(std::int64_t id = 7) {
  Group g;
  g.id = GroupId{id};
  g.external_id = "g";
  return g;
}

ExportedMessage said(std::string name, std::string text, std::int64_t second, MessageType type = MessageType::text) {
  ExportedMessage m;
  m.name = std::move(name);
  m.text = std::move(text);
  m.at = from_millis((1'790'000'000 + second) * 1'000);
  m.type = type;
  return m;
}

using File = std::vector<ExportedMessage>;

// The ids of a file's messages that are not known.
std::vector<std::string> ids(const File& file, HeardBefore before = {}) {
  ExportIdentity identity(sealer(), group(), std::move(before), {});
  std::vector<std::string> out;
  for (const auto& m : file)
    if (auto one = identity.identify(m); !one.known) out.push_back(one.message.id);
  return out;
}

TEST(ExportIdentity, EqualOnesOfAMinuteAreCounted) {
  const File file{said("李", "收到", 0), said("李", "收到", 30), said("王", "收到", 31), said("李", "收到", 61)};
  const auto all = ids(file);
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), 4u);
  EXPECT_EQ(ids(file), all);
}

TEST(ExportIdentity, SecondsAndPicturesAreToldInManyWays) {
  EXPECT_EQ(ids({said("李", "漏水了", 0)}), ids({said("李", "漏水了 \n", 21)}));  // the same minute
  EXPECT_EQ(ids({said("李", "[图片]", 0, MessageType::image)}),
            ids({said("李", "[图片](可在附件中查看)", 0, MessageType::image)}));
  EXPECT_NE(ids({said("李", "漏水了", 0)}), ids({said("李", "漏水了", 60)}));
  ExportIdentity other(sealer(), group(8), {}, {});
  EXPECT_NE(ids({said("李", "漏水了", 0)}).front(), other.identify(said("李", "漏水了", 0)).message.id);
}

// A day in which people say few different things, cut into files at random places: whatever is imported, and in whatever order,
// no equal words are counted more often than they were said; and what any one file shows of a minute is all there.
TEST(ExportIdentity, RandomCuts) {
  std::mt19937 random(20261128);
  const auto draw = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::string names[] = {"李", "王"}, texts[] = {"收到", "1", "好"};
  for (int round = 0; round < 2'000; ++round) {
    File day;
    std::int64_t second = 20;
    for (int i = 0, n = 1 + draw(30); i < n; ++i)
      day.push_back(said(names[draw(2)], texts[draw(3)], second += draw(25)));
    using What = std::tuple<std::int64_t, std::string, std::string>;
    const auto what = [](const ExportedMessage& m) { return What{to_millis(m.at) / 60'000, m.name, m.text}; };
    std::map<What, std::size_t> spoken, shown;
    for (const auto& m : day) ++spoken[what(m)];

    std::vector<File> files;
    for (int f = 0, n = 1 + draw(5); f < n; ++f) {
      const int begin = draw(static_cast<int>(day.size())),
                end = begin + 1 + draw(static_cast<int>(day.size()) - begin);
      files.emplace_back(day.begin() + begin, day.begin() + end);
    }
    std::set<std::string> all, backwards;
    std::map<What, std::set<std::string>> stored;
    for (const File& file : files) {
      ExportIdentity identity(sealer(), group(), {}, {});
      std::map<What, std::size_t> here;
      for (const auto& m : file) {
        const std::string id = identity.identify(m).message.id;
        all.insert(id);
        stored[what(m)].insert(id);
        shown[what(m)] = std::max(shown[what(m)], ++here[what(m)]);
      }
    }
    for (auto file = files.rbegin(); file != files.rend(); ++file)
      for (const std::string& id : ids(*file)) backwards.insert(id);
    ASSERT_EQ(all, backwards);
    for (const auto& [key, of] : stored) {
      ASSERT_LE(of.size(), spoken[key]);
      ASSERT_EQ(of.size(), shown[key]);
    }
  }
}

TEST(ExportIdentity, KnowsWhoIsMeant) {
  HeardBefore before;
  before.senders = {{"李姐", "wx-1"}, {"王叔", ""}};  // two people are called 王叔
  ExportIdentity identity(sealer(), group(), before, "张网格");
  EXPECT_EQ(identity.identify(said("李姐", "a", 0)).message.sender, "wx-1");
  EXPECT_EQ(identity.identify(said("王叔", "a", 0)).message.sender, "name:王叔");
  ExportedMessage own = said("我", "@李姐 马上来 @所有人", 60);
  own.own = true;
  const Message m = identity.identify(own).message;
  EXPECT_EQ(m.sender_name, "张网格");
  EXPECT_EQ(m.mentions, (std::vector<std::string>{"wx-1"}));
  EXPECT_TRUE(m.mentions_all);
}

TEST(ExportIdentity, QuotesAreAnswers) {
  ExportIdentity identity(sealer(), group(), {}, {});
  const std::string asked = identity.identify(said("李姐", "几时来水？", 0)).message.id;
  ExportedMessage answer = said("张网格", "晚上八点", 60);
  answer.quoted_name = "李姐";
  answer.quoted_text = "几时来水？";
  EXPECT_EQ(identity.identify(answer).message.reply_to, asked);
  answer.quoted_text = "别的";
  EXPECT_EQ(identity.identify(answer).message.reply_to, "");
}

}  // namespace
}  // namespace linli
