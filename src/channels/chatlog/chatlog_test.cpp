#include "channels/chatlog/chatlog.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/csv.h"

namespace linli {
namespace {

// "line:id" of each message, "line!code" of each error.
std::vector<std::string> seen(std::string text) {
  auto log = Chatlog::read(std::make_unique<std::istringstream>(std::move(text)), "chat");
  if (!log) return {std::string(name(log.error().code)) + " " + log.error().where.field};
  std::vector<std::string> all;
  while (true) {
    auto message = log->next();
    if (message && !*message) return all;
    if (message) all.push_back(std::to_string(log->line()) + ":" + (*message)->id + ":" + (*message)->text);
    else all.push_back(std::to_string(message.error().where.line) + "!" + std::string(name(message.error().code)));
  }
}

using Lines = std::vector<std::string>;
constexpr const char* kM1 = R"({"id":"m1","group":"g","ts":"2026-11-20T18:30:40+08:00","sender":"s","text":"水"})";

TEST(Chatlog, Jsonl) {
  EXPECT_EQ(seen(std::string(kM1) + "\n\n{\"id\":3}\r\n" + kM1), (Lines{"1:m1:水", "3!bad_value", "4:m1:水"}));
  EXPECT_EQ(seen("\xEF\xBB\xBF" + std::string(kM1) + "\n"), (Lines{"1:m1:水"}));
  EXPECT_EQ(seen(std::string(kM1) + "\n{\"text\":\"" + std::string(5 << 20, 'x') + "\"}\n" + kM1),
            (Lines{"1:m1:水", "2!too_long", "3:m1:水"}));
}

TEST(Chatlog, Csv) {
  const std::string header = "id,extra,group,ts,sender,text,mentions\r\n";
  const std::string t = "2026-11-20T18:30:40+08:00";
  EXPECT_EQ(seen("\xEF\xBB\xBF" + header + "m1,,g," + t + ",s,漏水\r\nm2,x,g," + t +
                 ",s,\"一,\"\"二\"\"\r\n三\",a b\r\nm3,,g," + t + ",s,x"),
            (Lines{"2:m1:漏水", "3:m2:一,\"二\"\r\n三", "5:m3:x"}));
  EXPECT_EQ(seen(header + "m1,,g,yesterday,s,x\n\nm2,,g," + t + ",s,\n"), (Lines{"2!bad_time", "4:m2:"}));
  EXPECT_EQ(seen(header + "m1,,g," + t + ",s,\"x\"y\nm2,,g," + t + ",s,5\" 管\n"),
            (Lines{"2!bad_value", "3:m2:5\" 管"}));
  EXPECT_EQ(seen(header + "m1,,g," + t + ",s,\"x\n"), (Lines{"2!bad_value"}));
  EXPECT_EQ(seen(header + "m1,,g," + t + ",s,\xff\n"), (Lines{"2!bad_utf8"}));
  EXPECT_EQ(seen("id,group,ts,text\n"), (Lines{"missing_field sender"}));
  EXPECT_EQ(seen(""), (Lines{"missing_field id"}));
}

TEST(Chatlog, CsvMentions) {
  const std::string header = "id,group,ts,sender,text,mentions\n";
  auto log = *Chatlog::read(std::make_unique<std::istringstream>(header + "m1,g,2026-11-20T18:30:40Z,s,x,all\n" +
                                                                 "m2,g,2026-11-20T18:30:40Z,s,x,a  b\n"),
                            "chat");
  EXPECT_TRUE(log.next().value()->mentions_all);
  EXPECT_EQ(log.next().value()->mentions, (std::vector<std::string>{"a", "b"}));
}

TEST(Chatlog, ReadsTheTrainingChats) {
  const std::filesystem::path folder = LINLI_SOURCE_DIR "/data/training";
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (!file.path().string().ends_with(".messages.jsonl")) continue;
    ++files;
    auto log = Chatlog::open(file.path());
    ASSERT_TRUE(log);
    for (auto m = log->next(); !m || *m; m = log->next())
      ASSERT_TRUE(m) << file.path() << ":" << log->line() << " " << m.error().where.field;
  }
  EXPECT_GT(files, 0);
}

TEST(Chatlog, SaysWhatItCannotRead) {
  EXPECT_EQ(Chatlog::open("no/such/file").error().code, Errc::file_unreadable);
  EXPECT_EQ(Chatlog::open("/").error().code, Errc::file_unreadable);
}

TEST(Csv, HasLimits) {
  CsvRows rows(std::make_unique<std::istringstream>(std::string(CsvRows::max_cell + 1, 'x') + "\na,b\n" +
                                                    std::string(2'000, ',') + "\nc"));
  std::vector<std::string> cells;
  EXPECT_EQ(rows.next(cells).error().code, Errc::too_long);
  EXPECT_TRUE(*rows.next(cells));
  EXPECT_EQ(cells, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rows.next(cells).error().code, Errc::too_long);
  EXPECT_TRUE(*rows.next(cells));
  EXPECT_EQ(rows.line(), 4);
  EXPECT_FALSE(*rows.next(cells));
}

}  // namespace
}  // namespace linli
