#include "base/id.h"

#include <algorithm>
#include <array>

namespace linli {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t length = 13;                 // 65 bits, so the first character is at most '7'
constexpr std::int64_t epoch = 1'577'836'800'000;  // 2020-01-01T00:00:00Z
constexpr int sequence_bits = 12, node_bits = 10;
constexpr std::int64_t sequence_mask = (1 << sequence_bits) - 1;

constexpr std::array<std::int8_t, 256> values = [] {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const char c = alphabet[i];
    out[static_cast<unsigned char>(c)] = static_cast<std::int8_t>(i);
    if (c >= 'a') out[static_cast<unsigned char>(c - 'a' + 'A')] = static_cast<std::int8_t>(i);
  }
  return out;
}();

}  // namespace

std::string crockford(std::int64_t value) {
  std::string out(length, '0');
  auto rest = static_cast<std::uint64_t>(value);
  for (std::size_t i = length; i-- > 0; rest >>= 5) out[i] = alphabet[rest & 31];
  return out;
}

std::optional<std::int64_t> from_crockford(std::string_view text) {
  if (text.size() != length || text[0] > '7') return {};
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = values[static_cast<unsigned char>(c)];
    if (digit < 0) return {};
    value = value << 5 | static_cast<std::uint64_t>(digit);
  }
  return static_cast<std::int64_t>(value);
}

IdSource::IdSource(const Clock& clock, int node) : clock_(clock), node_(node & ((1 << node_bits) - 1)) {}

std::int64_t IdSource::next() {
  const std::int64_t now = std::max<std::int64_t>(0, to_millis(clock_.now()) - epoch) << sequence_bits;
  std::int64_t last = last_.load(std::memory_order_relaxed), drawn;
  // A full or set-back millisecond runs on into the next one.
  do drawn = std::max(now, last + 1);
  while (!last_.compare_exchange_weak(last, drawn, std::memory_order_relaxed));
  return (drawn >> sequence_bits) << (sequence_bits + node_bits) | node_ << sequence_bits | (drawn & sequence_mask);
}

void IdSource::stay_above(std::int64_t id) {
  // Of another node an id with the same time and sequence may be greater; so the whole millisecond is left out.
  const std::int64_t floor = (id >> (sequence_bits + node_bits)) << sequence_bits | sequence_mask;
  std::int64_t last = last_.load(std::memory_order_relaxed);
  while (last < floor && !last_.compare_exchange_weak(last, floor, std::memory_order_relaxed)) {
  }
}

std::int64_t IdSource::floor(Instant at) {
  return std::max<std::int64_t>(0, to_millis(at) - epoch) << (sequence_bits + node_bits);
}

}  // namespace linli
