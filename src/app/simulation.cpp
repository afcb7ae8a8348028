#include "app/simulation.h"

#include <stdlib.h>

#include <fmt/format.h>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <queue>
#include <set>

#include "app/simulated_talk.h"
#include "base/table_file.h"
#include "channels/channels.h"
#include "channels/outgoing.h"
#include "desk/dispatch.h"
#include "leads/lead_store.h"
#include "notify/promise_steps.h"
#include "people/grid_plan.h"
#include "people/grids.h"
#include "people/groups.h"
#include "people/holdings.h"
#include "people/users.h"
#include "store/migrate.h"

namespace linli::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

// A Wednesday: midnight in Shanghai.
const Instant kDay = *parse_time("2026-11-25T00:00:00+08:00");
constexpr auto kMorning = 8h, kEvening = 22h;

// How people are, in seconds. Of an agent: 10-40 a lead (docs: sizes to keep in mind). The others are assumptions, said in
// docs/operations/simulate.md.
constexpr double kFastest = 10, kSlowest = 40, kDismiss = 12;
constexpr double kAcceptMean = 240, kCopyWaitMean = 120, kLeaderLeast = 30, kLeaderMost = 120, kWorkMean = 3'600;
constexpr double kNightSlower = 2;

struct Event {
  Instant at{};
  enum class Kind { lead, agent, deliver, copied, accept, done, leader, minute } kind = Kind::minute;
  int index = 0;  // of a lead; of the agent
  std::int64_t id = 0;
  std::int64_t seq = 0;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const { return std::tie(a.at, a.seq) > std::tie(b.at, b.seq); }
};

// A folder for the day's database; gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::string path = (std::filesystem::temp_directory_path() / "linli-simulate-XXXXXX").string();
    if (!mkdtemp(path.data())) throw std::runtime_error("no temporary folder: " + path);
    path_ = path;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Simulation {
 public:
  Simulation(const SimulatedTalk& talk, const SimulationInput& input, int by_hand)
      : talk_(talk), input_(input), by_hand_(by_hand), clock_(kDay), ids_(clock_), random_(input.seed + 1) {}

  Result<SimulatedDay> run() {
    auto connection = database_.connect(Access::write);
    if (!connection) return tl::unexpected(std::move(connection).error());
    auto migrated = migrate(*connection, database_);
    if (!migrated) return tl::unexpected(std::move(migrated).error());
    auto tx = connection->begin();  // one for the whole day: nothing of it is kept
    if (!tx) return tl::unexpected(std::move(tx).error());
    tx_ = &*tx;
    LINLI_TRY(people());
    auto time = notify::promise_time(*tx_, zone_);
    if (!time) return tl::unexpected(std::move(time).error());
    for (std::size_t i = 0; i < talk_.leads.size(); ++i) at(talk_.leads[i].at, Event::Kind::lead, static_cast<int>(i));
    for (auto minute = 0min; minute <= 24h + 30min; minute += 1min) at(kDay + minute, Event::Kind::minute);
    leads_.resize(talk_.leads.size());
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      clock_.set(event.at);
      LINLI_TRY(happen(event, *time));
    }
    auto out = report();
    tx_->rollback();
    return out;
  }

 private:
  struct Own {  // of a found lead
    LeadId id;
    std::optional<CaseId> in_case;
    std::optional<Instant> told_at;  // words are on their way or said
    std::optional<Instant> answered_at;
    bool leader_called = false;
  };

  cases::Office office() { return {sealer_, ids_, *grids_.tree(), zone_, clock_.now()}; }
  bool day_time(Instant at) const { return at - kDay >= kMorning && at - kDay < kEvening; }
  double slower() const { return day_time(clock_.now()) ? 1 : kNightSlower; }
  seconds wait(double mean) { return seconds(1 + static_cast<int>(-std::log(1 - uniform(random_)) * mean * slower())); }
  seconds between(double least, double most) {
    return seconds(static_cast<int>(std::lround(least + uniform(random_) * (most - least))));
  }
  void at(Instant when, Event::Kind kind, int index = 0, std::int64_t id = 0) {
    events_.push({when, kind, index, id, ++seq_});
  }
  int agents_now() const { return day_time(clock_.now()) ? input_.agents : input_.night_agents; }

  // ---- who is there ----

  Result<Actor> person(const std::string& name, StaffRole role, GridId grid) {
    const User user{ids_.draw<UserId>(), name, name, {}, {}};
    LINLI_TRY(users::add(*tx_, user, kDay));
    LINLI_TRY(holdings::give(*tx_, {ids_.draw<HoldingId>(), user.id, role, grid, {}, Day{}, kNoEnd, {}}, {}, kDay));
    return holdings::actor(*tx_, user, zone_.day(kDay));
  }

  // A district of communities of ten grids; a grid holds five hundred residents and the groups of one training day.
  Result<void> people() {
    std::string table = "code,level,name,parent\nd,district,模拟区,\ns,street,模拟街道,d\n";
    for (int i = 0; i < talk_.places; ++i) {
      if (i % 10 == 0) table += fmt::format("c{0},community,第{0}社区,s\n", i / 10);
      table += fmt::format("g{0},grid,第{0}网格,c{1}\n", i, i / 10);
    }
    auto rows = read_table(table);
    if (!rows) return tl::unexpected(std::move(rows).error());
    auto plan = plan_grids(
        *grids_.tree(), *rows, {}, [&] { return ids_.draw<GridId>(); }, kDay);
    if (!plan) return tl::unexpected(std::move(plan).error());
    LINLI_TRY(Grids::write(*tx_, *plan, {}, kDay));
    LINLI_TRY(grids_.load(*tx_));
    const int most = std::max(input_.agents, input_.night_agents);
    for (int i = 0; i < most; ++i) {
      auto one = person(fmt::format("agent{}", i), StaffRole::agent, {});
      if (!one) return tl::unexpected(std::move(one).error());
      agents_.push_back(*std::move(one));
      free_.insert(i);
    }
    auto leader = person("leader", StaffRole::shift_leader, {});
    if (!leader) return tl::unexpected(std::move(leader).error());
    leader_ = *std::move(leader);
    for (int i = 0; i < talk_.places; ++i) {
      const Grid* grid = grids_.tree()->find_code(fmt::format("g{}", i));
      paths_.push_back(grid->path);
      if (i % std::max(1, input_.grids_per_officer) == 0) {
        auto one = person(fmt::format("officer{}", i), StaffRole::officer, grid->id);
        if (!one) return tl::unexpected(std::move(one).error());
        officers_.push_back(*std::move(one));
      } else {
        Actor& officer = officers_.back();
        LINLI_TRY(holdings::give(
            *tx_, {ids_.draw<HoldingId>(), officer.id, StaffRole::officer, grid->id, {}, Day{}, kNoEnd, {}}, {}, kDay));
        Holding held{ids_.draw<HoldingId>(), officer.id, StaffRole::officer, grid->id, grid->path, Day{}, kNoEnd, {}};
        officer.holdings.push_back(std::move(held));
      }
      officer_of_.push_back(static_cast<int>(officers_.size()) - 1);
    }
    officer_free_.resize(officers_.size(), kDay);
    Channel channel;
    channel.id = ids_.draw<ChannelId>();
    channel.name = "simulated";
    channel.kind = ChannelKind::file;
    LINLI_TRY(Channels::add(*tx_, sealer_, channel));
    std::mt19937_64 chosen(input_.seed + 2);  // the same groups, however many are written to by hand
    std::vector<int> place_of(static_cast<std::size_t>(talk_.groups), 0);
    for (const FoundLead& lead : talk_.leads) place_of[static_cast<std::size_t>(lead.group)] = lead.place;
    for (int i = 0; i < talk_.groups; ++i) {
      Group group{.id = ids_.draw<GroupId>(),
                  .channel = channel.id,
                  .external_id = fmt::format("{}", i),
                  .state = GroupState::admitted};
      group.grid_path = paths_[static_cast<std::size_t>(place_of[static_cast<std::size_t>(i)])];
      LINLI_TRY(Groups::write(*tx_, group));
      groups_.push_back({group.id, uniform(chosen) * 100 < by_hand_});
    }
    return {};
  }

  // ---- what happens ----

  Result<void> happen(const Event& event, const notify::PromiseTime& time) {
    switch (event.kind) {
      case Event::Kind::lead: return comes(event.index);
      case Event::Kind::agent: return decided(event.index, static_cast<int>(event.id));
      case Event::Kind::deliver: return deliver(OutgoingId{event.id}, event.index);
      case Event::Kind::copied: return copied(OutgoingId{event.id}, event.index);
      case Event::Kind::accept: return accept(event.index);
      case Event::Kind::done: return report_done(event.index);
      case Event::Kind::leader: return leader_answers(event.index);
      case Event::Kind::minute: return minute(time);
    }
    return {};
  }

  Result<void> comes(int index) {
    const FoundLead& found = talk_.leads[static_cast<std::size_t>(index)];
    Lead lead;
    lead.id = ids_.draw<LeadId>();
    lead.opening = ids_.draw<MessageId>();
    lead.revision = 1;
    lead.grid_path = paths_[static_cast<std::size_t>(found.place)];
    lead.group = groups_[static_cast<std::size_t>(found.group)].id;
    lead.groups = {lead.group};
    lead.category = found.category;
    lead.urgency = found.urgency;
    lead.place = found.where;
    lead.summary = found.summary;
    lead.model_version = "simulated";
    lead.asked_at = found.asked_at;
    lead.opened_at = lead.latest_at = clock_.now();
    lead.message_count = 1;
    LINLI_TRY(lead_store::insert(*tx_, sealer_, lead));
    leads_[static_cast<std::size_t>(index)].id = lead.id;
    by_id_[lead.id] = index;
    // The desk's order: urgency 1 first, then whose promise ends first.
    queue_.insert({found.urgency != 1, found.asked_at, index});
    return next();
  }

  // Free agents take what stands on top.
  Result<void> next() {
    while (!queue_.empty() && !free_.empty() && *free_.begin() < agents_now()) {
      const int agent = *free_.begin(), index = std::get<2>(*queue_.begin());
      free_.erase(free_.begin());
      queue_.erase(queue_.begin());
      LINLI_TRY(tx_->run("UPDATE leads SET looked_at = COALESCE(looked_at, $2) WHERE id = $1",
                         {leads_[static_cast<std::size_t>(index)].id, clock_.now()}));
      const bool alarm = talk_.leads[static_cast<std::size_t>(index)].truth >= 0;
      const seconds takes = alarm ? between(kFastest, kSlowest) : between(kDismiss / 2, kDismiss * 1.5);
      if (day_time(clock_.now())) busy_ += takes;
      at(clock_.now() + takes, Event::Kind::agent, index, agent);
    }
    return {};
  }

  Result<void> decided(int index, int agent) {
    const FoundLead& found = talk_.leads[static_cast<std::size_t>(index)];
    Own& own = leads_[static_cast<std::size_t>(index)];
    const Actor& who = agents_[static_cast<std::size_t>(agent)];
    if (found.truth < 0) {
      ++day_.false_alarms;
      auto gone = desk::decide(*tx_, sealer_, who, own.id,
                               {desk::Decision::Kind::dismiss, 0, DismissReason::not_an_appeal, {}}, clock_.now());
      if (!gone) return tl::unexpected(std::move(gone).error());
    } else if (talk_.truths[static_cast<std::size_t>(found.truth)].reply) {
      LINLI_TRY(say(who, index));
    } else {
      dispatch::New what;
      auto sent = dispatch::send(*tx_, office(), who, own.id, what);
      if (!sent) return tl::unexpected(std::move(sent).error());
      own.in_case = sent->one.id;
      ++day_.cases;
      // In an emergency the first line is said at once; else the one who takes it on tells the group.
      if (found.urgency == 1) LINLI_TRY(say(who, index));
      at(clock_.now() + wait(found.urgency == 1 ? kAcceptMean / 3 : kAcceptMean), Event::Kind::accept, index);
    }
    free_.insert(agent);
    return next();
  }

  Result<void> say(const Actor& who, int index) {
    Own& own = leads_[static_cast<std::size_t>(index)];
    auto lead = desk::find(*tx_, sealer_, who, own.id);
    if (!lead) return tl::unexpected(std::move(lead).error());
    replies::New words;
    words.seen_version = lead->decision_version;
    words.text = "收到，正在处理。";
    words.again = true;
    auto reply = replies::send(*tx_, sealer_, ids_, who, own.id, words, clock_.now());
    if (!reply) return tl::unexpected(std::move(reply).error());
    ++day_.replies;
    if (!own.told_at) own.told_at = clock_.now();
    for (const outgoing::Item& item : reply->out) at(item.due_at, Event::Kind::deliver, index, item.id.value);
    return {};
  }

  Result<void> deliver(OutgoingId id, int index) {
    auto found = outgoing::find(*tx_, sealer_, id);
    if (!found) return tl::unexpected(std::move(found).error());
    outgoing::Item item = **std::move(found);
    const FoundLead& lead = talk_.leads[static_cast<std::size_t>(index)];
    if (groups_[static_cast<std::size_t>(lead.group)].by_hand) {
      item.state = OutState::to_relay;
      LINLI_TRY(outgoing::change(*tx_, sealer_, item, OutState::held));
      // The officer who sits in the group: looks at the phone after a while, one thing after the other.
      Instant& free = officer_free_[static_cast<std::size_t>(officer_of_[static_cast<std::size_t>(lead.place)])];
      free = std::max(free, clock_.now() + wait(kCopyWaitMean)) + seconds(input_.copy_seconds);
      ++day_.copies;
      at(free, Event::Kind::copied, index, id.value);
      return {};
    }
    item.state = OutState::sent;
    item.said_at = clock_.now();
    LINLI_TRY(outgoing::change(*tx_, sealer_, item, OutState::held));
    LINLI_TRY(replies::changed(*tx_, item, clock_.now()));
    answered(index);
    return {};
  }

  Result<void> copied(OutgoingId id, int index) {
    const int officer = officer_of_[static_cast<std::size_t>(talk_.leads[static_cast<std::size_t>(index)].place)];
    LINLI_TRY(replies::take_step(*tx_, sealer_, officers_[static_cast<std::size_t>(officer)], id, replies::Step::said,
                                 clock_.now()));
    answered(index);
    return {};
  }

  void answered(int index) {
    Own& own = leads_[static_cast<std::size_t>(index)];
    if (!own.answered_at) own.answered_at = clock_.now();
  }

  Result<void> step(int index, CaseAction action, std::string note = {}) {
    const Own& own = leads_[static_cast<std::size_t>(index)];
    const int officer = officer_of_[static_cast<std::size_t>(talk_.leads[static_cast<std::size_t>(index)].place)];
    auto one = case_store::find(*tx_, sealer_, *own.in_case);
    if (!one) return tl::unexpected(std::move(one).error());
    cases::Said said;
    said.action = action;
    said.seen_version = (*one)->version;
    said.note = std::move(note);
    LINLI_TRY(cases::act(*tx_, office(), officers_[static_cast<std::size_t>(officer)], *own.in_case, said));
    return {};
  }

  Result<void> accept(int index) {
    LINLI_TRY(step(index, CaseAction::accept));
    ++day_.accepted;
    const int officer = officer_of_[static_cast<std::size_t>(talk_.leads[static_cast<std::size_t>(index)].place)];
    if (!leads_[static_cast<std::size_t>(index)].told_at)
      LINLI_TRY(say(officers_[static_cast<std::size_t>(officer)], index));
    at(clock_.now() + wait(kWorkMean), Event::Kind::done, index);
    return {};
  }

  Result<void> report_done(int index) {
    if (clock_.now() >= kDay + 24h) return {};
    LINLI_TRY(step(index, CaseAction::report_done, "已处理"));
    ++day_.done;
    return {};
  }

  Result<void> leader_answers(int index) {
    if (leads_[static_cast<std::size_t>(index)].told_at) return {};
    return say(leader_, index);
  }

  Result<void> minute(const notify::PromiseTime& time) {
    LINLI_TRY(notify::promise_steps::record(*tx_, *grids_.tree(), time, clock_.now(), 100'000));
    auto untold = notify::promise_steps::take_untold(*tx_, 100'000);
    if (!untold) return tl::unexpected(std::move(untold).error());
    for (const auto& one : untold->first) {
      Own& own = leads_[static_cast<std::size_t>(by_id_.at(one.lead))];
      if (one.step != PromiseStep::call_leader || own.leader_called || own.told_at) continue;
      own.leader_called = true;
      leader_free_ = std::max(leader_free_, clock_.now()) + between(kLeaderLeast, kLeaderMost);
      at(leader_free_, Event::Kind::leader, by_id_.at(one.lead));
    }
    return next();
  }

  // ---- what came of it ----

  Result<SimulatedDay> report() {
    day_.by_hand = by_hand_;
    day_.copy_minutes = day_.copies * input_.copy_seconds / 60.0;
    day_.agents_busy = input_.agents == 0
                           ? 0
                           : static_cast<double>(busy_.count()) /
                                 (static_cast<double>(seconds(kEvening - kMorning).count()) * input_.agents);
    std::map<LeadId, std::string> causes;
    LINLI_TRY(tx_->each("SELECT lead_id, step, cause FROM promise_steps ORDER BY lead_id, step", {}, [&](const Row& r) {
      day_.amber += r.bytes(1) == "amber";
      day_.leader_called += r.bytes(1) == "call_leader";
      if (r.bytes(1) == "breach") causes[r.get<LeadId>(0)] = r.get<std::string>(2);
    }));
    std::vector<double> waited;
    for (const TrueLead& one : talk_.truths) {
      if (one.asked_at == Instant{}) continue;  // nothing of it was said but by staff
      const bool by_day = day_time(one.asked_at);
      ++day_.leads;
      day_.day_leads += by_day;
      day_.emergencies += one.urgency == 1;
      if (one.found < 0) {
        ++day_.breaches["not_seen"];
        continue;
      }
      ++day_.seen;
      const Own& own = leads_[static_cast<std::size_t>(one.found)];
      const bool in_time = own.answered_at && *own.answered_at - one.asked_at <= kPromise;
      day_.in_time += in_time;
      day_.day_in_time += by_day && in_time;
      if (own.answered_at) {
        const double minutes = static_cast<double>((*own.answered_at - one.asked_at).count()) / 60'000;
        waited.push_back(minutes);
        if (one.urgency == 1) {
          day_.emergencies_in_3_minutes += minutes <= 3;
          day_.emergency_slowest = std::max(day_.emergency_slowest, minutes);
        }
      }
      if (in_time) continue;
      const auto cause = causes.find(own.id);
      // Found so late that what the desk saw was in time: the machine's clock began with a later message.
      ++day_.breaches[cause == causes.end() ? "seen_late" : cause->second];
    }
    std::ranges::sort(waited);
    if (!waited.empty()) {
      day_.answer_median = waited[waited.size() / 2];
      day_.answer_p95 = waited[waited.size() * 95 / 100];
    }
    return day_;
  }

  struct SimulatedGroup {
    GroupId id;
    bool by_hand = false;
  };

  const SimulatedTalk& talk_;
  const SimulationInput input_;
  const int by_hand_;
  Scratch folder_;
  Database database_ = Database::sqlite(folder_.path() / "linli.db");
  ManualClock clock_;
  IdSource ids_;
  std::mt19937_64 random_;
  const TimeZone& zone_ = TimeZone::shanghai();
  Sealer sealer_ = Sealer::for_test();  // it keeps nothing
  Grids grids_;
  Tx* tx_ = nullptr;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::int64_t seq_ = 0;
  std::vector<Actor> agents_, officers_;
  Actor leader_;
  Instant leader_free_{};
  std::vector<std::string> paths_;
  std::vector<int> officer_of_;
  std::vector<Instant> officer_free_;
  std::vector<SimulatedGroup> groups_;
  std::vector<Own> leads_;
  std::map<LeadId, int> by_id_;
  std::set<std::tuple<bool, Instant, int>> queue_;
  std::set<int> free_;
  seconds busy_{};
  SimulatedDay day_;
};

double percent(int part, int whole) { return whole == 0 ? 100 : 100.0 * part / whole; }

}  // namespace

Result<Simulated> simulate(const std::filesystem::path& folder, const SimulationInput& input) {
  const auto days = read_days(folder);
  if (!days) return tl::unexpected(days.error());
  if (days->empty()) return fail(Errc::file_unreadable, Where::at(folder.string()), {{"file", folder.string()}});
  const auto talk = simulate_talk(*days, input, kDay);
  if (!talk) return tl::unexpected(talk.error());
  Simulated out{input, talk->messages, talk->in_appeals, talk->groups, {}};
  for (const int by_hand : input.by_hand) {
    auto day = Simulation(*talk, input, by_hand).run();
    if (!day) return tl::unexpected(std::move(day).error());
    out.days.push_back(*std::move(day));
  }
  return out;
}

std::string as_text(const Simulated& s) {
  std::string out = fmt::format(
      "seed {}: {} residents, {} messages in {} groups, {} of them of appeals; {} agents by day, {} by night, an "
      "officer "
      "for {} grids\n\n{:<44}",
      s.input.seed, s.input.residents, s.messages, s.groups, s.in_appeals, s.input.agents, s.input.night_agents,
      s.input.grids_per_officer, "groups written to by hand");
  for (const SimulatedDay& d : s.days) out += fmt::format("{:>11} %", d.by_hand);
  const auto line = [&](const std::string& what, auto value) {
    out += fmt::format("\n{:<44}", what);
    for (const SimulatedDay& d : s.days) out += fmt::format("{:>13}", value(d));
  };
  const auto count = [&](const std::string& what, int SimulatedDay::*member) {
    line(what, [member](const SimulatedDay& d) { return fmt::format("{}", d.*member); });
  };
  const auto minutes = [&](const std::string& what, double SimulatedDay::*member) {
    line(what, [member](const SimulatedDay& d) { return fmt::format("{:.1f}", d.*member); });
  };
  count("true leads", &SimulatedDay::leads);
  count("  found by the engine", &SimulatedDay::seen);
  line("answered within 15 minutes, all day, %",
       [](const SimulatedDay& d) { return fmt::format("{:.2f}", percent(d.in_time, d.leads)); });
  line("  of those found, %", [](const SimulatedDay& d) { return fmt::format("{:.2f}", percent(d.in_time, d.seen)); });
  line("  8:00-22:00, %",
       [](const SimulatedDay& d) { return fmt::format("{:.2f}", percent(d.day_in_time, d.day_leads)); });
  minutes("answer, median, minutes", &SimulatedDay::answer_median);
  minutes("answer, p95, minutes", &SimulatedDay::answer_p95);
  count("emergencies", &SimulatedDay::emergencies);
  count("  answered within 3 minutes", &SimulatedDay::emergencies_in_3_minutes);
  minutes("  slowest, minutes", &SimulatedDay::emergency_slowest);
  count("false alarms dismissed", &SimulatedDay::false_alarms);
  count("words sent", &SimulatedDay::replies);
  count("cases", &SimulatedDay::cases);
  count("  accepted", &SimulatedDay::accepted);
  count("  reported done", &SimulatedDay::done);
  count("waited 5 minutes", &SimulatedDay::amber);
  count("waited 10 minutes, shift leader called", &SimulatedDay::leader_called);
  std::set<std::string> causes;
  for (const SimulatedDay& d : s.days)
    for (const auto& [cause, n] : d.breaches) causes.insert(cause);
  for (const std::string& cause : causes)
    line("broken: " + cause, [&](const SimulatedDay& d) {
      const auto found = d.breaches.find(cause);
      return fmt::format("{}", found == d.breaches.end() ? 0 : found->second);
    });
  count("words copied by hand", &SimulatedDay::copies);
  minutes("  minutes of officers", &SimulatedDay::copy_minutes);
  line("agents busy 8:00-22:00, %", [](const SimulatedDay& d) { return fmt::format("{:.1f}", 100 * d.agents_busy); });
  return out + "\n";
}

std::string as_json(const Simulated& s) {
  namespace json = boost::json;
  const auto rounded = [](double value) { return std::round(value * 1'000) / 1'000; };
  json::array days;
  for (const SimulatedDay& d : s.days) {
    json::object causes;
    for (const auto& [cause, n] : d.breaches) causes[cause] = n;
    days.push_back(json::object{{"by_hand_percent", d.by_hand},
                                {"leads", d.leads},
                                {"found", d.seen},
                                {"in_time", d.in_time},
                                {"day_leads", d.day_leads},
                                {"day_in_time", d.day_in_time},
                                {"answer_median_minutes", rounded(d.answer_median)},
                                {"answer_p95_minutes", rounded(d.answer_p95)},
                                {"emergencies", d.emergencies},
                                {"emergencies_in_3_minutes", d.emergencies_in_3_minutes},
                                {"emergency_slowest_minutes", rounded(d.emergency_slowest)},
                                {"false_alarms", d.false_alarms},
                                {"replies", d.replies},
                                {"cases", d.cases},
                                {"accepted", d.accepted},
                                {"done", d.done},
                                {"amber", d.amber},
                                {"leader_called", d.leader_called},
                                {"breaches", std::move(causes)},
                                {"copies", d.copies},
                                {"copy_minutes", rounded(d.copy_minutes)},
                                {"agents_busy", rounded(d.agents_busy)}});
  }
  return json::serialize(json::object{{"seed", s.input.seed},
                                      {"residents", s.input.residents},
                                      {"agents", s.input.agents},
                                      {"night_agents", s.input.night_agents},
                                      {"grids_per_officer", s.input.grids_per_officer},
                                      {"appeals", s.input.appeals},
                                      {"copy_seconds", s.input.copy_seconds},
                                      {"messages", s.messages},
                                      {"messages_of_appeals", s.in_appeals},
                                      {"groups", s.groups},
                                      {"days", std::move(days)}}) +
         "\n";
}

}  // namespace linli::app
