#include "api/public_guard.h"

#include <algorithm>
#include <vector>

#include "api/origin.h"
#include "store/blobs.h"

namespace linli::api {

std::vector<PublicGuard::Counted> PublicGuard::counted(What what, std::string_view address,
                                                       std::string_view thing) const {
  const Limit limit = kLimits[static_cast<std::size_t>(what)];
  const std::string kind = std::to_string(static_cast<int>(what));
  const auto key = [&](std::string_view of, std::string_view who) {
    return std::string(
        blob(sealer_.digest("public_tries.key", kind + " " + std::string(of) + " " + std::string(who))).bytes);
  };
  std::vector<Counted> out{{key("address", network_of(address)), limit.of_address}};
  if (limit.of_thing > 0 && !thing.empty()) out.push_back({key("thing", thing), limit.of_thing});
  return out;
}

Result<bool> PublicGuard::load(Tx& tx) {
  std::lock_guard lock(mutex_);
  LINLI_TRY(tx.each("SELECT key, since, count FROM public_tries WHERE since > $1 ORDER BY count DESC LIMIT $2",
                    {clock_.now() - kWindow, kMost}, [&](const Row& r) {
                      tries_[r.get<std::string>(0)] = {r.get<Instant>(1), r.get<int>(2)};
                    }));
  return true;
}

Result<void> PublicGuard::check(What what, std::string_view address, std::string_view thing) const {
  const auto keys = counted(what, address, thing);
  std::lock_guard lock(mutex_);
  return check_locked(keys, clock_.now());
}

Result<void> PublicGuard::check_locked(const std::vector<Counted>& keys, Instant now) const {
  for (const Counted& one : keys) {
    const auto at = tries_.find(one.key);
    if (at == tries_.end() || now - at->second.since >= kWindow || at->second.count < one.most) continue;
    const auto wait = std::chrono::ceil<std::chrono::seconds>(at->second.since + kWindow - now);
    return fail(Errc::too_many_requests, {}, {{"seconds", std::to_string(wait.count())}});
  }
  return {};
}

Result<void> PublicGuard::take(What what, std::string_view address, std::string_view thing) {
  const Instant now = clock_.now();
  const auto keys = counted(what, address, thing);
  std::lock_guard lock(mutex_);
  LINLI_TRY(check_locked(keys, now));
  if (tries_.size() >= kMost) make_room(now);
  for (const Counted& one : keys) {
    Tries& tries = tries_[one.key];
    if (now - tries.since >= kWindow) tries = {now, 0};
    ++tries.count;
  }
  return {};
}

void PublicGuard::give_back(What what, std::string_view address, std::string_view thing) {
  const auto keys = counted(what, address, thing);
  std::lock_guard lock(mutex_);
  for (const Counted& one : keys)
    if (const auto at = tries_.find(one.key); at != tries_.end() && at->second.count > 0) --at->second.count;
}

Result<void> PublicGuard::store(Tx& tx, What what, std::string_view address, std::string_view thing) const {
  LINLI_TRY(tx.run("DELETE FROM public_tries WHERE since <= $1", {clock_.now() - kWindow}));
  for (const Counted& one : counted(what, address, thing)) {
    Tries tries;
    {
      std::lock_guard lock(mutex_);
      if (const auto at = tries_.find(one.key); at != tries_.end()) tries = at->second;
    }
    LINLI_TRY(tx.run(
        "INSERT INTO public_tries (key, since, count) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET since = "
        "excluded.since, count = excluded.count",
        {Blob{one.key}, tries.since, tries.count}));
  }
  return {};
}

// Whoever fills the memory on purpose pushes out what they filled it with, not who is at a limit.
void PublicGuard::make_room(Instant now) {
  std::erase_if(tries_, [&](const auto& one) { return now - one.second.since >= kWindow; });
  constexpr std::size_t kLeave = kMost - kMost / 10;
  if (tries_.size() <= kLeave) return;
  std::vector<decltype(tries_)::const_iterator> all;
  for (auto at = tries_.cbegin(); at != tries_.cend(); ++at) all.push_back(at);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(all.size() - kLeave);
  std::ranges::nth_element(all, end, {}, [](const auto& at) { return at->second.count; });
  for (auto one = all.begin(); one != end; ++one) tries_.erase(*one);
}

}  // namespace linli::api
