// linli serve: the program with its HTTP server, until SIGTERM or SIGINT; SIGHUP reads the settings again.
#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "api/api.h"
#include "api/metrics.h"
#include "api/sign_in_guard.h"
#include "app/commands.h"
#include "app/demo_host.h"
#include "app/perform.h"
#include "app/reload.h"
#include "app/settings_list.h"
#include "assist/companion.h"
#include "assist/refining.h"
#include "base/log.h"

namespace linli::app {
namespace {

const Setting<std::chrono::milliseconds> keep_events{
    "stream.keep",
    std::chrono::hours(24 * 7),
    {std::chrono::hours(1), std::chrono::hours(24 * 90)},
    Restart::no,
    "So long events are kept: a console that was away longer loads everything again."};

volatile std::sig_atomic_t stop_asked = 0, reload_asked = 0;

struct Serve : Place {
  std::string listen;
  bool demo = false;
  double demo_speed = 10;
};

Result<void> prune(Program& program, milliseconds keep, std::stop_token stop) {
  for (std::int64_t removed = 1; removed > 0 && !stop.stop_requested();) {
    auto pruned = program.writer().write([&](Tx& tx) { return Outbox::prune(tx, program.clock().now() - keep); }).get();
    if (!pruned) return tl::unexpected(std::move(pruned).error());
    removed = *pruned;
  }
  return {};
}

// Housekeeping, a little after the start and then every hour.
void keep_house(Program& program, const std::atomic<milliseconds>& keep, std::stop_token stop) {
  auto next = Deadline::in(std::chrono::minutes(1));
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(milliseconds(200));
    if (!next.passed()) continue;
    next = Deadline::in(std::chrono::hours(1));
    if (auto woken = program.wake_cases(); !woken) log::error("cases.wake_failed", woken.error());
    else if (*woken > 0) log::info("cases.woken", {{"cases", *woken}});
    if (auto pruned = prune(program, keep, stop); !pruned) log::error("outbox.prune_failed", pruned.error());
    if (auto kept = program.keep_audit_anchor(); !kept) log::error("audit.anchor_failed", kept.error());
    if (auto retired = program.apply_retention(stop); !retired) log::error("retention.failed", retired.error());
    else if (retired->messages > 0)
      log::info("retention.applied", {{"messages", retired->messages}, {"leads", retired->leads}});
    auto swept = program.sweep();
    if (!swept) log::error("blobs.sweep_failed", swept.error());
  }
}

void greet(const std::string& url, const std::string& link, bool demo, bool has_password, bool has_channels) {
  const bool zh = terminal_language() == Language::zh;
  std::cout << "linli " << LINLI_VERSION
            << (demo ? (zh ? "（演示，数据均为虚构）" : " (demo: everything is fictional)") : "") << "\n"
            << "Console:  " << url << "/\n"
            << "Sign in:  " << link << (zh ? "  （一次有效，一小时内）" : "  (once, within an hour)") << "\n";
  if (!has_password && !demo)
    std::cout << (zh ? "设置密码：linli user password admin --stdin\n"
                     : "Set a password: linli user password admin --stdin\n");
  if (!has_channels && !demo)
    std::cout << (zh ? "还没有渠道。下一步：linli channel add NAME --kind webhook，或在管理台的“渠道”页面添加。\n"
                     : "There is no channel yet. Next: linli channel add NAME --kind webhook, or the console's page "
                       "Channels.\n");
  std::cout << (zh ? "按 Ctrl-C 停止。" : "Ctrl-C stops it.") << std::endl;
}

// The settings again, as they stand in the file now; what is wrong with them leaves those of before as they are.
void reload(const Serve& options, Settings& settings) {
  auto read = load_settings(options);
  if (!read) return log::error("settings.refused", read.error());
  const Changed changed = changed_settings(all_settings(), settings, *read);
  settings = std::move(*read);
  log::set_level(log::parse_level(settings.get(log::level_setting)));
  log::info("settings.reloaded", {{"changed", changed.now.size()}});
  for (const std::string& name : changed.after_restart) log::warn("settings.needs_restart", {{"setting", name}});
}

void serve(const Serve& options) {
  Settings settings = need(load_settings(options));
  log::set_level(log::parse_level(settings.get(log::level_setting)));
  auto api_options = need(api::Api::Options::from(settings, options.listen));
  auto program = need(Program::open(options.data, settings));
  const bool has_password = need(program->operations().ensure_administrator());

  std::unique_ptr<DemoHost> demo;
  if (options.demo) demo = need(DemoHost::open(*program, options.demo_speed));

  Passwords passwords;
  api::SignInGuard guard(program->clock(), program->sealer());
  need(program->readers()
           .read([&](Tx& tx) -> Result<bool> {
             LINLI_TRY(guard.load(tx));
             return true;
           })
           .get());
  std::optional<SignOnServer> sign_on;
  if (auto options = need(SignOnOptions::from(settings)); options.on())
    sign_on.emplace(std::move(options), program->clock());
  assist::Usage model_usage(program->writer(), program->clock(), program->zone());
  assist::ModelServer model_server(model_usage, program->clock());
  need(program->readers()
           .read([&](Tx& tx) -> Result<bool> {
             LINLI_TRY(model_usage.load(tx));
             auto kept = assist::server_settings::find(tx, program->sealer());
             if (!kept) return tl::unexpected(std::move(kept).error());
             model_server.use(std::move(kept->first));
             return true;
           })
           .get());
  assist::Refining refining(model_server, program->outbox(), program->writer(), program->readers(), program->sealer(),
                            program->clock(), {});
  Companion companion(
      {program->writer(), program->readers(), program->sealer(), program->ids(), program->clock(), program->zone(),
       program->groups(), program->knowledge(), program->understander(), &model_server},
      {.may_write = [&](const Group& group) { return program->may_write(group); },
       .queued = [&] { program->words_queued(); },
       .open = [&](StoredMessage message) { program->placing().open(std::move(message)); },
       .rules = [&](const companion::Rules& rules) { program->use_companion(rules); }});
  api::Metrics metrics;
  Placing& placing = program->placing();
  api::Services services{program->clock(),
                         program->zone(),
                         program->ids(),
                         program->writer(),
                         program->readers(),
                         program->sealer(),
                         program->channels(),
                         program->grids(),
                         program->groups(),
                         program->opt_outs(),
                         program->member_roles(),
                         program->rhythms(),
                         program->intake(),
                         program->routing(),
                         program->knowledge(),
                         passwords,
                         guard,
                         metrics,
                         LINLI_VERSION,
                         program->understander().info().version,
                         demo.get()};
  services.sign_on = sign_on ? &*sign_on : nullptr;
  services.mail_works = program->mail_works();
  services.outgoing_private = program->outgoing_private();
  services.event_source = program->event_source();
  services.notify_queued = [&] { program->notify_queued(); };
  services.webhooks_changed = [&] { program->webhooks_changed(); };
  services.imports = &program->imports();
  services.dismissed = [&](LeadId lead) { placing.dismissed(lead); };
  services.reopened = [&](LeadId lead) { placing.reopened(lead); };
  services.moved = [&](Placing::Moved moved) { placing.moved(std::move(moved)); };
  services.words_erased = [&] {
    placing.words_erased();
    program->corrections_erased();
    model_server.forget();
  };
  services.model_server = &model_server;
  services.companion_changed = [&](const companion::Rules& rules) { program->use_companion(rules); };
  services.may_write = [&](const Group& group) { return program->may_write(group); };
  services.model_usage = &model_usage;
  services.refining = [&] { return refining.figures(); };
  services.directories_changed = [&] { placing.directories_changed(); };
  services.words_queued = [&] { program->words_queued(); };
  services.placing = [&] { return placing.figures(); };
  services.search = &program->search();
  services.store_blob = [&](std::string_view bytes) { return program->store_blob(bytes); };
  services.residents_url = settings.get(api::Api::residents_url_setting);
  services.open_blob = [&](std::string_view blob) { return program->open_blob(blob); };
  services.not_ready = [&] { return program->not_ready(); };
  api::Api api(services, program->outbox(), api_options);

  // A port that is taken is no reason to send a newcomer away: the demo takes the next free one.
  auto started = api.start();
  std::unique_ptr<api::Api> other;
  api::Api* running = &api;
  for (int next = 1;
       !started && options.demo && options.listen.empty() && started.error().code == Errc::port_taken && next <= 20;
       ++next) {
    auto moved = api_options;
    moved.server.port = static_cast<std::uint16_t>(api_options.server.port + next);
    other = std::make_unique<api::Api>(services, program->outbox(), moved);
    started = other->start();
    running = other.get();
  }
  need(std::move(started));
  const std::string address = api_options.server.address;
  const bool loopback = address == "127.0.0.1" || address == "::1" || address == "localhost";
  const std::string url =
      "http://" + (loopback ? std::string("localhost") : address) + ":" + std::to_string(running->port());

  auto control = need(Control::listen(program->folder(), [&](const ControlObject& request, const Progress& progress) {
    return answer(*program, url, request, progress);
  }));
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stop_asked = 1; });
  std::signal(SIGHUP, [](int) { reload_asked = 1; });
  const std::string token = need(program->operations().make_sign_in_link("admin"));
  greet(url, url + "/sign-in#" + token, options.demo, has_password, !program->channels().all().empty());
  log::info("serve.started", {{"port", running->port()}, {"demo", options.demo}, {"model", services.model_version}});
  if (auto kept = program->keep_audit_anchor(); !kept) log::error("audit.anchor_failed", kept.error());
  program->start_sending([&demo](const outgoing::Item& item, const Group& group) {
    return demo ? demo->say(item, group) : Sender::Said{};
  });
  program->start_search();
  program->start_notifying();
  companion.start();
  need(program->start_imports());
  if (demo) demo->start();

  {
    std::atomic<milliseconds> keep = settings.get(keep_events);
    TaskGroup house;
    house.spawn("house", [&](std::stop_token stop) { keep_house(*program, keep, stop); });
    while (!stop_asked) {
      std::this_thread::sleep_for(milliseconds(50));
      if (!reload_asked) continue;
      reload_asked = 0;
      reload(options, settings);
      keep = settings.get(keep_events);
    }
    log::info("serve.stopping");
  }
  // From the outside in: nothing new, answers first, then what was taken.
  control.reset();
  if (demo) demo->stop();
  running->stop();
  passwords.stop();
  companion.stop();
  refining.stop();
  model_server.stop();
  if (sign_on) sign_on->stop();
  if (auto kept = program->keep_audit_anchor(); !kept) log::error("audit.anchor_failed", kept.error());
  program->stop();
  log::info("serve.stopped");
}

}  // namespace

std::vector<AnySetting> all_settings() {
  std::vector<AnySetting> out = program_settings();
  const auto api = api::Api::settings(), oidc = SignOnOptions::settings();
  out.insert(out.end(), api.begin(), api.end());
  out.insert(out.end(), oidc.begin(), oidc.end());
  out.push_back(&keep_events);
  return out;
}

void add_serve(CLI::App& app) {
  auto options = std::make_shared<Serve>();
  CLI::App* command = app.add_subcommand("serve", "Run linli: take messages in, show the console");
  add_place(*command, *options);
  command->add_option("--listen", options->listen,
                      "ADDRESS:PORT; port 0: any free one (default: the setting listen, 127.0.0.1:8080)");
  command->add_flag("--demo", options->demo, "A fictional community whose evening is replayed");
  command->add_option("--demo-speed", options->demo_speed, "Chat seconds a second")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  command->callback([options] { serve(*options); });
}

}  // namespace linli::app
