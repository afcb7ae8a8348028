#include "api/sign_in_guard.h"

#include <algorithm>
#include <tuple>

#include "api/origin.h"
#include "store/blobs.h"

namespace linli::api {
namespace {

constexpr std::string_view kPlace = "sign_in_tries.key";

}  // namespace

std::string SignInGuard::name_key(std::string_view name) const {
  return std::string(blob(sealer_.digest(kPlace, "name " + std::string(name))).bytes);
}
std::string SignInGuard::address_key(std::string_view address) const {
  return std::string(blob(sealer_.digest(kPlace, "address " + network_of(address))).bytes);
}

std::string SignInGuard::sign_on_key(std::string_view address) const {
  return std::string(blob(sealer_.digest(kPlace, "sign-on " + network_of(address))).bytes);
}

std::vector<std::string> SignInGuard::keys(std::string_view name, std::string_view address) const {
  std::vector<std::string> out;
  if (!name.empty()) out.push_back(name_key(name));
  out.push_back(address_key(address));
  return out;
}

Result<void> SignInGuard::load(Tx& tx) {
  const Instant now = clock_.now();
  std::lock_guard lock(mutex_);
  return tx.each(
      "SELECT key, failures, last_at, free_at FROM sign_in_tries WHERE last_at > $1 ORDER BY failures DESC, last_at "
      "DESC "
      "LIMIT $2",
      {now - kForget, kMost}, [&](const Row& r) {
        tries_[r.get<std::string>(0)] = {r.get<int>(1), r.get<Instant>(2), r.get<Instant>(3)};
      });
}

Result<void> SignInGuard::begin(std::string_view name, std::string_view address) {
  const Instant now = clock_.now();
  const std::vector<std::string> both = keys(name, address);
  std::lock_guard lock(mutex_);
  LINLI_TRY(check_free(both, now));
  if (tries_.size() >= kMost) make_room(now);
  if (!name.empty()) count(tries_[both.front()], kFreeOfName, kNameCap, now);
  count(tries_[both.back()], kFreeOfAddress, kAddressCap, now);
  return {};
}

void SignInGuard::succeeded(std::string_view name, std::string_view address) {
  std::lock_guard lock(mutex_);
  if (!name.empty()) tries_.erase(name_key(name));
  // Not the address's other failures: else whoever has one account could guess at others for ever.
  take_back(address_key(address));
}

Result<void> SignInGuard::sent_away(std::string_view address) {
  const Instant now = clock_.now();
  const std::string key = sign_on_key(address);
  std::lock_guard lock(mutex_);
  LINLI_TRY(check_free({key}, now));
  if (tries_.size() >= kMost) make_room(now);
  count(tries_[key], kFreeToSignOn, kAddressCap, now);
  return {};
}

void SignInGuard::came_back(std::string_view address) {
  std::lock_guard lock(mutex_);
  take_back(sign_on_key(address));
}

Result<void> SignInGuard::store(Tx& tx, std::string_view name, std::string_view address) {
  const Instant now = clock_.now();
  LINLI_TRY(tx.run("DELETE FROM sign_in_tries WHERE last_at <= $1", {now - kForget}));
  for (const std::string& key : keys(name, address)) {
    Tries tries;
    {
      std::lock_guard lock(mutex_);
      if (const auto at = tries_.find(key); at != tries_.end()) tries = at->second;
    }
    if (tries.failures == 0) {
      LINLI_TRY(tx.run("DELETE FROM sign_in_tries WHERE key = $1", {Blob{key}}));
      continue;
    }
    LINLI_TRY(tx.run(
        "INSERT INTO sign_in_tries (key, failures, last_at, free_at) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO "
        "UPDATE SET failures = excluded.failures, last_at = excluded.last_at, free_at = excluded.free_at",
        {Blob{key}, tries.failures, tries.last, tries.free_at}));
  }
  return {};
}

Result<void> SignInGuard::check_free(const std::vector<std::string>& keys, Instant now) const {
  Instant free_at{};
  for (const std::string& key : keys)
    if (const auto at = tries_.find(key); at != tries_.end()) free_at = std::max(free_at, at->second.free_at);
  if (free_at <= now) return {};
  const auto wait = std::chrono::ceil<std::chrono::seconds>(free_at - now);
  return fail(Errc::too_many_requests, {}, {{"seconds", std::to_string(wait.count())}});
}

void SignInGuard::take_back(const std::string& key) {
  const auto at = tries_.find(key);
  if (at == tries_.end()) return;
  if (--at->second.failures <= 0) tries_.erase(at);
  else at->second.free_at = {};
}

void SignInGuard::count(Tries& tries, int free, std::chrono::seconds cap, Instant now) {
  if (now - tries.last > kForget) tries.failures = 0;
  tries.last = now;
  if (++tries.failures < free) return;
  const auto wait = std::chrono::seconds(1) * (1L << std::min(tries.failures - free, 20));
  tries.free_at = now + std::min<std::chrono::seconds>(wait, cap);
}

// Whoever fills the memory on purpose pushes out what they filled it with, not those who have to wait.
void SignInGuard::make_room(Instant now) {
  std::erase_if(tries_, [&](const auto& one) { return now - one.second.last > kForget; });
  constexpr std::size_t kLeave = kMost - kMost / 10;  // a tenth at once: this looks at all of them
  if (tries_.size() <= kLeave) return;
  std::vector<decltype(tries_)::const_iterator> all;
  for (auto at = tries_.cbegin(); at != tries_.cend(); ++at) all.push_back(at);
  const auto weight = [now](const auto& at) {
    const Tries& t = at->second;
    return std::tuple(t.free_at > now, t.failures, t.last);
  };
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(all.size() - kLeave);
  std::ranges::nth_element(all, end, {}, weight);
  for (auto one = all.begin(); one != end; ++one) tries_.erase(*one);
}

}  // namespace linli::api
