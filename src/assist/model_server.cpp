#include "assist/model_server.h"

#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <thread>

#include "assist/masking.h"
#include "assist/schema.h"
#include "base/log.h"
#include "base/utf8.h"
#include "people/fetch.h"

namespace linli::assist {
namespace {

namespace json = boost::json;

constexpr int kMostTokens = 8'000;

// Chinese is about one token a character; too many is the careful side of a budget.
std::int64_t estimated_tokens(const std::vector<Said>& said) {
  std::size_t bytes = 0;
  for (const Said& one : said) bytes += one.words.size() + 12;
  return static_cast<std::int64_t>(bytes / 3 + 1);
}

milliseconds jittered(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      static_cast<std::int64_t>(static_cast<double>(pause.count()) * std::uniform_real_distribution(0.5, 1.5)(random)));
}

// Sleeps; false: asked to stop, or the deadline would pass.
bool wait(milliseconds pause, Deadline by, const std::stop_token& own, const std::stop_token& callers) {
  if (pause >= by.left()) return false;
  const Deadline end = Deadline::in(pause);
  while (!end.passed()) {
    if (own.stop_requested() || callers.stop_requested()) return false;
    std::this_thread::sleep_for(std::min(end.left() + milliseconds(1), milliseconds(20)));
  }
  return true;
}

Errc code_of(Failure failure) {
  switch (failure) {
    case Failure::refused: return Errc::model_server_refused;
    case Failure::wrong_form:
    case Failure::blank:
    case Failure::filtered: return Errc::model_answer_wrong;
    case Failure::budget: return Errc::model_budget_spent;
    default: return Errc::model_server_unreachable;
  }
}

// What a server says of itself is shown and logged; what it may repeat of the question is not.
std::string shown(int status, const Complaint& complaint) {
  const bool about_us = status == 401 || status == 402 || status == 403 || status == 404;
  std::string text = about_us && !complaint.message.empty() ? complaint.message : complaint.kind;
  if (!valid_utf8(text)) text.clear();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  text = Masking().mask(first_code_points(text, 120));
  return (status ? std::to_string(status) : std::string()) + (status && !text.empty() ? " " : "") + text;
}

}  // namespace

std::string_view name(Failure failure) {
  constexpr std::string_view names[] = {"timeout",      "unreachable", "cut",        "rate_limited",
                                        "server_error", "refused",     "wrong_form", "blank",
                                        "filtered",     "budget",      "breaker"};
  return names[static_cast<std::size_t>(failure)];
}

struct ModelServer::Trial {
  const Question& question;
  std::shared_ptr<const ServerSettings> settings;
  std::uint64_t generation;
  Deadline by;
  bool test;
  Form form{};
  std::int64_t held = 0;
  Counts counts{};
};

ModelServer::ModelServer(Usage& usage, const Clock& clock, Options options)
    : usage_(usage), clock_(clock), options_(options), queue_(options.most_waiting) {
  for (int i = 0; i < options.threads; ++i)
    tasks_.spawn("model-server", [this](std::stop_token stop) {
      while (!stop.stop_requested() && !queue_.finished())
        if (auto work = queue_.pop(Deadline::in(milliseconds(200)))) (*work)();
    });
}

ModelServer::~ModelServer() { stop(); }

void ModelServer::stop() {
  stop_.request_stop();
  freed_.notify_all();
  queue_.close();
  tasks_.stop();
}

Result<void> ModelServer::submit(UniqueFunction<void()> work) {
  switch (queue_.try_push(std::move(work))) {
    case Push::taken: return {};
    case Push::full: return fail(Errc::overloaded);
    case Push::closed: break;
  }
  return fail(Errc::shutting_down);
}

void ModelServer::use(ServerSettings settings) {
  while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
  std::lock_guard lock(mutex_);
  settings_ = std::make_shared<ServerSettings>(std::move(settings));
  ++generation_;
  form_.reset();
  failures_ = opened_ = 0;
  trying_ = false;
  open_until_.reset();
  last_good_.reset();
  last_bad_.reset();
  failure_.reset();
  why_.clear();
  answers_.clear();
  by_key_.clear();
}

std::shared_ptr<const ServerSettings> ModelServer::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

void ModelServer::forget() {
  std::lock_guard lock(mutex_);
  answers_.clear();
  by_key_.clear();
  ++generation_;  // what is under way is not kept either
}

ModelServer::Health ModelServer::health() const {
  std::lock_guard lock(mutex_);
  Health out;
  if (open_until_) out.breaker = open_until_->passed() ? Health::Breaker::half_open : Health::Breaker::open;
  if (open_until_) out.opens_in = open_until_->left();
  out.last_good = last_good_;
  out.last_bad = last_bad_;
  out.failure = failure_;
  out.why = why_;
  out.form = form_;
  out.in_flight = in_flight_;
  return out;
}

std::optional<Answer> ModelServer::cached(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  answers_.splice(answers_.begin(), answers_, found->second);
  Answer out = found->second->answer;
  out.cached = true;
  return out;
}

void ModelServer::keep(const std::string& key, const Answer& answer) {
  if (by_key_.contains(key) || options_.cached == 0) return;
  answers_.push_front({key, answer});
  by_key_[key] = answers_.begin();
  while (answers_.size() > options_.cached) {
    by_key_.erase(answers_.back().key);
    answers_.pop_back();
  }
}

void ModelServer::good() {
  std::lock_guard lock(mutex_);
  failures_ = opened_ = 0;
  trying_ = false;
  open_until_.reset();
  last_good_ = clock_.now();
}

void ModelServer::bad(Failure failure, const std::string& why, milliseconds wait, bool at_once) {
  std::lock_guard lock(mutex_);
  last_bad_ = clock_.now();
  failure_ = failure;
  why_ = why;
  const bool tried = std::exchange(trying_, false);
  ++failures_;
  if (!tried && !at_once && failures_ < options_.failures && wait <= milliseconds(0)) return;
  milliseconds pause = options_.open_for;
  for (int i = 0; i < opened_ && pause < options_.most_open; ++i) pause *= 2;
  pause = std::min(std::max(pause, wait), options_.most_open);
  ++opened_;
  open_until_ = Deadline::in(pause);
  log::warn("assist.breaker_opened", {{"failure", name(failure)}, {"millis", pause.count()}});
}

tl::unexpected<Error> ModelServer::failed(Trial& trial, Failure failure, std::string why) {
  ++trial.counts["failed." + std::string(name(failure))];
  Args args;
  if (code_of(failure) == Errc::model_budget_spent)
    args = {{"used", std::to_string(usage_.spent())}, {"limit", std::to_string(trial.settings->daily_tokens)}};
  else if (!why.empty()) args = {{"why", std::move(why)}};
  return fail(code_of(failure), {}, std::move(args));
}

Result<Answer> ModelServer::ask(const Question& question) { return ask(question, false); }

Result<Answer> ModelServer::ask(const Question& question, bool test) {
  Trial trial{question, settings(), 0, question.by, test};
  const ServerSettings& settings = *trial.settings;
  if (!settings.on()) return fail(Errc::model_server_off);
  trial.by = question.by.sooner(Deadline::in(settings.deadline));
  std::string key;
  if (!test) {
    const Request request{settings.model,    question.said,        question.temperature, question.most_tokens,
                          Form::json_schema, question.schema_name, question.schema};
    const std::string body = settings.base_url + body_of(request);
    key.resize(32);
    crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                       reinterpret_cast<const unsigned char*>(body.data()), body.size(), nullptr, 0);
    if (auto known = cached(key)) {
      // A check may ask for more than it did then.
      if (!question.check || !question.check(known->value)) {
        usage_.count(question.task, "cached");
        if (question.piece) question.piece(known->text);
        return *std::move(known);
      }
    }
  }

  // A place among the calls at once, and the breaker.
  {
    std::unique_lock lock(mutex_);
    trial.generation = generation_;
    const auto stopped = [&] { return stop_.stop_requested() || question.stop.stop_requested(); };
    if (!freed_.wait_until(lock, trial.by.at(), [&] { return stopped() || in_flight_ < options_.at_once; })) {
      lock.unlock();
      auto error = failed(trial, Failure::timeout, "all calls are taken");
      usage_.settle(0, question.task, trial.counts);
      return error;
    }
    if (stopped()) return fail(Errc::shutting_down);
    if (!test && open_until_ && (!open_until_->passed() || trying_)) {
      const std::string why = why_;
      lock.unlock();
      auto error = failed(trial, Failure::breaker, why);
      usage_.settle(0, question.task, trial.counts);
      return error;
    }
    if (open_until_) trying_ = true;
    ++in_flight_;
  }
  struct Leave {
    ModelServer& server;
    Trial& trial;
    ~Leave() {
      server.usage_.settle(trial.held, trial.question.task, trial.counts);
      {
        std::lock_guard lock(server.mutex_);
        --server.in_flight_;
        server.trying_ = false;
      }
      server.freed_.notify_one();
    }
  } leave{*this, trial};

  std::vector<Said> said = question.said;
  int most_tokens = std::min(question.most_tokens, kMostTokens);
  bool blank = false, repaired = false;
  std::string wrong;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (attempt > 0 && question.piece) question.piece({});
    auto completion = exchange(trial, said, most_tokens);
    if (!completion) return tl::unexpected(std::move(completion).error());
    if (completion->finish == "content_filter") return failed(trial, Failure::filtered, "content_filter");
    Answer answer;
    answer.model = completion->model.empty() ? settings.model : completion->model;
    answer.form = trial.form;
    wrong.clear();
    if (!question.schema) {
      answer.text = without_thoughts(completion->content);
      if (completion->finish == "length") wrong = "the answer is too long; write it shorter";
    } else {
      answer.text = json_part(completion->content);
      json::error_code broken;
      if (!answer.text.empty()) answer.value = json::parse(answer.text, broken);
      if (completion->finish == "length" && (answer.text.empty() || broken))
        wrong = "the answer was cut off; write it shorter";
      else if (answer.text.empty()) wrong = "there is no JSON object in the answer";
      else if (broken) wrong = "the answer is no valid JSON";
      else if (auto why = misfit(answer.value, *question.schema)) wrong = *why;
      else if (question.check)
        if (auto why = question.check(answer.value)) wrong = *why;
    }
    blank = without_thoughts(completion->content).empty();
    if (wrong.empty() && blank) wrong = "the answer is empty";
    if (wrong.empty()) {
      answer.repaired = repaired;
      if (repaired) ++trial.counts["repaired"];
      std::lock_guard lock(mutex_);
      if (!test && trial.generation == generation_) keep(key, answer);
      return answer;
    }
    repaired = true;
    if (completion->finish == "length") most_tokens = std::min(most_tokens * 2, kMostTokens);
    else if (!blank)
      said.push_back(
          {Said::By::assistant, std::string(first_code_points(without_thoughts(completion->content), 2'000))});
    said.push_back({Said::By::user, "这个回答不合要求：" + wrong + "。请只输出改正后的" +
                                        (question.schema ? " JSON，不要别的文字。" : "文字。")});
  }
  return failed(trial, blank ? Failure::blank : Failure::wrong_form, std::string(first_code_points(wrong, 100)));
}

// One completion, with retries and the ladder of forms.
Result<Completion> ModelServer::exchange(Trial& trial, std::vector<Said> said, int most_tokens) {
  {
    std::lock_guard lock(mutex_);
    trial.form = !trial.question.schema ? Form::free : form_.value_or(Form::json_schema);
  }
  while (true) {
    auto completion = send(trial, said, most_tokens, trial.form);
    if (completion) {
      if (trial.question.schema) {
        std::lock_guard lock(mutex_);
        if (trial.generation == generation_) form_ = trial.form;
      }
      return completion;
    }
    // A form that the server does not take: 400, at some 422, at llama.cpp 501. Others of these errors stay what they are when
    // no form helps.
    const std::string* why = nullptr;
    for (const auto& [name, value] : completion.error().args)
      if (name == "why") why = &value;
    const bool form = completion.error().code == Errc::model_server_refused && why &&
                      (why->starts_with("400") || why->starts_with("422") || why->starts_with("501"));
    if (!form || trial.form == Form::free) {
      if (form) bad(Failure::refused, *why, milliseconds(0), false);  // one question may be at fault, not the server
      return completion;
    }
    --trial.counts["failed.refused"];
    trial.form = trial.form == Form::json_schema ? Form::json_object : Form::free;
  }
}

Result<Completion> ModelServer::send(Trial& trial, const std::vector<Said>& said, int most_tokens, Form form) {
  const Question& question = trial.question;
  const ServerSettings& settings = *trial.settings;
  const std::int64_t prompt = estimated_tokens(said);
  if (!usage_.hold(prompt + most_tokens, settings.daily_tokens)) return failed(trial, Failure::budget);
  trial.held += prompt + most_tokens;
  // What gives nothing holds nothing back from the next try.
  const auto let_go = [&] {
    usage_.settle(prompt + most_tokens, question.task, {});
    trial.held -= prompt + most_tokens;
  };

  Request wire{settings.model, said, question.temperature, most_tokens, form, question.schema_name, question.schema};
  wire.stream = static_cast<bool>(question.piece);
  milliseconds pause = options_.pause;
  for (int attempt = 1;; ++attempt) {
    StreamReader reader;
    bool given = false;
    std::stop_source either;
    const std::stop_callback own(stop_.get_token(), [&] { either.request_stop(); });
    const std::stop_callback callers(question.stop, [&] { either.request_stop(); });
    Outgoing request{.url = settings.base_url + "/chat/completions",
                     .bearer = settings.key,
                     .body = body_of(wire),
                     .headers = {"Content-Type: application/json", "Expect:"},
                     .near = settings.own_machine,
                     .stop = either.get_token(),
                     .unreachable = Errc::model_server_unreachable};
    std::string raw;
    if (wire.stream)
      request.take = [&](std::string_view bytes) {
        if (raw.size() < 4096) raw += bytes;  // a server that does not stream answers with one body
        return reader.take(bytes, [&](std::string_view piece) {
          given = true;
          question.piece(piece);
        });
      };
    ++trial.counts["calls"];
    auto fetched = fetch(request, std::max(trial.by.left(), milliseconds(1)));
    if (either.stop_requested()) return fail(Errc::shutting_down);

    std::optional<Failure> failure;
    std::string why;
    milliseconds asked_wait{0};
    std::optional<Completion> completion;
    if (!fetched) {
      const std::string& said_why = fetched.error().args.empty() ? std::string() : fetched.error().args[0].second;
      failure = trial.by.passed() ? Failure::timeout : given || !raw.empty() ? Failure::cut : Failure::unreachable;
      why = *failure == Failure::timeout ? "timeout" : said_why;
    } else if (fetched->status / 100 == 2) {
      if (!wire.stream) completion = read_completion(fetched->body);
      else if (reader.done()) completion = reader.completion();
      else if (reader.complaint()) failure = Failure::server_error, why = shown(0, *reader.complaint());
      else if (auto whole = read_completion(raw)) completion = std::move(whole);
      else failure = Failure::cut, why = "the answer broke off";
      if (completion && !valid_utf8(completion->content)) completion.reset();
      if (!failure && !completion) {
        // 200 with an error inside, or something that is no completion: a proxy's page, another service.
        failure = Failure::wrong_form;
        const Complaint complaint = read_complaint(wire.stream ? raw : fetched->body);
        if (!complaint.kind.empty()) failure = Failure::server_error, why = shown(0, complaint);
        else why = "no chat completion";
      }
    } else {
      const int status = fetched->status;
      failure = status == 429                    ? Failure::rate_limited
                : status >= 500 && status != 501 ? Failure::server_error
                                                 : Failure::refused;
      why = shown(status, read_complaint(wire.stream && fetched->body.empty() ? raw : fetched->body));
      asked_wait = std::chrono::duration_cast<milliseconds>(fetched->retry_after);
    }
    if (completion) {
      trial.counts["prompt_tokens"] += completion->prompt_tokens ? completion->prompt_tokens : prompt;
      trial.counts["answer_tokens"] += completion->answer_tokens
                                           ? completion->answer_tokens
                                           : static_cast<std::int64_t>(completion->content.size() / 3 + 1);
      good();
      return *std::move(completion);
    }
    const bool again = *failure != Failure::refused && *failure != Failure::wrong_form &&
                       *failure != Failure::timeout && !given && attempt < options_.tries;
    const milliseconds next = std::max(jittered(pause), asked_wait);
    pause *= 2;
    if (again && wait(next, trial.by, stop_.get_token(), question.stop)) {
      ++trial.counts["retried"];
      continue;
    }
    let_go();
    // What broke off has cost its prompt all the same.
    if (given || *failure == Failure::cut) trial.counts["prompt_tokens"] += prompt;
    const bool of_form =
        *failure == Failure::refused && (why.starts_with("400") || why.starts_with("422") || why.starts_with("501"));
    if (*failure == Failure::wrong_form) return failed(trial, *failure);
    if (!of_form) bad(*failure, why, asked_wait, *failure == Failure::refused);
    return failed(trial, *failure, why);
  }
}

Result<ModelServer::Tested> ModelServer::test(std::stop_token stop) {
  static const json::value schema = json::parse(
      R"({"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false})");
  const auto begun = std::chrono::steady_clock::now();
  Question question{.task = "test",
                    .said = {{Said::By::system, "你是连通性测试。只输出 JSON，例如 {\"ok\":true}。"},
                             {Said::By::user, "请输出 JSON：{\"ok\":true}"}},
                    .schema_name = "test",
                    .schema = &schema,
                    .temperature = 0,
                    .most_tokens = 400,
                    .by = Deadline::in(std::chrono::seconds(50)),  // somebody waits for the page
                    .stop = std::move(stop)};
  auto answer = ask(question, true);
  if (!answer) return tl::unexpected(std::move(answer).error());
  return Tested{std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun), answer->form,
                answer->model};
}

}  // namespace linli::assist
