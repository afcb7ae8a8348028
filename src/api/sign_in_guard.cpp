#include "api/sign_in_guard.h"

#include <algorithm>

namespace linli::api {
namespace {

std::string by_name(std::string_view name) { return "name " + std::string(name); }
std::string by_address(std::string_view address) { return "address " + std::string(address); }

}  // namespace

Result<void> SignInGuard::check(std::string_view name, std::string_view address) {
  const Instant now = clock_.now();
  std::lock_guard lock(mutex_);
  Instant free_at{};
  for (const std::string& key : {by_name(name), by_address(address)}) {
    if (const auto at = tries_.find(key); at != tries_.end()) free_at = std::max(free_at, at->second.free_at);
  }
  if (free_at <= now) return {};
  const auto wait = std::chrono::ceil<std::chrono::seconds>(free_at - now);
  return fail(Errc::too_many_requests, {}, {{"seconds", std::to_string(wait.count())}});
}

void SignInGuard::failed(std::string_view name, std::string_view address) {
  const Instant now = clock_.now();
  std::lock_guard lock(mutex_);
  if (tries_.size() >= kMost) forget_old(now);
  fail_one(by_name(name), kNameCap, now);
  fail_one(by_address(address), kAddressCap, now);
}

void SignInGuard::succeeded(std::string_view name, std::string_view address) {
  std::lock_guard lock(mutex_);
  tries_.erase(by_name(name));
  tries_.erase(by_address(address));
}

void SignInGuard::fail_one(std::string key, std::chrono::seconds cap, Instant now) {
  Tries& tries = tries_[std::move(key)];
  if (now - tries.last > kForget) tries.failures = 0;
  tries.last = now;
  if (++tries.failures < kFree) return;
  const auto wait = std::chrono::seconds(1) * (1L << std::min(tries.failures - kFree, 20));
  tries.free_at = now + std::min<std::chrono::seconds>(wait, cap);
}

void SignInGuard::forget_old(Instant now) {
  std::erase_if(tries_, [&](const auto& one) { return now - one.second.last > kForget; });
  // Someone fills the memory on purpose: begin anew rather than grow.
  if (tries_.size() >= kMost) tries_.clear();
}

}  // namespace linli::api
