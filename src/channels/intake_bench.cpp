// How many messages a second does intake take in for good, and what share of bare SQLite is that?
// deliver: signed bodies of 500, verified, parsed, sealed, committed with synchronous=FULL, two deliveries in flight.
// bare: the same rows (keys, messages with bodies sealed before), one prepared statement a table, one commit for 500.
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <filesystem>
#include <future>

#include "channels/intake.h"
#include "channels/messages.h"
#include "store/migrate.h"
#include "store/outbox.h"

namespace {

using namespace linli;

constexpr std::size_t kBatch = 500;
constexpr int kGroups = 200;

Message said(std::size_t n) {
  Message m;
  m.id = "message-" + std::to_string(n);
  m.group = "group-" + std::to_string(n % kGroups);
  m.sender = "sender-" + std::to_string(n % (kGroups * 40));
  m.sender_name = "3-2-1502李姐";
  m.text = "有人在家没？我家客厅顶上在滴水，越滴越快了";  // some 20 characters, as in real groups
  m.sent_at = SystemClock().now();
  return m;
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "linli-bench-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

void deliver(benchmark::State& state) {
  Folder folder;
  const Database database = Database::sqlite(folder.path / "linli.db");
  auto connection = *database.connect(Access::write);
  if (!migrate(connection, database)) return state.SkipWithError("no schema");
  SystemClock clock;
  IdSource ids(clock);
  const Sealer sealer = Sealer::for_test();
  Channels channels;
  Groups groups;
  Channel channel{.id = ids.draw<ChannelId>(), .name = "way", .admit_all = true};
  channel.secrets.push_back(WebhookSecret::generate());
  const auto way = std::make_shared<Channel>(channel);
  Writer writer(std::move(connection), {});
  Outbox outbox(writer);
  if (!writer
           .write([&](Tx& tx) -> Result<bool> {
             LINLI_TRY(Channels::add(tx, sealer, channel));
             return true;
           })
           .get())
    return state.SkipWithError("no channel");
  OptOuts opt_outs;
  MemberRoles member_roles;
  Rhythms rhythms(TimeZone::shanghai());
  Intake intake(writer, sealer, ids, clock, channels, groups, opt_outs, member_roles, rhythms, {}, {});

  std::size_t next = 0, fresh = 0;
  const auto body = [&] {
    std::string text;
    for (std::size_t i = 0; i < kBatch; ++i) {
      append_json(text, said(next++));
      text += '\n';
    }
    return text;
  };
  const auto send = [&](std::string text) {
    auto answered = std::make_shared<std::promise<Result<Receipt>>>();
    auto receipt = answered->get_future();
    const std::string at = std::to_string(clock.now().time_since_epoch() / std::chrono::seconds(1));
    Delivery delivery{way, "msg", at, sign(channel.secrets[0], "msg", at, text), std::move(text), BodyForm::ndjson};
    if (!intake.deliver(std::move(delivery), [answered](Result<Receipt> r) { answered->set_value(std::move(r)); }))
      std::abort();
    return receipt;
  };
  for (auto _ : state) {
    state.PauseTiming();
    std::string first = body(), second = body();
    state.ResumeTiming();
    auto a = send(std::move(first)), b = send(std::move(second));
    fresh += a.get()->fresh + b.get()->fresh;
  }
  if (fresh != next) state.SkipWithError("the answer is wrong");
  state.SetItemsProcessed(static_cast<std::int64_t>(fresh));
  intake.stop();
  writer.stop();
}

void bare(benchmark::State& state) {
  Folder folder;
  const std::filesystem::path file = folder.path / "linli.db";
  {
    const Database database = Database::sqlite(file);
    auto connection = *database.connect(Access::write);
    if (!migrate(connection, database)) return state.SkipWithError("no schema");
  }
  SystemClock clock;
  IdSource ids(clock);
  const Sealer sealer = Sealer::for_test();
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", nullptr, nullptr, nullptr);
  sqlite3_stmt *key = nullptr, *row = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO message_keys VALUES (1, ?, ?)", -1, &key, nullptr);
  sqlite3_prepare_v2(db, "INSERT INTO messages VALUES (?, 1, ?, ?, ?, 0, 0, 1, ?, ?)", -1, &row, nullptr);
  std::size_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Message> messages;
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < 2 * kBatch; ++i) {
      messages.push_back(said(next++));
      bodies.push_back(seal_body(sealer, messages.back()));
    }
    state.ResumeTiming();
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (i % kBatch == 0) sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
      const std::int64_t id = ids.next(), at = to_millis(messages[i].sent_at);
      sqlite3_bind_text(key, 1, messages[i].id.data(), static_cast<int>(messages[i].id.size()), SQLITE_STATIC);
      sqlite3_bind_int64(key, 2, id);
      sqlite3_step(key);
      sqlite3_reset(key);
      sqlite3_bind_int64(row, 1, id);
      sqlite3_bind_int64(row, 2, static_cast<std::int64_t>(i % kGroups));
      sqlite3_bind_int64(row, 3, at);
      sqlite3_bind_int64(row, 4, at);
      sqlite3_bind_int64(row, 5, static_cast<std::int64_t>(i * 2'654'435'761));
      sqlite3_bind_blob(row, 6, bodies[i].data(), static_cast<int>(bodies[i].size()), SQLITE_STATIC);
      sqlite3_step(row);
      sqlite3_reset(row);
      if (i % kBatch == kBatch - 1) sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    }
  }
  sqlite3_finalize(key);
  sqlite3_finalize(row);
  sqlite3_close(db);
  state.SetItemsProcessed(static_cast<std::int64_t>(next));
}

BENCHMARK(bare)->Iterations(60)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(deliver)->Iterations(60)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
