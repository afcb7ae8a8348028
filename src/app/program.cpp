#include "app/program.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>

#include <malloc.h>

#include "assist/companion_answers.h"
#include "base/log.h"
#include "cases/cases.h"
#include "cases/files.h"
#include "cases/links.h"
#include "channels/messages.h"
#include "desk/replies.h"
#include "leads/erasure.h"
#include "notify/deliveries.h"
#include "notify/push_subscriptions.h"
#include "people/audit.h"
#include "people/policies.h"
#include "store/migrate.h"

namespace linli::app {
namespace {

const Setting<std::string> database_url{
    "database.url",
    "",
    {},
    Restart::yes,
    "Where the database is: empty for SQLite in the data folder, or postgresql://user@host/name."};
const Setting<std::string> keys_file{"keys.file",
                                     "",
                                     {},
                                     Restart::yes,
                                     "The file with the keys that personal data is sealed with. Empty: beside the data "
                                     "folder, its name with .key at the end. "
                                     "Keep a copy of it apart from the backups: without it nothing can be read."};
const Setting<std::int64_t> readers_threads{
    "database.readers", 2, {1, 64}, Restart::yes, "Threads, each with a connection, that read from the database."};

const Setting<std::string> timezone{"timezone",
                                    "Asia/Shanghai",
                                    {},
                                    Restart::yes,
                                    "The district's time zone: days, rosters and due times go by its clock."};

const Setting<std::string> console_url{"notify.url",
                                       "",
                                       {},
                                       Restart::yes,
                                       "Where colleagues reach the console, https://…: links in e-mails, webhooks and "
                                       "the robot's words lead there. Empty: no "
                                       "links."};

const Setting<bool> outgoing_private_setting{
    "outgoing.private",
    false,
    {},
    Restart::yes,
    "Webhooks and push messages may go to addresses of the office's own network and of "
    "this machine, and by plain http there. Off: only out into the internet, by https."};

// By its defaults the C library grows the memory of each thread by single pages, gives it back at once and asks for it
// again with the next batch of messages: 7 % of the time of intake, 10 % of its memory.
void keep_freed_memory() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
}

}  // namespace

Result<Database> configured_database(const Settings& settings, const std::filesystem::path& data) {
  return Database::from_setting(settings.get(database_url), data);
}

std::filesystem::path configured_key_file(const Settings& settings, const std::filesystem::path& data) {
  const std::string& file = settings.get(keys_file);
  return file.empty() ? DataFolder::default_key_file(data) : std::filesystem::path(file);
}

std::vector<AnySetting> program_settings() {
  std::vector<AnySetting> out{&database_url,       &keys_file,   &readers_threads,         &timezone,
                              &log::level_setting, &console_url, &outgoing_private_setting};
  const auto intake = Intake::settings();
  out.insert(out.end(), intake.begin(), intake.end());
  const auto smtp = notify::SmtpOptions::settings();
  out.insert(out.end(), smtp.begin(), smtp.end());
  return out;
}

struct Program::Parts {
  Parts(DataFolder f, Database d, std::unique_ptr<Sealer> s, Blobs b, Connection connection, Understander u, TimeZone z,
        const Settings& settings, notify::SmtpOptions smtp, notify::PushKeys push, TokenIndex words)
      : zone(std::move(z)),
        folder(std::move(f)),
        database(std::move(d)),
        sealer_owner(std::move(s)),
        sealer(*sealer_owner),
        blobs(std::move(b)),
        understander(std::move(u)),
        writer(std::move(connection), Writer::Options{.checkpoints = database}),
        readers(database, static_cast<int>(settings.get(readers_threads))),
        outbox(writer),
        placing(writer, readers, sealer, ids, clock, understander, understander.info().version, placing_ports(),
                Placing::Options{}),
        intake(writer, sealer, ids, clock, channels, groups, opt_outs, member_roles, rhythms, intake_ports(),
               Intake::Options::from(settings)),
        operations(writer, readers, sealer, ids, clock, zone, channels, grids, groups, intake),
        imports({writer, readers, sealer, ids, clock, zone, channels, groups, intake}, folder.path() / "imports"),
        sender(writer, readers, sealer, clock, sender_ports()),
        mail_works(smtp.on()),
        deliverer(writer, readers, sealer, ids, clock, zone, grids,
                  {.smtp = std::move(smtp),
                   .console = settings.get(console_url),
                   .push = std::move(push),
                   .private_too = settings.get(outgoing_private_setting)}),
        watch(writer, readers, sealer, ids, clock, zone, grids, mail_works, [this] { deliverer.wake(); }),
        may_go_inside(settings.get(outgoing_private_setting)),
        event_source(settings.get(console_url).empty() ? "/linli" : settings.get(console_url)),
        feed(writer, readers, sealer, ids, clock, zone, grids,
             {.source = event_source, .private_too = may_go_inside, .email = mail_works}, [this] { deliverer.wake(); }),
        search(readers, outbox, sealer, std::move(words)) {}

  Placing::Ports placing_ports() {
    return {.home =
                [this](GroupId id) {
                  const auto group = groups.find(id);
                  return group ? GroupHome{group->community_key, group->grid_path} : GroupHome{};
                },
            .directory = [this](Tx& tx, const std::string& community) { return directory(tx, community); },
            .stored_after = [this](Tx& tx, MessageId after,
                                   std::size_t limit) { return stored_messages_after(tx, sealer, after, limit); },
            .stored = [this](Tx& tx, const std::vector<MessageId>& ids) { return read_messages(tx, sealer, ids); },
            .route = [this](const std::string& place, GroupId id) { return route(place, id); }};
  }

  Intake::Ports intake_ports() {
    return {.placing =
                [this](std::vector<StoredMessage> messages) {
                  listen_for_echoes(messages);
                  placing.offer(std::move(messages));
                },
            .has_room = [this](std::size_t more) { return placing.has_room(more); },
            .store_blob = [this](std::string_view bytes) { return store_blob(bytes); },
            .is_machine =
                [this](std::string_view text) {
                  const std::shared_lock lock(companion_mutex);
                  return companion.is_machine(text);
                }};
  }

  Result<std::string> store_blob(std::string_view bytes) {
    auto digest = blobs.put(bytes);
    if (!digest) return tl::unexpected(std::move(digest).error());
    return std::string(blob(*digest).bytes);
  }

  Sender::Ports sender_ports() {
    return {
        .way = [this](GroupId id) { return way_out(id); },
        .still_wanted =
            [this](Tx& tx, const outgoing::Item& item) { return replies::still_wanted(tx, sealer, item, clock.now()); },
        .changed = [this](Tx& tx, const outgoing::Item& item) { return replies::changed(tx, item, clock.now()); }};
  }

  Sender::WayOut way_out(GroupId id) {
    const auto group = groups.find(id);
    const auto channel = group ? channels.find(group->channel) : nullptr;
    if (!channel || group->state != GroupState::admitted) return {};
    if (channel->kind == ChannelKind::demo && demo)
      return {true, [this, group](const outgoing::Item& item) { return demo(item, *group); }};
    // It is said when it stands on the page of who reported.
    if (channel->kind == ChannelKind::form)
      return {true, [](const outgoing::Item&) { return Sender::Said{Sender::Said::How::sent, {}, {}}; }};
    if (channel->send_url.empty()) return {};
    return {true, [this, group, channel](const outgoing::Item& item) {
              return post_words(*channel, group->external_id, item, clock.now());
            }};
  }

  // What staff or machines say in a group may be what linli sent, or somebody copied from it. On the writer's thread.
  void listen_for_echoes(const std::vector<StoredMessage>& messages) {
    if (clock.now() - latest_words.load() > std::chrono::hours(24)) return;
    for (const StoredMessage& m : messages) {
      if (m.message.type != MessageType::text || (!on_duty(m.message.role) && m.message.role != Role::bot)) continue;
      const auto asked = readers.submit([this, group = m.group, text = m.message.text,
                                         at = m.message.sent_at](Result<Tx*> tx) {
        if (!tx) return;
        auto echo = outgoing::echo_of(**tx, sealer, group, text, clock.now());
        if (!echo || !*echo) return;
        (void)writer.submit([this, id = **echo, at](Tx& t) { return replies::heard(t, sealer, id, at, clock.now()); },
                            [](Result<void> done) {
                              if (!done) log::error("echo.unwritten", done.error());
                            });
      });
      if (!asked) log::error("echo.unread", asked.error());
    }
  }

  std::string route(const std::string& place, GroupId id) {
    const auto group = groups.find(id);
    return group ? routing.path({place, {}, group->grid_id, group->community_key}, group->grid_path) : std::string();
  }

  PlaceDirectory directory(Tx& tx, const std::string& community_key) {
    PlaceDirectory out{groups.of_community(community_key), {}};
    auto places = Groups::places(tx, community_key);
    if (places) out.places = std::move(*places);
    else log::error("places.unreadable", places.error());
    const auto tree = grids.tree();
    if (const Grid* community = tree->find_code(std::string_view(community_key).substr(community_key.rfind('/') + 1)))
      for (std::string& place : tree->places_within(community->id)) out.places.push_back(std::move(place));
    std::ranges::sort(out.places);
    out.places.erase(std::unique(out.places.begin(), out.places.end()), out.places.end());
    return out;
  }

  SystemClock clock;
  TimeZone zone;
  IdSource ids{clock};
  DataFolder folder;
  Database database;
  std::unique_ptr<Sealer> sealer_owner;
  Sealer& sealer;
  Blobs blobs;
  Understander understander;
  Channels channels;
  Grids grids;
  Groups groups;
  OptOuts opt_outs;
  MemberRoles member_roles;
  Rhythms rhythms{zone};
  Routing routing{grids};
  Knowledge knowledge{grids};
  Writer writer;
  Readers readers;
  Outbox outbox;
  Placing placing;
  Intake intake;
  Operations operations;
  Imports imports;
  Program::Say demo;
  std::atomic<Instant> latest_words{Instant{}};
  mutable std::shared_mutex companion_mutex;
  companion::Rules companion;
  Sender sender;
  const bool mail_works;
  notify::Deliverer deliverer;
  notify::Watch watch;
  const bool may_go_inside;
  const std::string event_source;
  webhooks::Feed feed;
  desk::Search search;
  bool stopped = false;
};

Result<std::unique_ptr<Program>> Program::open(const std::filesystem::path& data, const Settings& settings) {
  keep_freed_memory();
  auto zone = TimeZone::named(settings.get(timezone));
  if (!zone)
    return linli::fail(Errc::bad_setting, Where::at_field("timezone"),
                       {{"setting", "timezone"}, {"value", settings.get(timezone)}, {"allowed", "Asia/Shanghai"}});
  auto smtp = notify::SmtpOptions::from_settings(settings);
  if (!smtp) return tl::unexpected(std::move(smtp).error());
  auto folder = DataFolder::take(data);
  if (!folder) return tl::unexpected(std::move(folder).error());
  auto database = configured_database(settings, data);
  if (!database) return tl::unexpected(std::move(database).error());
  auto connection = database->connect(Access::write);
  if (!connection) return tl::unexpected(std::move(connection).error());
  auto migrated = migrate(*connection, *database);
  if (!migrated) return tl::unexpected(std::move(migrated).error());
  if (migrated->to != migrated->from) log::info("store.migrated", {{"from", migrated->from}, {"to", migrated->to}});
  // An empty database may get a new key; for one with content the key must be there.
  auto tx = connection->begin(Access::read);
  if (!tx) return tl::unexpected(std::move(tx).error());
  auto sealed = Sealer::belongs_to_a_key(*tx);
  if (!sealed) return tl::unexpected(std::move(sealed).error());
  tx->rollback();
  auto sealer = Sealer::from_file(configured_key_file(settings, data),
                                  *sealed ? Sealer::WhenMissing::refuse : Sealer::WhenMissing::create);
  if (!sealer) return tl::unexpected(std::move(sealer).error());
  auto sealer_owner = std::make_unique<Sealer>(std::move(*sealer));
  auto blobs = Blobs::open(folder->blobs(), *sealer_owner);
  if (!blobs) return tl::unexpected(std::move(blobs).error());
  auto words = TokenIndex::open(folder->path() / "search.db", *sealer_owner);
  if (!words) return tl::unexpected(std::move(words).error());
  auto understander = Understander::embedded();
  if (!understander) return tl::unexpected(std::move(understander).error());

  auto first = connection->begin(Access::write);
  if (!first) return tl::unexpected(std::move(first).error());
  LINLI_TRY(sealer_owner->check(*first));
  auto push = notify::push_subscriptions::keys(*first, *sealer_owner, SystemClock().now());
  if (!push) return tl::unexpected(std::move(push).error());
  LINLI_TRY(first->commit());

  auto parts = std::make_unique<Parts>(
      std::move(*folder), std::move(*database), std::move(sealer_owner), std::move(*blobs), std::move(*connection),
      std::move(*understander), std::move(*zone), settings, std::move(*smtp), std::move(*push), std::move(*words));
  auto loaded = parts->writer.write([&](Tx& tx) -> Result<bool> {
    LINLI_TRY(parts->sealer.check(tx));
    LINLI_TRY(parts->channels.load(tx, parts->sealer));
    LINLI_TRY(parts->grids.load(tx));
    LINLI_TRY(parts->groups.load(tx));
    LINLI_TRY(parts->opt_outs.load(tx));
    LINLI_TRY(parts->member_roles.load(tx, parts->sealer));
    LINLI_TRY(parts->rhythms.load(tx, parts->clock.now()));
    LINLI_TRY(parts->routing.load(tx, parts->sealer));
    LINLI_TRY(parts->knowledge.load(tx));
    auto companion = companion::rules(tx);
    if (!companion) return tl::unexpected(std::move(companion).error());
    parts->companion = std::move(companion->first);
    auto latest = tx.value<Instant>("SELECT MAX(due_at) FROM outgoing");
    if (!latest) return tl::unexpected(std::move(latest).error());
    parts->latest_words = latest->value_or(Instant{});
    for (std::string_view greatest : {"SELECT MAX(id) FROM messages",
                                      "SELECT MAX(id) FROM leads",
                                      "SELECT MAX(id) FROM grids",
                                      "SELECT MAX(id) FROM users",
                                      "SELECT MAX(id) FROM holdings",
                                      "SELECT MAX(id) FROM duty_patterns",
                                      "SELECT MAX(id) FROM duty_shifts",
                                      "SELECT MAX(id) FROM duty_swaps",
                                      "SELECT MAX(id) FROM absences",
                                      "SELECT MAX(id) FROM routing_rules",
                                      "SELECT MAX(id) FROM place_corrections",
                                      "SELECT MAX(id) FROM channels",
                                      "SELECT MAX(id) FROM groups",
                                      "SELECT MAX(id) FROM attachments",
                                      "SELECT MAX(id) FROM api_keys",
                                      "SELECT MAX(id) FROM member_rules",
                                      "SELECT MAX(id) FROM replies",
                                      "SELECT MAX(id) FROM outgoing",
                                      "SELECT MAX(id) FROM knowledge",
                                      "SELECT MAX(id) FROM knowledge_gaps",
                                      "SELECT MAX(id) FROM companion_answers",
                                      "SELECT MAX(id) FROM cases",
                                      "SELECT MAX(id) FROM files",
                                      "SELECT MAX(id) FROM units",
                                      "SELECT MAX(id) FROM case_tasks",
                                      "SELECT MAX(id) FROM lead_batches",
                                      "SELECT MAX(id) FROM notifications",
                                      "SELECT MAX(id) FROM deliveries",
                                      "SELECT MAX(id) FROM push_subscriptions",
                                      "SELECT MAX(id) FROM webhooks",
                                      "SELECT MAX(id) FROM webhook_deliveries",
                                      "SELECT MAX(id) FROM imports"}) {
      auto id = tx.value<std::int64_t>(greatest);
      if (!id) return tl::unexpected(std::move(id).error());
      parts->ids.stay_above(id->value_or(0));
    }
    return true;
  });
  LINLI_TRY(loaded.get());
  LINLI_TRY(parts->placing.start());
  return std::unique_ptr<Program>(new Program(std::move(parts)));
}

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Program::~Program() { stop(); }

void Program::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->imports.stop();
  parts_->intake.stop();
  parts_->search.stop();
  parts_->watch.stop();
  parts_->feed.stop();
  parts_->deliverer.stop();
  parts_->sender.stop();
  parts_->placing.stop();
  parts_->writer.stop();
  parts_->readers.stop();
}

void Program::start_sending(Say demo) {
  parts_->demo = std::move(demo);
  parts_->sender.start();
}

void Program::words_queued() {
  parts_->latest_words = parts_->clock.now();
  parts_->sender.wake();
}

void Program::start_search() { parts_->search.start(); }
desk::Search& Program::search() { return parts_->search; }
bool Program::may_write(const Group& group) { return static_cast<bool>(parts_->way_out(group.id).say); }

void Program::use_companion(const companion::Rules& rules) {
  const std::unique_lock lock(parts_->companion_mutex);
  if (!(parts_->companion == rules)) parts_->companion = rules;
}

void Program::start_notifying() {
  parts_->deliverer.start();
  parts_->watch.start(parts_->outbox);
  parts_->feed.start(parts_->outbox);
}

bool Program::mail_works() const { return parts_->mail_works; }
bool Program::outgoing_private() const { return parts_->may_go_inside; }
std::string Program::event_source() const { return parts_->event_source; }
void Program::notify_queued() { parts_->deliverer.wake(); }
void Program::webhooks_changed() { parts_->feed.wake(); }

void Program::corrections_erased() {
  const auto taken = parts_->readers.submit([this](Result<Tx*> tx) {
    if (!tx) return log::error("routing.unread", tx.error());
    if (auto loaded = parts_->routing.load(**tx, parts_->sealer); !loaded) log::error("routing.unread", loaded.error());
  });
  if (!taken) log::error("routing.unread", taken.error());
}

DataFolder& Program::folder() { return parts_->folder; }
Writer& Program::writer() { return parts_->writer; }
Readers& Program::readers() { return parts_->readers; }
Outbox& Program::outbox() { return parts_->outbox; }
const Sealer& Program::sealer() { return parts_->sealer; }
IdSource& Program::ids() { return parts_->ids; }
const Clock& Program::clock() { return parts_->clock; }
const TimeZone& Program::zone() { return parts_->zone; }
Channels& Program::channels() { return parts_->channels; }
Grids& Program::grids() { return parts_->grids; }
Groups& Program::groups() { return parts_->groups; }
OptOuts& Program::opt_outs() { return parts_->opt_outs; }
MemberRoles& Program::member_roles() { return parts_->member_roles; }
Rhythms& Program::rhythms() { return parts_->rhythms; }
Routing& Program::routing() { return parts_->routing; }
Knowledge& Program::knowledge() { return parts_->knowledge; }
Intake& Program::intake() { return parts_->intake; }
Imports& Program::imports() { return parts_->imports; }
Result<void> Program::start_imports() { return parts_->imports.start(); }
Placing& Program::placing() { return parts_->placing; }
Operations& Program::operations() { return parts_->operations; }
const Understander& Program::understander() { return parts_->understander; }
const Database& Program::database() { return parts_->database; }

Result<std::string> Program::open_blob(std::string_view blob) {
  const auto digest = to_digest(blob);
  if (!digest) return linli::fail(Errc::blob_missing);
  return parts_->blobs.get(*digest);
}

Result<std::string> Program::store_blob(std::string_view bytes) { return parts_->store_blob(bytes); }

Result<std::int64_t> Program::sweep() {
  return parts_->readers
      .read([this](Tx& tx) { return parts_->blobs.sweep(tx, parts_->clock.now()); },
            Deadline::in(std::chrono::minutes(10)))
      .get();
}

std::filesystem::path Program::anchors_file() { return parts_->folder.path() / "audit.anchors"; }

Result<void> Program::keep_audit_anchor() {
  auto head = parts_->readers.read([](Tx& tx) { return audit::head(tx); }).get();
  if (!head) return tl::unexpected(std::move(head).error());
  LINLI_TRY(audit::keep_anchor(anchors_file(), parts_->sealer, *head, parts_->clock.now()));
  log::info("audit.head", {{"head", audit::to_text(*head)}});
  return {};
}

Result<Program::Retired> Program::apply_retention(std::stop_token stop) {
  constexpr std::int64_t kChatter = 5'000, kOfLeads = 500;  // messages in one transaction
  auto kept = parts_->readers.read([](Tx& tx) { return retention(tx); }).get();
  if (!kept) return tl::unexpected(std::move(kept).error());
  const Instant now = parts_->clock.now();
  const auto days = [&](int n) { return now - std::chrono::hours(24 * n); };
  Retired out;
  const auto all = [&](auto work) -> Result<void> {
    for (bool done = false; !done && !stop.stop_requested();) {
      auto step = parts_->writer.write(work).get();
      if (!step) return tl::unexpected(std::move(step).error());
      out.messages += step->messages;
      out.leads += step->leads;
      done = step->done;
    }
    return {};
  };
  // What was told to whom is an access log: it stays as long as one.
  for (std::int64_t gone = kChatter; gone >= kChatter && !stop.stop_requested();) {
    auto forgotten =
        parts_->writer.write([&](Tx& tx) { return notify::deliveries::forget(tx, days(200), kChatter); }).get();
    if (!forgotten) return tl::unexpected(std::move(forgotten).error());
    gone = *forgotten;
  }
  for (std::int64_t gone = kChatter; gone >= kChatter && !stop.stop_requested();) {
    auto forgotten =
        parts_->writer
            .write([&](Tx& tx) { return companion::forget(tx, days(kept->first.lead_days), days(2), kChatter); })
            .get();
    if (!forgotten) return tl::unexpected(std::move(forgotten).error());
    gone = *forgotten;
  }
  for (std::int64_t gone = kChatter; gone >= kChatter && !stop.stop_requested();) {
    auto forgotten =
        parts_->writer.write([&](Tx& tx) { return webhooks::sendings::forget(tx, days(30), kChatter); }).get();
    if (!forgotten) return tl::unexpected(std::move(forgotten).error());
    gone = *forgotten;
  }
  LINLI_TRY(all([&](Tx& tx) { return erasure::remove_chatter(tx, days(kept->first.chatter_days), kChatter); }));
  LINLI_TRY(all(
      [&](Tx& tx) { return erasure::empty_leads(tx, parts_->sealer, days(kept->first.lead_days), now, kOfLeads); }));
  LINLI_TRY(all([&](Tx& tx) { return cases::empty_old(tx, days(kept->first.lead_days), now, kOfLeads); }));
  auto unnamed = parts_->writer.write([&](Tx& tx) -> Result<std::int64_t> {
    auto links = public_links::forget(tx, now);
    if (!links) return links;
    return case_files::forget(tx, now);
  });
  if (auto done = unnamed.get(); !done) return tl::unexpected(std::move(done).error());
  return out;
}

Result<int> Program::wake_cases() {
  constexpr int kAtOnce = 100;
  int all = 0;
  for (int woken = kAtOnce; woken == kAtOnce; all += woken) {
    auto done =
        parts_->writer
            .write([&](Tx& tx) -> Result<int> {
              const auto tree = parts_->grids.tree();
              return cases::wake(tx, {parts_->sealer, parts_->ids, *tree, parts_->zone, parts_->clock.now()}, kAtOnce);
            })
            .get();
    if (!done) return tl::unexpected(std::move(done).error());
    woken = *done;
  }
  return all;
}

std::vector<std::string> Program::not_ready() {
  std::vector<std::string> reasons;
  if (!parts_->placing.has_room(1)) reasons.push_back("messages wait for their place in leads");
  return reasons;
}

}  // namespace linli::app
