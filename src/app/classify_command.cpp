#include "app/classify_command.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unordered_map>

#include "understand/classify/text_lines.h"
#include "understand/classify/train/classifier_trainer.h"

namespace linli::app {
namespace {

// Tells progress now and then, on stderr, so that what is asked for stands alone on stdout.
void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void write_file(const std::string& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail(Error{Errc::file_unwritable, Where::at(file), {}});
}

Classifier read_classifier(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(Error{Errc::file_unreadable, Where::at(file), {}});
  return need(Classifier::read(std::string((std::istreambuf_iterator<char>(in)), {}), file));
}

void print_figures(const char* what, const LabelFigures& f) {
  if (f.size() == 0) return;
  std::printf("%-40s %6zu texts   accuracy %.4f   macro-F1 %.4f\n", what, f.size(), f.accuracy(), f.macro_f1());
}

void print_labels(const LabelFigures& f, const std::vector<std::string>& labels) {
  for (std::size_t l = 0; l < f.labels(); ++l) {
    if (f.of(l) + f.told(l) == 0) continue;
    std::printf("  F1 %.3f   %5zu have it, %5zu told, %5zu both   %s\n", f.f1(l), f.of(l), f.told(l), f.count(l, l),
                labels[l].c_str());
  }
}

// Figures of a labelled file: of all its lines, and of those that have text in every field.
struct Judgement {
  explicit Judgement(const Classifier& model) : all(model.labels().size()), complete(model.labels().size()) {
    for (std::size_t l = 0; l < model.labels().size(); ++l) index.emplace(model.labels()[l], l);
  }
  void add(const TextLine& line, std::size_t told) {
    if (line.label.empty()) return;
    const auto truth = index.find(line.label);
    if (truth == index.end()) {
      ++strange;
      return;
    }
    all.add(truth->second, told);
    if (line.complete) complete.add(truth->second, told);
  }
  void print(const std::string& what, const Classifier& model) const {
    print_figures(what.c_str(), all);
    if (complete.size() != all.size()) print_figures("  of these with text in every field", complete);
    if (strange) std::printf("  %zu texts have labels that the model does not know: not counted\n", strange);
    print_labels(complete.size() ? complete : all, model.labels());
  }
  LabelFigures all, complete;
  std::unordered_map<std::string, std::size_t> index;
  std::size_t strange = 0;
};

// Calls each(line, answer) for all lines of a file.
template <class Each>
void classify_file(const Classifier& model, const std::string& file, const std::vector<std::string>& fields,
                   const std::string& label, Each&& each) {
  auto lines = need(TextLines::open(file, fields, label));
  while (auto line = need(lines.next())) each(*line, model.classify(line->views()));
}

Args few_labels() { return {{"allowed", "2.." + std::to_string(ClassifierTrainer::kMostLabels) + " labels"}}; }

struct TrainAsked {
  std::string train, dev, label = "label", out;
  std::vector<std::string> fields = {"text"};
  std::vector<float> costs;
  std::size_t folds = 5, features = 150'000;
  std::uint64_t seed = 1;
  bool complete = false;
};

void run_train_classify(const TrainAsked& asked) {
  ClassifierOptions options;
  options.fields = asked.fields;
  options.folds = asked.folds;
  options.most_features = asked.features;
  options.linear.seed = asked.seed;
  if (!asked.costs.empty()) options.costs = asked.costs;
  options.say = say;
  ClassifierTrainer trainer(options);
  auto lines = need(TextLines::open(asked.train, asked.fields, asked.label));
  while (const auto line = need(lines.next())) {
    const auto wrong = [&](Errc code, Args args = {}) {
      fail(Error{code, Where::at(asked.train, line->number, asked.label), std::move(args)});
    };
    if (asked.complete && !line->complete) continue;
    if (line->label.empty()) wrong(Errc::missing_field);
    if (!trainer.add(line->views(), line->label)) wrong(Errc::bad_value, few_labels());
    if (trainer.size() % 5000 == 0) say(std::to_string(trainer.size()) + " texts read");
  }
  if (trainer.labels().size() < 2) fail(Error{Errc::bad_value, Where::at(asked.train, 0, asked.label), few_labels()});
  say(std::to_string(trainer.size()) + " texts, " + std::to_string(trainer.labels().size()) + " labels");
  const auto outcome = trainer.train();
  const std::string bytes = outcome.model.write();
  write_file(asked.out, bytes);
  std::printf("%s: %zu labels, %zu n-grams, %zu bytes, cost %.3g; %zu near-duplicates kept in one part each\n",
              asked.out.c_str(), outcome.model.labels().size(), outcome.model.features(), bytes.size(),
              double{outcome.cost}, trainer.near_duplicates());
  print_figures("cross-validated inside the training file", outcome.cross_validated);
  if (asked.dev.empty()) return print_labels(outcome.cross_validated, outcome.model.labels());
  // As it will be read: from its bytes.
  const Classifier model = need(Classifier::read(bytes, asked.out));
  Judgement judgement(model);
  classify_file(model, asked.dev, asked.fields, asked.label,
                [&](const TextLine& line, const Classifier::Answer& a) { judgement.add(line, a.label); });
  judgement.print(std::filesystem::path(asked.dev).filename().string(), model);
}

struct ClassifyAsked {
  std::string model, in, out, label;
  std::vector<std::string> fields;
};

void run_classify(const ClassifyAsked& asked) {
  const Classifier model = read_classifier(asked.model);
  const auto& fields = asked.fields.empty() ? model.fields() : asked.fields;
  if (fields.size() != model.fields().size()) {
    std::string names;
    for (const auto& f : model.fields()) names += (names.empty() ? "" : ",") + f;
    fail(Error{Errc::bad_value, Where::at_field("--text"), {{"allowed", names}}});
  }
  std::ofstream file;
  if (!asked.out.empty()) {
    file.open(asked.out, std::ios::binary | std::ios::trunc);
    if (!file) fail(Error{Errc::file_unwritable, Where::at(asked.out), {}});
  }
  Judgement judgement(model);
  std::size_t n = 0;
  classify_file(model, asked.in, fields, asked.label, [&](const TextLine& line, const Classifier::Answer& a) {
    const std::string told = with_prediction(line, model.labels()[a.label], a.score);
    if (asked.out.empty()) std::printf("%s\n", told.c_str());
    else file << told << '\n';
    judgement.add(line, a.label);
    if (++n % 50'000 == 0) say(std::to_string(n) + " texts");
  });
  if (!asked.out.empty() && !file.flush()) fail(Error{Errc::file_unwritable, Where::at(asked.out), {}});
  if (!asked.label.empty() && !asked.out.empty())
    judgement.print(std::filesystem::path(asked.in).filename().string(), model);
}

}  // namespace

void add_train_classify(CLI::App& app) {
  auto* command = app.get_subcommand("train")->add_subcommand(
      "classify", "Learn to tell labels from any labelled texts, one JSON object a line; prints figures");
  auto asked = std::make_shared<TrainAsked>();
  command->add_option("train", asked->train, "Labelled texts; settings are chosen by cross-validation inside them")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--dev", asked->dev, "Other labelled texts: judged once, when all is learned")
      ->check(CLI::ExistingFile);
  command->add_option("--text", asked->fields, "Fields that are the text, such as title,body; the first counts most")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--label", asked->label, "Field of the label: a string, a number, true or false")
      ->capture_default_str();
  command->add_option("--out", asked->out, "Model file to write")->required();
  command->add_flag("--complete", asked->complete, "Learn only from lines that have text in every field");
  command->add_option("--costs", asked->costs, "Costs of an error to choose from; without: 0.25,0.5,1,2,4")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0.001, 1000.0));
  command->add_option("--folds", asked->folds, "Parts for cross-validation")
      ->capture_default_str()
      ->check(CLI::Range(2, 20));
  command->add_option("--features", asked->features, "At most so many n-grams, the frequent first")
      ->capture_default_str()
      ->check(CLI::Range(1000, 10'000'000));
  command->add_option("--seed", asked->seed, "The same seed and texts give the same file")->capture_default_str();
  command->callback([asked] { run_train_classify(*asked); });
}

void add_classify(CLI::App& app) {
  auto* command = app.add_subcommand("classify", "Tell the labels of texts, with a model of linli train classify");
  auto asked = std::make_shared<ClassifyAsked>();
  command->add_option("model", asked->model, "Model file")->required()->check(CLI::ExistingFile);
  command->add_option("in", asked->in, "Texts, one JSON object a line")->required()->check(CLI::ExistingFile);
  command->add_option("--text", asked->fields, "Fields that are the text, if named otherwise than in training")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--out", asked->out, "File to write: each line with \"predicted\" and \"score\" (else stdout)");
  command->add_option("--label", asked->label, "Field with the true label: print figures (with --out)");
  command->callback([asked] { run_classify(*asked); });
}

}  // namespace linli::app
