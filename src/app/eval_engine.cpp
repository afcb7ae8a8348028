#include "app/eval_engine.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "assist/server_settings.h"
#include "store/migrate.h"

namespace linli::app {
namespace {

namespace fs = std::filesystem;

// Gone with all that it holds.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "linli-eval-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<assist::ServerSettings> settings_of(const EvalServer& server) {
  assist::ServerSettings out;
  out.base_url = server.url;
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  out.model = server.model;
  out.own_machine = server.own_machine;
  out.daily_tokens = server.tokens;
  out.deadline = assist::ServerSettings::kMostDeadline;
  if (!out.on() || !assist::server_settings::good_url(out.base_url, out.own_machine))
    return fail(Errc::bad_setting, Where::at_field("--server"),
                {{"setting", "--server"}, {"value", server.url}, {"allowed", "https://…/v1, http://127.0.0.1:…/v1"}});
  if (server.key_env.empty()) return out;
  const char* key = std::getenv(server.key_env.c_str());
  if (!key || !*key)
    return fail(Errc::bad_setting, Where::at_field("--key-env"),
                {{"setting", "--key-env"}, {"value", server.key_env}, {"allowed", "a variable that holds the key"}});
  out.key = key;
  return out;
}

}  // namespace

Result<std::pair<assist::RefinedDays, EvalUsage>> refine_by(const EvalServer& server,
                                                            const std::vector<LabelledDay>& days,
                                                            const std::vector<train::Predicted>& predicted) {
  auto settings = settings_of(server);
  if (!settings) return tl::unexpected(std::move(settings).error());
  // The client counts in a database, as it does in production.
  const ScratchFolder folder;
  const Database database = Database::sqlite(folder.path() / "usage.db");
  auto connection = database.connect(Access::write);
  if (!connection) return tl::unexpected(std::move(connection).error());
  LINLI_TRY(migrate(*connection, database));
  Writer writer(std::move(*connection), Writer::Options{});
  const SystemClock clock;
  assist::Usage usage(writer, clock, TimeZone::shanghai());
  assist::ModelServer client(usage, clock);
  client.use(*std::move(settings));
  const Day first = usage.today();
  assist::RefinedDays refined = assist::refine_days(client, days, predicted);
  client.stop();
  auto counted = writer.write([&](Tx& tx) { return assist::Usage::days(tx, first); }).get();
  if (!counted) return tl::unexpected(std::move(counted).error());
  EvalUsage used;
  for (const auto& day : *counted)
    for (const auto& [what, n] : day.all) {
      if (what == "calls") used.calls += n;
      else if (what == "prompt_tokens") used.prompt_tokens += n;
      else if (what == "answer_tokens") used.answer_tokens += n;
      else if (what.starts_with("failed.")) used.failures.emplace_back(what.substr(7), n);
    }
  return std::pair(std::move(refined), std::move(used));
}

void print_usage(const assist::RefinedDays& refined, const EvalUsage& usage) {
  std::printf("\nleads %zu, refined %zu, not answered %zu (the engine's stand), with orders in them %zu\n",
              refined.leads, refined.refined, refined.leads - refined.refined, refined.orders);
  std::printf("same matter proposed %zu times, right %zu\n", refined.same, refined.same_right);
  std::printf("calls %lld, tokens %lld asked + %lld answered", static_cast<long long>(usage.calls),
              static_cast<long long>(usage.prompt_tokens), static_cast<long long>(usage.answer_tokens));
  if (refined.refined > 0)
    std::printf(", %.0f a lead",
                static_cast<double>(usage.prompt_tokens + usage.answer_tokens) / static_cast<double>(refined.refined));
  for (const auto& [kind, n] : usage.failures)
    std::printf("; failed %s: %lld", kind.c_str(), static_cast<long long>(n));
  std::printf("\n");
}

}  // namespace linli::app
