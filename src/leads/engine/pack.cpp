#include "leads/engine/pack.h"

#include <cstring>

#include "understand/bytes.h"

namespace linli::engine {
namespace {

// Seven bits a byte, the low ones first; the highest bit says that more follow.
void put_number(std::string& out, std::uint64_t n) {
  for (; n >= 128; n >>= 7) out.push_back(static_cast<char>(n | 128));
  out.push_back(static_cast<char>(n));
}

std::uint64_t number(std::string_view& in) {
  std::uint64_t n = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    n |= std::uint64_t{byte & 127u} << shift;
    if (byte < 128) return n;
  }
}

template <class T>
T raw(std::string_view& in) {
  T value{};
  bytes::get(in, value);
  return value;
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

std::string_view text(std::string_view& in) {
  const auto size = static_cast<std::size_t>(number(in));
  const std::string_view out = in.substr(0, size);
  in.remove_prefix(size);
  return out;
}

// Visits the fields that differ in width, one list for both directions.
template <class Place, class Each>
void each_field(Place& p, Each each) {
  each(p.building), each(p.unit), each(p.room), each(p.floor), each(p.known), each(p.compound), each(p.spot);
  each(p.begin), each(p.end);
}

void put_place(std::string& out, const PlaceMention& p) {
  each_field(p, [&](auto value) {
    // -1, for "missing", and small numbers are short.
    const std::int64_t n = value;
    put_number(out, static_cast<std::uint64_t>(n << 1 ^ n >> 63));
  });
  out.push_back(static_cast<char>(p.leading_zero));
}

PlaceMention place(std::string_view& in) {
  PlaceMention p;
  each_field(p, [&](auto& value) {
    const std::uint64_t n = number(in);
    value = static_cast<std::remove_reference_t<decltype(value)>>(n >> 1 ^ (~(n & 1) + 1));
  });
  p.leading_zero = raw<char>(in) != 0;
  return p;
}

// Of fixed width: written as it lies in memory.
struct Plain {
  std::uint64_t sender;
  Instant at;
  std::uint32_t sequence;
  float appeal, opens, reply, rows_weight;
  std::array<Share, kActs> act;
  std::array<Share, 4> urgency;
  std::uint16_t points;
  std::uint8_t digits, best_category, strong_total, weak_total, flags;
  Role role;
  MessageType type;
};
static_assert(std::is_trivially_copyable_v<Plain>);

void put(std::string& out, const Digest& d, std::size_t group) {
  out.push_back(static_cast<char>(group));
  Plain plain;
  std::memset(static_cast<void*>(&plain), 0, sizeof plain);
  plain.sender = d.sender, plain.at = d.at, plain.sequence = d.sequence;
  plain.appeal = d.appeal, plain.opens = d.opens, plain.reply = d.reply, plain.rows_weight = d.rows_weight;
  plain.act = d.act, plain.urgency = d.urgency, plain.points = d.points, plain.digits = d.digits;
  plain.best_category = d.best_category, plain.strong_total = d.strong_total, plain.weak_total = d.weak_total;
  plain.flags = static_cast<std::uint8_t>(d.quotes | d.mentions_someone << 1);
  plain.role = d.role, plain.type = d.type;
  bytes::put(out, plain);
  put_number(out, d.strong);
  put_number(out, d.weak);
  for (const Share share : d.category) put_number(out, share.steps);
  std::uint64_t heard = 0;
  for (std::size_t s = 0; s < d.signs.size(); ++s) heard |= std::uint64_t{d.signs[s] > 0} << s;
  put_number(out, heard);
  for (const auto sign : d.signs) {
    if (sign) out.push_back(static_cast<char>(sign));
  }
  put_place(out, d.place);
  put_place(out, d.home);
  put_number(out, d.mentions.size());
  for (const auto who : d.mentions) bytes::put(out, who);
  put_number(out, d.rows.size());
  std::uint16_t before = 0;
  for (const auto row : d.rows) put_number(out, static_cast<std::uint64_t>(row - std::exchange(before, row)));
  put_text(out, d.sender_name);
  put_text(out, d.text);
}

Digest* get(std::string_view& in, std::span<const Lead::Here> here, const PackedMessage& message,
            std::vector<std::uint64_t>& mentions, std::vector<std::uint16_t>& rows) {
  Digest d;
  d.number = message.number;
  d.id = message.id;
  d.group = here[static_cast<unsigned char>(raw<char>(in))].group;
  const auto plain = raw<Plain>(in);
  d.sender = plain.sender, d.at = plain.at, d.sequence = plain.sequence;
  d.appeal = plain.appeal, d.opens = plain.opens, d.reply = plain.reply, d.rows_weight = plain.rows_weight;
  d.act = plain.act, d.urgency = plain.urgency, d.points = plain.points, d.digits = plain.digits;
  d.best_category = plain.best_category, d.strong_total = plain.strong_total, d.weak_total = plain.weak_total;
  d.quotes = plain.flags & 1, d.mentions_someone = plain.flags & 2;
  d.role = plain.role, d.type = plain.type;
  d.strong = number(in);
  d.weak = number(in);
  for (Share& share : d.category) share.steps = static_cast<std::uint16_t>(number(in));
  const std::uint64_t heard = number(in);
  for (std::size_t s = 0; s < d.signs.size(); ++s) {
    if (heard >> s & 1) d.signs[s] = static_cast<std::uint8_t>(raw<char>(in));
  }
  d.question = d.sign(Sign::question);
  d.joke = d.sign(Sign::joke);
  d.leisure = d.sign(Sign::leisure);
  d.place = place(in);
  d.home = place(in);
  mentions.resize(number(in));
  for (auto& who : mentions) who = raw<std::uint64_t>(in);
  rows.resize(number(in));
  std::uint16_t before = 0;
  for (auto& row : rows) row = before = static_cast<std::uint16_t>(before + number(in));
  d.mentions = mentions;
  d.rows = rows;
  d.sender_name = text(in);
  d.text = text(in);
  return d.keep();
}

std::vector<PackedMessage> head(std::string_view& in) {
  std::vector<PackedMessage> out(number(in));
  MessageNumber before = 0;
  for (auto& m : out) {
    m.number = before += static_cast<MessageNumber>(number(in));
    m.id = raw<std::uint64_t>(in);
  }
  return out;
}

}  // namespace

std::string pack(std::span<Digest* const> messages, std::span<const Lead::Here> here) {
  std::string out;
  put_number(out, messages.size());
  MessageNumber before = 0;
  for (const Digest* d : messages) {
    put_number(out, static_cast<std::uint64_t>(d->number - std::exchange(before, d->number)));
    bytes::put(out, d->id);
  }
  for (const Digest* d : messages) {
    std::size_t group = 0;
    while (here[group].group != d->group) ++group;
    put(out, *d, group);
  }
  out.shrink_to_fit();
  return out;
}

std::vector<Digest*> unpack(std::string_view packed, std::span<const Lead::Here> here) {
  std::vector<Digest*> out;
  std::vector<std::uint64_t> mentions;
  std::vector<std::uint16_t> rows;
  for (const PackedMessage& m : head(packed)) out.push_back(get(packed, here, m, mentions, rows));
  return out;
}

std::vector<PackedMessage> packed_messages(std::string_view packed) {
  return packed.empty() ? std::vector<PackedMessage>() : head(packed);
}

}  // namespace linli::engine
