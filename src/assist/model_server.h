// One client for every OpenAI-compatible model server (llama.cpp, vLLM, Ollama, DashScope, DeepSeek; what differs between them
// stands in wire.h). A call either gives an answer that fits its schema, within its deadline and the day's budget, or an error
// by which the caller goes on without it. Any thread; calls block, so they run on threads of their own (submit()).
//
// A call: cache → budget → place among the calls at once → asked in the strictest form that the server takes (json_schema →
// json_object → free; a refusal with 400 is remembered) → 429, 5xx and network errors again with growing pauses, as long as
// the deadline allows, at most three times → thoughts and code fence cut off → checked → one more try with what was wrong.
// 400, 401, 402, 404, 422 are never asked again. Five failures in a row, or a refusal, and nothing is asked for a while
// (breaker); then one call tries.
//
// Texts leave as they are given: hiding personal data is masking.h's, and tasks.h is the only one that composes questions.
#pragma once
#include <atomic>
#include <boost/json/value.hpp>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "assist/server_settings.h"
#include "assist/usage.h"
#include "assist/wire.h"
#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/task_group.h"
#include "base/unique_function.h"

namespace linli::assist {

struct Question {
  std::string task;  // for the usage: "refine" …
  std::vector<Said> said;
  std::string schema_name{};
  const boost::json::value* schema = nullptr;  // null: free text; else it outlives the call
  // What the form cannot say; in words that a model can mend it by. Called on the calling thread.
  std::function<std::optional<std::string>(const boost::json::value&)> check{};
  double temperature = 0.1;
  int most_tokens = 1'000;
  Deadline by = Deadline::in(std::chrono::minutes(2));  // the settings' deadline counts too
  std::stop_token stop{};
  // Set: the answer is streamed. Gets raw pieces of it, unchecked; an empty one: it begins anew.
  std::function<void(std::string_view)> piece{};
};

struct Answer {
  std::string text;          // free text, or the JSON
  boost::json::value value;  // with a schema
  std::string model;         // as the server calls it
  Form form = Form::free;
  bool cached = false, repaired = false;
};

// Why a call gave nothing; "failed.KIND" in the usage.
enum class Failure {
  timeout,
  unreachable,
  cut,
  rate_limited,
  server_error,
  refused,
  wrong_form,
  blank,
  filtered,
  budget,
  breaker
};
std::string_view name(Failure failure);

class ModelServer {
 public:
  struct Options {
    int at_once = 4;                // calls
    int threads = 2;                // for submit()
    std::size_t most_waiting = 64;  // works in submit()
    std::size_t cached = 256;       // answers
    int tries = 3;                  // with the first
    milliseconds pause{400};        // before the second; then twice as long; half to one and a half times
    int failures = 5;               // in a row: the breaker opens
    milliseconds open_for{30'000}, most_open{600'000};  // doubling
  };

  ModelServer(Usage& usage, const Clock& clock, Options options);
  ModelServer(Usage& usage, const Clock& clock) : ModelServer(usage, clock, Options{}) {}
  ~ModelServer();  // stop()

  // From now on. Cache, ladder and breaker begin anew.
  void use(ServerSettings settings);
  std::shared_ptr<const ServerSettings> settings() const;

  // Errors: model_server_off, model_server_unreachable {why}, model_server_refused {why}, model_budget_spent {used, limit},
  // model_answer_wrong.
  Result<Answer> ask(const Question& question);

  // A tiny call, past cache and breaker; when it works the breaker closes.
  struct Tested {
    milliseconds took{0};
    Form form = Form::free;
    std::string model;
  };
  Result<Tested> test(std::stop_token stop = {});

  struct Health {
    enum class Breaker { closed, open, half_open } breaker = Breaker::closed;
    milliseconds opens_in{0};  // until it tries again
    std::optional<Instant> last_good, last_bad;
    std::optional<Failure> failure;  // the last one
    std::string why;                 // what the server said, cut short
    std::optional<Form> form;        // none: not known yet
    int in_flight = 0;
  };
  Health health() const;

  // Words of residents must go: the cache is emptied.
  void forget();

  // Runs on a thread of the server's. Errors: overloaded, shutting_down.
  Result<void> submit(UniqueFunction<void()> work);

  // Ends waiting calls; twice is once.
  void stop();

 private:
  struct Trial;  // what one call carries along
  struct Kept {
    std::string key;
    Answer answer;
  };

  Result<Answer> ask(const Question& question, bool test);
  Result<Completion> exchange(Trial& trial, std::vector<Said> said, int most_tokens);
  Result<Completion> send(Trial& trial, const std::vector<Said>& said, int most_tokens, Form form);
  tl::unexpected<Error> failed(Trial& trial, Failure failure, std::string why = {});
  void good();
  void bad(Failure failure, const std::string& why, milliseconds wait, bool at_once);

  std::optional<Answer> cached(const std::string& key);
  void keep(const std::string& key, const Answer& answer);

  Usage& usage_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::shared_ptr<const ServerSettings> settings_ = std::make_shared<ServerSettings>();
  std::uint64_t generation_ = 0;  // of the settings
  std::optional<Form> form_;
  int in_flight_ = 0;
  int failures_ = 0, opened_ = 0;  // in a row
  bool trying_ = false;            // half open, and one call is under way
  std::optional<Deadline> open_until_;
  std::optional<Instant> last_good_, last_bad_;
  std::optional<Failure> failure_;
  std::string why_;
  std::list<Kept> answers_;  // the latest used first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_key_;

  std::stop_source stop_;
  BoundedQueue<UniqueFunction<void()>> queue_;
  TaskGroup tasks_;
};

}  // namespace linli::assist
