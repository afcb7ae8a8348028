#include "app/train_command.h"

#include <sodium.h>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "app/eval_engine.h"
#include "app/eval_reports.h"
#include "leads/train/keyword_bot.h"
#include "leads/train/trainer.h"

namespace linli::app {
namespace {

namespace fs = std::filesystem;

std::string hex_hash(std::string_view bytes) {
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  std::string out(2 * sizeof hash + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), hash, sizeof hash);
  out.pop_back();
  return out;
}

// Hash of the labelled days: names and bytes, in order.
std::string data_hash(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& e : fs::directory_iterator(folder)) {
    if (e.path().extension() == ".jsonl" || e.path().extension() == ".tsv") files.push_back(e.path());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const auto& f : files) {
    std::ifstream in(f, std::ios::binary);
    all += f.filename().string();
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return hex_hash(all);
}

std::string figures_json(const train::Figures& f) {
  boost::json::object o;
  for (const auto& [name, value] : train::Figures::values(f.total)) o[name] = std::round(value * 10000) / 10000;
  return boost::json::serialize(o);
}

void print_figures(const train::Figures& f, bool intervals) {
  const auto values = train::Figures::values(f.total);
  const auto between = intervals ? f.intervals() : std::vector<std::pair<double, double>>{};
  std::printf("%-32s %zu\n%-32s %.0f\n%-32s %.0f\n%-32s %.0f\n", "scenarios", f.days.size(), "messages",
              f.total.messages, "gold_leads", f.total.leads_gold, "predicted_leads", f.total.leads_pred);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf("%-32s %.4f", values[i].first.c_str(), values[i].second);
    if (intervals) std::printf("   [%.3f, %.3f]", between[i].first, between[i].second);
    std::printf("\n");
  }
}

// Quiet days are where a false lead costs the trust of everyone.
void print_by_density(const std::vector<LabelledDay>& days, const train::Figures& f) {
  std::printf("\nmessages in leads   days   messages   leads in time   false leads per 100 messages\n");
  constexpr double kBorders[] = {0, 0.1, 0.2, 0.4, 1.01};
  for (std::size_t b = 0; b + 1 < std::size(kBorders); ++b) {
    train::Counts sum;
    int n = 0;
    for (std::size_t d = 0; d < days.size(); ++d) {
      const auto& m = days[d].messages;
      const auto in = std::count_if(m.begin(), m.end(), [](const LabelledMessage& x) { return x.lead >= 0; });
      const double share = static_cast<double>(in) / static_cast<double>(m.size());
      if (share < kBorders[b] || share >= kBorders[b + 1]) continue;
      sum += f.days[d];
      ++n;
    }
    if (n == 0) continue;
    std::printf("%3.0f to %3.0f %%         %4d   %8.0f   %13.3f   %.3f\n", 100 * kBorders[b],
                std::min(100.0, 100 * kBorders[b + 1]), n, sum.messages, sum.in_time / std::max(1.0, sum.leads_gold),
                100 * sum.false_leads / sum.messages);
  }
}

struct TrainAsked {
  std::string data = "data/training", out = "data/model/linli.bin", errors;
  std::string without;
  int folds = 6, rounds = 3;
};

void run_train(const TrainAsked& asked) {
  const auto days = need(read_days(asked.data));
  std::size_t messages = 0, leads = 0;
  for (const auto& d : days) messages += d.messages.size(), leads += d.leads.size();
  std::printf("%zu days, %zu messages, %zu leads\n", days.size(), messages, leads);
  train::Options options;
  if (!asked.without.empty()) {
    // All parts are compared with the same thresholds, those of the model inside.
    options.without = asked.without;
    options.figures_only = true;
    options.settings = need(Understander::embedded()).model().settings;
  }
  options.plain = need(read_plain_texts(asked.data));
  options.folds = asked.folds;
  options.rounds = asked.rounds;
  options.say = [](const std::string& line) { std::printf("%s\n", line.c_str()), std::fflush(stdout); };
  train::Outcome outcome = train::run(days, options);
  if (!asked.without.empty()) {
    std::printf("\nCross-validated over days, without %s, thresholds of the model inside; no model is written:\n",
                asked.without.c_str());
    return print_figures(outcome.cross_validated, false);
  }
  outcome.model.info.data_hash = data_hash(asked.data);
  outcome.model.info.figures = figures_json(outcome.cross_validated);
  // Of all that was learned: the same days learned in another way are another model.
  outcome.model.info.version = "1." + hex_hash(outcome.model.write()).substr(0, 8);
  const std::string bytes = outcome.model.write();
  std::ofstream out(asked.out, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail(Error{Errc::file_unwritable, Where::at(asked.out), {}});
  if (!asked.errors.empty()) {
    std::vector<std::string> lines;
    train::score(days, outcome.predictions, &lines);
    std::ofstream file(asked.errors);
    for (const auto& line : lines) file << line << '\n';
  }
  std::printf(
      "\nCross-validated over days (each day judged by models that did not see it), 95 %% intervals by bootstrap over "
      "days:\n");
  print_figures(outcome.cross_validated, true);
  print_by_density(days, outcome.cross_validated);
  std::printf("\n%s", train::to_text(outcome.calibration).c_str());
  std::printf("\n%s: model %s, %zu bytes\n", asked.out.c_str(), outcome.model.info.version.c_str(), bytes.size());
}

struct EvalAsked {
  std::string folder, model, baseline, page;
  std::vector<std::string> compared;
  std::string engine = "embedded";
  EvalServer server;
  int errors = 0;
  bool intervals = false, calibration = false;
};

// The model inside the program where `file` is empty or "built-in".
Understander understander_of(const std::string& file) {
  if (file.empty() || file == "built-in") return need(Understander::embedded());
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(Error{Errc::file_unreadable, Where::at(file), {}});
  return need(Understander::with_model(std::string((std::istreambuf_iterator<char>(in)), {}), file));
}

std::vector<train::Predicted> predictions_of(const Understander& understander, const std::vector<LabelledDay>& days,
                                             bool baseline = false) {
  std::vector<train::Predicted> out;
  for (const auto& day : days) {
    out.push_back(baseline ? train::keyword_bot(day, understander) : train::predict(understander.model(), day));
  }
  return out;
}

void run_eval(const EvalAsked& asked) {
  const auto days = need(read_days(asked.folder));
  if (!asked.compared.empty()) {
    const auto a = predictions_of(understander_of(asked.compared[0]), days);
    const auto b = predictions_of(understander_of(asked.compared[1]), days);
    return print_comparison(days, a, b, static_cast<std::size_t>(asked.errors));
  }
  const Understander understander = understander_of(asked.model);
  auto predicted = predictions_of(understander, days, asked.baseline == "keyword");
  if (asked.engine != "embedded") {
    auto [refined, usage] = need(refine_by(asked.server, days, predicted));
    if (asked.engine == "both") {
      std::printf("first: the embedded engine; second: with the model server's refinements on top\n");
      print_comparison(days, predicted, refined.predicted, static_cast<std::size_t>(asked.errors));
      return print_usage(refined, usage);
    }
    print_usage(refined, usage);
    predicted = std::move(refined.predicted);
  }
  std::vector<std::string> errors;
  print_figures(train::score(days, predicted, &errors), asked.intervals);
  for (std::size_t i = 0; i < errors.size() && i < static_cast<std::size_t>(asked.errors); ++i)
    std::printf("  %s\n", errors[i].c_str());
  if (asked.calibration) {
    train::Calibration sum;
    for (const auto& day : days) sum += train::calibration(understander, day);
    std::printf("\n%s", train::to_text(sum).c_str());
  }
  if (!asked.page.empty())
    write_error_page(days, predicted, asked.baseline.empty() ? understander.info().version : asked.baseline,
                     asked.page);
}

}  // namespace

void add_train(CLI::App& app) {
  auto* command = app.add_subcommand("train", "Learn the model from labelled days; prints cross-validated figures");
  auto asked = std::make_shared<TrainAsked>();
  command->add_option("--data", asked->data, "Folder of NAME.messages.jsonl and NAME.leads.jsonl")
      ->capture_default_str();
  auto* out = command->add_option("--out", asked->out, "Model file to write")->capture_default_str();
  command->add_option("--folds", asked->folds, "Parts for cross-validation")
      ->capture_default_str()
      ->check(CLI::Range(2, 20));
  command->add_option("--rounds", asked->rounds, "Rounds of practice with its own mistakes")
      ->capture_default_str()
      ->check(CLI::Range(1, 6));
  auto* without =
      command
          ->add_option("--without", asked->without,
                       "Only figures, no model: what a part is worth. lexicon: no word lists at all; the others are "
                       "hidden from what puts messages together")
          ->check(CLI::IsMember({"nothing", "context", "pair", "place", "lexicon", "reply"}));
  auto* errors =
      command->add_option("--errors", asked->errors, "Write the mistakes of the cross-validation to this file");
  without->excludes(out, errors);  // nothing is written
  command->callback([asked, command] {
    if (command->get_subcommands().empty()) run_train(*asked);
  });
}

void add_eval(CLI::App& app) {
  auto* command = app.add_subcommand("eval", "Print the figures of labelled days");
  auto asked = std::make_shared<EvalAsked>();
  command->add_option("folder", asked->folder, "Folder of labelled days")->required()->check(CLI::ExistingDirectory);
  command->add_option("--model", asked->model, "Another model file than the one inside the program")
      ->check(CLI::ExistingFile);
  command->add_option("--baseline", asked->baseline, "A rival instead of the engine")
      ->check(CLI::IsMember({"keyword"}));
  command->add_option("--errors", asked->errors, "Print so many mistakes; with --compare, so many changes of a kind")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--html", asked->page, "Write a page that shows chat, true and found leads, with filters");
  command
      ->add_option("--compare", asked->compared, "Two model files (or built-in): gains and losses from first to second")
      ->expected(2)
      ->excludes("--model", "--baseline", "--html");
  auto* engine =
      command
          ->add_option("--engine", asked->engine,
                       "llm: with a model server's refinements on top; both: side by side, with what it took")
          ->check(CLI::IsMember({"embedded", "llm", "both"}))
          ->capture_default_str();
  engine->excludes("--baseline", "--compare");
  command->add_option("--server", asked->server.url, "The model server, up to /v1")->needs(engine);
  command->add_option("--server-model", asked->server.model, "The model's name there")->needs(engine);
  command->add_option("--key-env", asked->server.key_env, "The environment variable that holds its key")->needs(engine);
  command->add_flag("--own-machine", asked->server.own_machine, "It stands on our own machines: nothing is masked")
      ->needs(engine);
  command->add_option("--tokens", asked->server.tokens, "At most so many tokens; then the engine's results stand")
      ->default_val(2'000'000)
      ->check(CLI::Range(1'000, 1'000'000'000));
  command->add_flag("--calibration", asked->calibration, "With tables that show whether scores mean what they say");
  command->add_flag("--intervals", asked->intervals, "With 95 % intervals by bootstrap over days");
  command->callback([asked] { run_eval(*asked); });
}

}  // namespace linli::app
