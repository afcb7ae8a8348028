#include "cases/signed_until.h"

#include <charconv>

namespace linli {
namespace {

std::string proof(const Sealer& sealer, std::string_view use, std::string_view what) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::size_t kBytes = 16;
  const Digest digest = sealer.digest(use, what);
  std::string out;
  for (std::size_t i = 0; i < kBytes; ++i) (out += kHex[digest[i] >> 4]) += kHex[digest[i] & 15];
  return out;
}

}  // namespace

std::string sign_until(const Sealer& sealer, std::string_view use, std::string_view what, Instant until) {
  const std::string text = std::string(what) + "." + std::to_string(to_millis(until));
  return text + "." + proof(sealer, use, text);
}

std::optional<std::string> signed_until(const Sealer& sealer, std::string_view use, std::string_view text,
                                        Instant now) {
  const std::size_t last = text.rfind('.'), first = text.find('.');
  if (last == text.npos || first == last) return {};
  const std::string_view what = text.substr(0, last), until = what.substr(first + 1);
  // Keyed hashes of both are compared: how long that takes tells nothing about the right one.
  const Digest given = sealer.digest(use, text.substr(last + 1)), right = sealer.digest(use, proof(sealer, use, what));
  std::int64_t millis = 0;
  const auto [end, wrong] = std::from_chars(until.data(), until.data() + until.size(), millis);
  if (given != right || wrong != std::errc{} || end != until.data() + until.size() || from_millis(millis) < now)
    return {};
  return std::string(what.substr(0, first));
}

}  // namespace linli
