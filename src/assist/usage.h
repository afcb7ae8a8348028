// What is asked of the model server, day by day of the district's clock, and the day's budget of tokens. Counted in memory and
// written behind every call, so that a restart begins where the day stands. Any thread.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/local_time.h"
#include "store/writer.h"

namespace linli::assist {

using Counts = std::map<std::string, std::int64_t, std::less<>>;  // "calls", "prompt_tokens", "failed.timeout" …

class Usage {
 public:
  Usage(Writer& writer, const Clock& clock, const TimeZone& zone) : writer_(writer), clock_(clock), zone_(zone) {}

  // What today has used already. Once, before the first call.
  Result<void> load(Tx& tx);

  // Holds tokens back for a call that begins, so that calls at once cannot spend them twice. False: more than the budget.
  bool hold(std::int64_t tokens, std::int64_t budget);
  // The call is over: what was held goes, what it used counts.
  void settle(std::int64_t held, std::string_view task, const Counts& counts);
  void count(std::string_view task, std::string_view what, std::int64_t n = 1) {
    settle(0, task, {{std::string(what), n}});
  }

  std::int64_t spent();  // tokens, today
  Day today() const { return zone_.day(clock_.now()); }

  struct OfDay {
    Day day;
    std::map<std::string, Counts> tasks;
    Counts all;
  };
  // By day, newest first; days without a call are not there.
  static Result<std::vector<OfDay>> days(Tx& tx, Day from);

 private:
  using Key = std::tuple<int, std::string, std::string>;  // day, task, what
  void turn();                                            // a new day begins; under the lock
  void write();                                           // what waits goes to the writer

  Writer& writer_;
  const Clock& clock_;
  const TimeZone& zone_;
  std::mutex mutex_;
  Day day_{};
  std::int64_t spent_ = 0, held_ = 0;
  std::map<Key, std::int64_t> waiting_;
};

}  // namespace linli::assist
