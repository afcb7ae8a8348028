// How long does a million exported lines take? parse: a text export of 1 M lines to messages; split: the rival, the same file cut
// into lines and nothing else; import: parsed, told apart, sealed, committed to SQLite (synchronous=FULL) through intake, without
// leads; again: the same file once more, of which all is known.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <sstream>

#include "channels/chatlog/survey.h"
#include "channels/chatlog/take_in.h"
#include "store/migrate.h"
#include "store/outbox.h"

namespace {
using namespace linli;

constexpr int kMessages = 340'000;  // three lines each: 1.02 M lines

const std::string& file() {
  static const std::string text = [] {
    std::string out;
    const char* said[] = {
        "有人在家没？我家客厅顶上在滴水，越滴越快了", "收到", "我屋头也遭了，3栋2单元", "几时来水哦", "[图片]",
        "明天下午社区有免费理发，要去的在群里报名"};
    for (int i = 0; i < kMessages; ++i) {
      const int second = i * 7 % 60, minute = i / 8 % 60, hour = i / 480 % 24, day = 1 + i / 11'520 % 28,
                month = 1 + i / 322'560 % 12;
      char head[128];
      std::snprintf(head, sizeof head, "3-2-%d李姐 2025-%02d-%02d %02d:%02d:%02d\n", 100 + i % 97, month, day, hour,
                    minute, second);
      ((out += head) += said[i % 6]) += "\n\n";
    }
    return out;
  }();
  return text;
}
const OpenBytes open = [] { return std::make_unique<std::istringstream>(file()); };
const Instant kNow = *parse_time("2026-11-28T12:00:00Z");

void split(benchmark::State& state) {
  std::size_t lines = 0;
  for (auto _ : state) {
    lines = 0;
    std::istringstream in(file());
    for (std::string line; std::getline(in, line);) benchmark::DoNotOptimize(line), ++lines;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(lines) * state.iterations());
}

void parse(benchmark::State& state) {
  std::size_t messages = 0;
  for (auto _ : state) {
    messages = 0;
    ExportChoice choice;
    choice.as_of = kNow;
    const auto shape = find_shape(open, choice);
    auto reader =
        read_export(open, *shape, kNow, TimeZone::shanghai(), count_wraps(open, *shape, kNow, TimeZone::shanghai()));
    while (true) {
      auto m = reader->next();
      if (!m) return state.SkipWithError("the answer is wrong");
      if (!*m) break;
      ++messages;
    }
  }
  if (messages != kMessages) return state.SkipWithError("the answer is wrong");
  state.SetItemsProcessed(3 * kMessages * state.iterations());
}

struct Store {
  std::filesystem::path folder = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "linli-bench-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(pattern.data()));
  }();
  Database database = Database::sqlite(folder / "linli.db");
  Connection connection = [this] {
    auto made = *database.connect(Access::write);
    if (!migrate(made, database)) std::abort();
    return made;
  }();
  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  Channels channels;
  Groups groups;
  OptOuts opt_outs;
  MemberRoles member_roles;
  Rhythms rhythms{TimeZone::shanghai()};
  Writer writer{std::move(connection), {}};
  Outbox outbox{writer};
  Readers readers{database, 1};
  Channel channel{.id = ids.draw<ChannelId>(), .name = "way"};
  Group group;
  Intake intake{writer, sealer, ids, clock, channels, groups, opt_outs, member_roles, rhythms, {}, {}};

  Store() {
    group.id = ids.draw<GroupId>();
    group.channel = channel.id;
    group.external_id = "g";
    group.state = GroupState::admitted;
    const auto made = writer
                          .write([&](Tx& tx) -> Result<bool> {
                            LINLI_TRY(Channels::add(tx, sealer, channel));
                            LINLI_TRY(Groups::write(tx, group));
                            return true;
                          })
                          .get();
    if (!made) std::abort();
    channels.keep(channel);
    groups.keep(group);
  }
  ~Store() {
    intake.stop();
    writer.stop();
    readers.stop();
    std::filesystem::remove_all(folder);
  }
  TakenIn import() {
    ExportChoice choice;
    choice.as_of = kNow;
    const auto shape = find_shape(open, choice);
    auto before =
        readers.read([&](Tx& tx) { return heard_before(tx, sealer, group); }, Deadline::in(std::chrono::minutes(5)))
            .get();
    ExportIdentity identity(sealer, group, *std::move(before), {});
    auto reader = read_export(open, *shape, kNow, TimeZone::shanghai());
    return *take_in(*reader, identity, intake, channel);
  }
};

void import(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Store store;
    state.ResumeTiming();
    if (store.import().fresh != kMessages) state.SkipWithError("the answer is wrong");
    state.PauseTiming();
    if (const auto again = store.import(); again.fresh != 0 || again.known != kMessages)
      state.SkipWithError("the answer is wrong");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(3 * kMessages * state.iterations());
}

void again(benchmark::State& state) {
  Store store;
  if (store.import().fresh != kMessages) return state.SkipWithError("the answer is wrong");
  for (auto _ : state)
    if (store.import().known != kMessages) state.SkipWithError("the answer is wrong");
  state.SetItemsProcessed(3 * kMessages * state.iterations());
}

BENCHMARK(split)->Unit(benchmark::kMillisecond);
BENCHMARK(parse)->Unit(benchmark::kMillisecond);
BENCHMARK(import)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();
BENCHMARK(again)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
