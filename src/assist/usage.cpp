#include "assist/usage.h"

#include "base/log.h"

namespace linli::assist {
namespace {

constexpr std::string_view kSpent =
    "SELECT SUM(count) FROM assist_usage WHERE day = $1 AND what IN ('prompt_tokens', 'answer_tokens')";
constexpr std::string_view kAdd =
    "INSERT INTO assist_usage (day, task, what, count) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (day, task, what) DO UPDATE SET count = assist_usage.count + excluded.count";
constexpr std::string_view kDays =
    "SELECT day, task, what, count FROM assist_usage WHERE day >= $1 ORDER BY day DESC, task, what";

std::int64_t tokens_of(const Counts& counts) {
  std::int64_t sum = 0;
  for (const std::string_view what : {"prompt_tokens", "answer_tokens"})
    if (const auto found = counts.find(what); found != counts.end()) sum += found->second;
  return sum;
}

}  // namespace

Result<void> Usage::load(Tx& tx) {
  const Day day = today();
  auto sum = tx.value<std::int64_t>(kSpent, {day.number});
  if (!sum) return tl::unexpected(std::move(sum).error());
  std::lock_guard lock(mutex_);
  day_ = day;
  spent_ = sum->value_or(0);
  return {};
}

void Usage::turn() {
  if (const Day now = today(); now != day_) day_ = now, spent_ = 0;
}

bool Usage::hold(std::int64_t tokens, std::int64_t budget) {
  std::lock_guard lock(mutex_);
  turn();
  if (spent_ + held_ + tokens > budget) return false;
  held_ += tokens;
  return true;
}

void Usage::settle(std::int64_t held, std::string_view task, const Counts& counts) {
  {
    std::lock_guard lock(mutex_);
    turn();
    held_ -= held;
    spent_ += tokens_of(counts);
    for (const auto& [what, n] : counts)
      if (n != 0) waiting_[{day_.number, std::string(task), what}] += n;
  }
  write();
}

void Usage::write() {
  std::map<Key, std::int64_t> taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) return;
  const auto back = [this, taken] {
    std::lock_guard lock(mutex_);
    for (const auto& [key, n] : taken) waiting_[key] += n;  // with the next ones
  };
  auto submitted = writer_.submit(
      [taken](Tx& tx) -> Result<void> {
        for (const auto& [key, n] : taken)
          LINLI_TRY(tx.run(kAdd, {std::get<0>(key), std::get<1>(key), std::get<2>(key), n}));
        return {};
      },
      [back](Result<void> done) {
        if (done) return;
        log::warn("assist.usage_not_written", done.error());
        back();
      });
  if (!submitted) back();
}

std::int64_t Usage::spent() {
  std::lock_guard lock(mutex_);
  turn();
  return spent_;
}

Result<std::vector<Usage::OfDay>> Usage::days(Tx& tx, Day from) {
  std::vector<OfDay> out;
  LINLI_TRY(tx.each(kDays, {from.number}, [&](const Row& r) {
    const Day day{r.get<int>(0)};
    if (out.empty() || out.back().day != day) out.push_back({day, {}, {}});
    const auto what = r.get<std::string>(2);
    const auto n = r.get<std::int64_t>(3);
    out.back().tasks[r.get<std::string>(1)][what] += n;
    out.back().all[what] += n;
  }));
  return out;
}

}  // namespace linli::assist
