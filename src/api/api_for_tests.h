// The real API on a free port with a real SQLite in a temporary folder; only placing is missing: tests write leads themselves.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>

#include "api/api.h"
#include "api/client_for_tests.h"
#include "api/metrics.h"
#include "api/sign_in_guard.h"
#include "base/table_file.h"
#include "channels/imports.h"
#include "leads/lead_store.h"
#include "people/grid_plan.h"
#include "people/holdings.h"
#include "store/migrate.h"
#include "store/postgres_for_tests.h"

namespace linli::api {

class ApiTest : public testing::Test {
 protected:
  template <class F>
  auto write(F work) {
    auto result = writer->write(std::move(work)).get();
    if (!result) throw std::runtime_error("write failed: " + std::string(name(result.error().code)));
    return *std::move(result);
  }

  void SetUp() override { open(); }
  void TearDown() override { close(); }

  void open(ServerOptions server = {}) {
    server.port = 0;
    auto connection = database.connect(Access::write);
    ASSERT_TRUE(connection);
    ASSERT_TRUE(migrate(*connection, database));
    writer.emplace(std::move(*connection), Writer::Options{});
    outbox.emplace(*writer);
    readers.emplace(database, 2);
    grids.emplace();
    groups.emplace();
    opt_outs.emplace();
    member_roles.emplace();
    rhythms.emplace(TimeZone::shanghai());
    routing.emplace(*grids);
    knowledge.emplace(*grids);
    channels.emplace();
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(grids->load(tx));
      LINLI_TRY(groups->load(tx));
      LINLI_TRY(routing->load(tx, sealer));
      LINLI_TRY(knowledge->load(tx));
      LINLI_TRY(channels->load(tx, sealer));
      return true;
    });
    intake.emplace(*writer, sealer, ids, clock, *channels, *groups, *opt_outs, *member_roles, *rhythms, Intake::Ports{},
                   Intake::Options{});
    passwords.emplace();
    guard.emplace(clock, sealer);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(guard->load(tx));
      return true;
    });
    metrics.emplace();
    services.emplace(Services{clock,         TimeZone::shanghai(),
                              ids,           *writer,
                              *readers,      sealer,
                              *channels,     *grids,
                              *groups,       *opt_outs,
                              *member_roles, *rhythms,
                              *intake,       *routing,
                              *knowledge,    *passwords,
                              *guard,        *metrics,
                              "0.0-test",    "model-1"});
    imports.emplace(
        Imports::Parts{*writer, *readers, sealer, ids, clock, TimeZone::shanghai(), *channels, *groups, *intake},
        folder.path() / "imports");
    ASSERT_TRUE(imports->start());
    services->imports = &*imports;
    services->not_ready = [this] { return reasons; };
    model_usage.emplace(*writer, clock, TimeZone::shanghai());
    model_server.emplace(*model_usage, clock);
    services->model_server = &*model_server;
    services->model_usage = &*model_usage;
    services->store_blob = [](std::string_view) -> Result<std::string> { return std::string("stored"); };
    services->open_blob = [](std::string_view blob) -> Result<std::string> { return "opened " + std::string(blob); };
    api.emplace(*services, *outbox, Api::Options{.server = server});
    ASSERT_TRUE(api->start());
  }
  void close() {
    if (!api) return;
    api->stop(Deadline::in(std::chrono::seconds(2)));
    imports->stop();
    intake->stop();
    passwords->stop();
    model_server->stop();
    writer->stop();
    readers->stop();
    api.reset();
    services.reset();
    model_server.reset();
    model_usage.reset();
    passwords.reset();
    imports.reset();
    intake.reset();
    outbox.reset();
    readers.reset();
    writer.reset();
  }

  // Everywhere, or over a grid of add_grid().
  User add_user(std::string name = "admin", std::optional<std::string> password = {},
                StaffRole role = StaffRole::administrator, GridId grid = {}) {
    User user{ids.draw<UserId>(), std::move(name), "王岚", "en", {}};
    if (password) user.password_hash = Passwords::hash_now(*password);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(users::add(tx, user, clock.now()));
      LINLI_TRY(holdings::give(tx, {ids.draw<HoldingId>(), user.id, role, grid, {}, {}, kNoEnd, {}}, {}, clock.now()));
      return true;
    });
    return user;
  }
  // A tree by the rows of a table: "code,level,name,parent".
  void add_grids(const std::string& rows) {
    auto table = read_table("code,level,name,parent\n" + rows);
    ASSERT_TRUE(table);
    auto plan = plan_grids(
        *grids->tree(), *table, {}, [&] { return ids.draw<GridId>(); }, clock.now());
    ASSERT_TRUE(plan && plan->wrong_total == 0);
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Grids::write(tx, *plan, {}, clock.now()));
      return true;
    });
    grids->keep(grids->tree(), std::make_shared<const GridTree>(after(*grids->tree(), *plan)), *plan);
  }
  GridId grid(std::string_view code) { return grids->tree()->find_code(code)->id; }
  // The headers of a signed-in caller.
  Client::Headers sign_in(const User& user, bool by_link = false) {
    const Tokens tokens = write([&](Tx& tx) { return sessions::open(tx, user.id, by_link, clock.now()); });
    return {{"cookie", "linli_session=" + tokens.session},
            {"x-csrf-token", tokens.csrf},
            {"content-type", "application/json"}};
  }
  Channel add_channel(std::string name, bool admit_all = true) {
    Channel channel{
        .id = ids.draw<ChannelId>(), .name = std::move(name), .admit_all = admit_all, .created_at = clock.now()};
    channel.secrets.push_back(WebhookSecret::generate());
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(Channels::add(tx, sealer, channel));
      return true;
    });
    channels->keep(channel);
    return channel;
  }
  Lead add_lead(std::string kind = "lead.opened", std::string grid_path = {}) {
    Lead lead;
    lead.grid_path = grid_path;
    lead.id = ids.draw<LeadId>();
    lead.opening = ids.draw<MessageId>();
    lead.revision = 1;
    lead.community = "东苑社区";
    lead.category = "water_leak";
    lead.urgency = 2;
    lead.summary = "天花板漏水";
    lead.model_version = "model-1";
    lead.asked_at = lead.opened_at = lead.latest_at = clock.now();
    lead.message_count = 1;
    write([&](Tx& tx) -> Result<bool> {
      LINLI_TRY(lead_store::insert(tx, sealer, lead));
      LINLI_TRY(Outbox::append(tx, Event{0, kind, lead.id.value, grid_path, "leads.read", clock.now(), {}}));
      return true;
    });
    return lead;
  }
  Client::Headers signed_headers(const Channel& channel, const std::string& body) {
    const std::string at = std::to_string(clock.now().time_since_epoch() / std::chrono::seconds(1));
    return {{"webhook-id", "msg_1"},
            {"webhook-timestamp", at},
            {"webhook-signature", sign(channel.secrets[0], "msg_1", at, body)},
            {"content-type", "application/json"}};
  }
  Client client() { return Client(api->port()); }

  static boost::json::object parsed(const Answer& answer) { return boost::json::parse(answer.body).as_object(); }
  static std::string code(const Answer& answer) {
    return std::to_string(answer.status) + " " + std::string(parsed(answer)["code"].as_string());
  }

  TemporaryFolder folder;
  Database database = Database::sqlite(folder.path() / "linli.db");
  SystemClock clock;
  IdSource ids{clock};
  Sealer sealer = Sealer::for_test();
  std::vector<std::string> reasons;
  std::optional<Writer> writer;
  std::optional<Outbox> outbox;
  std::optional<Readers> readers;
  std::optional<Grids> grids;
  std::optional<Groups> groups;
  std::optional<OptOuts> opt_outs;
  std::optional<MemberRoles> member_roles;
  std::optional<Rhythms> rhythms;
  std::optional<Routing> routing;
  std::optional<Knowledge> knowledge;
  std::optional<Channels> channels;
  std::optional<Intake> intake;
  std::optional<Imports> imports;
  std::optional<Passwords> passwords;
  std::optional<SignInGuard> guard;
  std::optional<Metrics> metrics;
  std::optional<assist::Usage> model_usage;
  std::optional<assist::ModelServer> model_server;
  std::optional<Services> services;
  std::optional<Api> api;
};

}  // namespace linli::api
