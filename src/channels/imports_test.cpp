#include "channels/imports.h"

#include <boost/json.hpp>

#include <future>
#include <thread>

#include "channels/messages.h"
#include "people/users.h"
#include "store/databases_for_tests.h"
#include "store/outbox.h"

namespace linli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const Instant kNow = *parse_time("2026-11-28T12:00:00Z");

class ImportsTest : public EachDatabase {
 protected:
  void SetUp() override {
    EachDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    open();
    Channel way{.id = ids.draw<ChannelId>(), .name = "way", .kind = ChannelKind::file, .created_at = kNow};
    group.id = ids.draw<GroupId>();
    group.channel = way.id;
    group.external_id = "g";
    group.name = "锦苑3栋";
    group.state = GroupState::admitted;
    waiting = group;
    waiting.id = ids.draw<GroupId>();
    waiting.external_id = "w";
    waiting.state = GroupState::waiting;
    ASSERT_TRUE(writer
                    ->write([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(Channels::add(tx, sealer, way));
                      LINLI_TRY(Groups::write(tx, group));
                      LINLI_TRY(Groups::write(tx, waiting));
                      LINLI_TRY(users::add(tx, {user, "u", "u", {}, {}}, kNow));
                      return true;
                    })
                    .get());
    channels->keep(way);
    groups->keep(group);
    groups->keep(waiting);
  }
  void TearDown() override { close(); }

  void open() {
    writer.emplace(connect(), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database(), 2);
    groups.emplace();
    channels.emplace();
    ASSERT_TRUE(readers
                    ->read([&](Tx& tx) -> Result<bool> {
                      LINLI_TRY(groups->load(tx));
                      LINLI_TRY(channels->load(tx, sealer));
                      return true;
                    })
                    .get());
    Intake::Ports ports;
    ports.has_room = [this](std::size_t) { return room.load(); };
    intake.emplace(*writer, sealer, ids, clock, *channels, *groups, opt_outs, member_roles, rhythms, std::move(ports),
                   Intake::Options{});
    start();
  }
  void start() {
    imports.emplace(
        Imports::Parts{*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), *channels, *groups, *intake},
        folder() / "imports");
    const auto started = imports->start();
    ASSERT_TRUE(started) << for_terminal(started.error(), Language::en);
  }
  void close() {
    if (!writer) return;
    room = true;
    imports->stop();
    intake->stop();
    writer->stop();
    readers->stop();
    imports.reset();
    intake.reset();
    outbox.reset();
    readers.reset();
    writer.reset();
  }

  ImportId send(const std::string& bytes, std::size_t piece = 1'000) {
    const auto opened =
        imports->open(user, group.id, "聊天.txt", static_cast<std::int64_t>(bytes.size()), Language::zh);
    if (!opened) throw std::runtime_error(for_terminal(opened.error(), Language::en));
    const ImportId id = *parse_id<ImportTag>(std::string_view(opened->at("id").as_string()));
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      EXPECT_TRUE(imports->put(user, id, static_cast<std::int64_t>(at), std::string_view(bytes).substr(at, piece)));
    return id;
  }
  auto preview(GroupId of, const Imports::Paste& paste) {
    return readers->read([&](Tx& tx) { return imports->preview(tx, of, paste, Language::zh); }).get();
  }
  auto take_paste(const Imports::Paste& paste) {
    return readers->read([&](Tx& tx) { return imports->paste(tx, user, group.id, paste); }).get();
  }
  std::string state(ImportId id) { return std::string(imports->find(user, id)->at("state").as_string()); }
  json::object settled(ImportId id) {
    for (int i = 0; i < 2'000; ++i) {
      const std::string now = state(id);
      if (now != "looking" && now != "running") break;
      std::this_thread::sleep_for(5ms);
    }
    return *imports->find(user, id);
  }
  json::object bring(const std::string& bytes, Imports::Choice choice = {}) {
    const ImportId id = send(bytes);
    EXPECT_TRUE(imports->look(user, id, std::move(choice)));
    if (settled(id).at("state") != "ready") return settled(id);
    EXPECT_TRUE(imports->begin(user, id));
    return settled(id);
  }
  std::vector<StoredMessage> stored() {
    return *readers->read([&](Tx& tx) { return stored_messages_after(tx, sealer, {}, 100'000); }).get();
  }
  static std::int64_t number(const json::object& of, std::string_view key) { return of.at(key).as_int64(); }
  static std::string lines(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) {
      const int minute = i / 3;
      char time[32];
      std::snprintf(time, sizeof time, "2026-11-20 %02d:%02d:%02d", 8 + minute / 60, minute % 60, i % 3 * 20);
      // Every minute has two equal ones.
      out += std::string("李姐 ") + time + "\n" + (i % 3 == 0 ? "第" + std::to_string(i) : "收到") + "\n\n";
    }
    return out;
  }

  ManualClock clock{kNow};
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  UserId user{5}, other{6};
  Group group, waiting;
  OptOuts opt_outs;
  MemberRoles member_roles;
  Rhythms rhythms{TimeZone::shanghai()};
  std::atomic<bool> room{true};
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Groups> groups;
  std::optional<Channels> channels;
  std::optional<Intake> intake;
  std::optional<Imports> imports;
};

TEST_P(ImportsTest, AFileIsLookedAtAndTakenIn) {
  const std::string file = lines(0, 300);
  const ImportId id = send(file);
  ASSERT_TRUE(imports->look(user, id, {}));
  const json::object seen = settled(id);
  ASSERT_EQ(seen.at("state"), "ready") << json::serialize(seen);
  EXPECT_EQ(seen.at("shape").at("format"), "name_time");
  EXPECT_EQ(number(seen.at("survey").as_object(), "messages"), 300);
  EXPECT_EQ(number(seen.at("survey").as_object(), "new"), 300);
  EXPECT_EQ(seen.at("survey").at("people").at(0).at("name"), "李姐");
  EXPECT_TRUE(stored().empty());
  ASSERT_TRUE(imports->begin(user, id));
  const json::object done = settled(id);
  ASSERT_EQ(done.at("state"), "done");
  EXPECT_EQ(number(done, "new"), 300);
  const auto all = stored();
  ASSERT_EQ(all.size(), 300u);
  EXPECT_EQ(all[0].message.text, "第0");
  EXPECT_EQ(format_time(all[0].message.sent_at), "2026-11-20T00:00:00Z");
  EXPECT_FALSE(all[0].live);
  EXPECT_EQ(all[0].group, group.id);
  for (int i = 0; i < 200 && std::filesystem::exists(folder() / "imports" / to_text(id)); ++i)
    std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(std::filesystem::exists(folder() / "imports" / to_text(id)));
}

TEST_P(ImportsTest, OverlapsCountOnce) {
  EXPECT_EQ(number(bring(lines(100, 200)), "new"), 100);
  const json::object again = bring(lines(100, 200));
  EXPECT_EQ(number(again, "new"), 0);
  EXPECT_EQ(number(again, "known"), 100);
  EXPECT_EQ(number(bring(lines(50, 151)), "new"), 50);
  EXPECT_EQ(number(bring(lines(0, 300)), "new"), 150);
  EXPECT_EQ(stored().size(), 300u);
}

TEST_P(ImportsTest, WhatCameLiveIsKnown) {
  Message live;
  live.id = "m1";
  live.group = "g";
  live.sender = "wx-1";
  live.sender_name = "李姐";
  live.text = "收到";
  live.sent_at = *parse_time("2026-11-20T00:01:25Z");  // the export says 00:01:20
  std::promise<Result<Receipt>> promise;
  ASSERT_TRUE(
      intake->take(*channels->find("way"), {live}, false, [&](Result<Receipt> r) { promise.set_value(std::move(r)); }));
  ASSERT_TRUE(promise.get_future().get());
  const json::object done = bring(lines(3, 6));
  EXPECT_EQ(number(done, "new"), 2);  // one of the two equal ones
  EXPECT_EQ(number(done, "known"), 1);
  EXPECT_EQ(stored().back().message.sender, "wx-1");  // and 李姐 is who she was
}

// Who opted out is known by name where a file knows nothing else; and the words that say it are heard in a file too.
TEST_P(ImportsTest, WhoOptedOutIsNotImported) {
  Message out;
  out.id = "m1";
  out.group = "g";
  out.sender = "wx-1";
  out.sender_name = "李姐";
  out.text = "退出邻里";
  out.sent_at = kNow;
  std::promise<Result<Receipt>> promise;
  ASSERT_TRUE(
      intake->take(*channels->find("way"), {out}, false, [&](Result<Receipt> r) { promise.set_value(std::move(r)); }));
  ASSERT_TRUE(promise.get_future().get());
  const json::object done = bring(
      lines(0, 6) + "王叔 2026-11-20 09:00\n在的\n\n小陈 2026-11-20 09:01\n退出邻里\n\n小陈 2026-11-20 09:02\n还有\n");
  EXPECT_EQ(number(done, "dropped"), 8);
  ASSERT_EQ(stored().size(), 1u);
  EXPECT_EQ(stored()[0].message.sender_name, "王叔");
}

TEST_P(ImportsTest, ARestartGoesOn) {
  ImportId id = send(lines(0, 1'500));
  ASSERT_TRUE(imports->look(user, id, {}));
  ASSERT_EQ(settled(id).at("state"), "ready");
  // Some of it is in when linli stops.
  EXPECT_EQ(number(bring(lines(0, 600)), "new"), 600);
  room = false;
  ASSERT_TRUE(imports->begin(user, id));
  std::this_thread::sleep_for(30ms);
  std::thread later([this] {
    std::this_thread::sleep_for(50ms);
    room = true;
  });
  imports->stop();
  later.join();
  imports.reset();
  start();
  const json::object done = settled(id);
  ASSERT_EQ(done.at("state"), "done") << json::serialize(done);
  EXPECT_EQ(done.at("resumed"), true);
  EXPECT_EQ(number(done, "new") + number(done, "known"), 1'500);
  EXPECT_EQ(stored().size(), 1'500u);
}

TEST_P(ImportsTest, IsStopped) {
  const ImportId id = send(lines(0, 30));
  ASSERT_TRUE(imports->look(user, id, {}));
  settled(id);
  ASSERT_TRUE(imports->cancel(user, id));
  EXPECT_EQ(settled(id).at("state"), "cancelled");
  EXPECT_EQ(imports->begin(user, id).error().code, Errc::not_in_state);
  EXPECT_EQ(imports->cancel(user, id).error().code, Errc::not_in_state);
  EXPECT_TRUE(stored().empty());
}

TEST_P(ImportsTest, SaysWhatItDoesNotTake) {
  EXPECT_EQ(imports->open(user, waiting.id, "x", 5, Language::zh).error().code, Errc::group_not_admitted);
  EXPECT_EQ(imports->open(user, GroupId{99}, "x", 5, Language::zh).error().code, Errc::unknown_group);
  EXPECT_EQ(imports->open(user, group.id, "x", 0, Language::zh).error().code, Errc::bad_value);
  EXPECT_EQ(imports->open(user, group.id, "x", Imports::largest + 1, Language::zh).error().code, Errc::too_long);
  const ImportId id = *parse_id<ImportTag>(
      std::string_view(imports->open(user, group.id, "x", 10, Language::zh)->at("id").as_string()));
  EXPECT_EQ(imports->put(user, id, 3, "abc").error().code, Errc::bad_value);          // a gap
  EXPECT_EQ(imports->put(user, id, 0, "0123456789x").error().code, Errc::bad_value);  // too much
  EXPECT_EQ(number(*imports->put(user, id, 0, "012"), "received"), 3);
  EXPECT_EQ(number(*imports->put(user, id, 0, "012"), "received"), 3);  // again
  EXPECT_EQ(imports->look(user, id, {}).error().code, Errc::not_in_state);
  for (const auto& error :
       {imports->find(other, id).error(), imports->put(other, id, 3, "a").error(), imports->cancel(other, id).error()})
    EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_TRUE(imports->of(other).empty());
  EXPECT_EQ(imports->of(user).size(), 1u);
  EXPECT_EQ(bring("今天天气真好\n出去走走\n").at("state"), "asking");
}

TEST_P(ImportsTest, ColumnsAreAskedOnce) {
  const std::string table = "什么时候,谁,说了什么\n2025-08-27 00:00,李姐,你好\n";
  json::object first = bring(table);
  EXPECT_EQ(first.at("state"), "asking");
  EXPECT_EQ(first.at("error").at("code"), "chat_columns_missing");
  EXPECT_EQ(first.at("shape").at("headings").as_array().size(), 3u);
  Imports::Choice choice;
  choice.shape.columns[0] = {"什么时候"};
  choice.shape.columns[1] = {"谁"};
  choice.shape.columns[3] = {"说了什么"};
  EXPECT_EQ(number(bring(table, choice), "new"), 1);
  EXPECT_EQ(number(bring(table), "known"), 1);
}

TEST_P(ImportsTest, Paste) {
  Imports::Paste paste;
  paste.text = "李姐 2026-11-28 19:50\n漏水了\n\n王叔 2026-11-28 19:30\n哪里\n";  // it is 20:00
  const auto seen = preview(group.id, paste);
  ASSERT_TRUE(seen);
  EXPECT_EQ(number(seen->at("survey").as_object(), "new"), 2);
  EXPECT_TRUE(stored().empty());
  paste.just_now = true;
  const auto taken = take_paste(paste);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->fresh, 2);
  for (const auto& m : stored()) EXPECT_EQ(m.live, m.message.text == "漏水了");  // ten minutes ago, and thirty
  EXPECT_EQ(take_paste(paste)->fresh, 0);
  EXPECT_EQ(readers->read([&](Tx& tx) { return imports->recent_names(tx, group.id); }).get()->size(), 2u);
  EXPECT_EQ(preview(waiting.id, paste).error().code, Errc::group_not_admitted);
}

TEST_P(ImportsTest, PasteWithoutSenderOrTime) {
  Imports::Paste paste;
  paste.text = "我屋头又漏水了";
  EXPECT_EQ(preview(group.id, paste).error().code, Errc::chat_unknown);
  paste.single = true;
  EXPECT_EQ(take_paste(paste).error().code, Errc::missing_field);
  paste.name = "李姐";
  EXPECT_EQ(take_paste(paste).error().code, Errc::chat_no_time);
  paste.at = kNow - 5min;
  EXPECT_EQ(take_paste(paste)->fresh, 1);
  EXPECT_FALSE(stored().back().live);  // nobody said that it was just now
  Imports::Paste several;
  several.text = "李姐：漏水了\n王叔：哪栋\n";
  EXPECT_EQ(number(preview(group.id, several)->at("survey").as_object(), "untimed"), 2);
  EXPECT_EQ(take_paste(several).error().code, Errc::chat_no_time);
  several.at = kNow - 1min;
  several.just_now = true;
  EXPECT_EQ(take_paste(several)->fresh, 2);
  EXPECT_TRUE(stored().back().live);
}

ON_EACH_DATABASE(ImportsTest);

}  // namespace
}  // namespace linli
