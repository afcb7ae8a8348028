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

// One list for both directions, all fields by name: with one more this does not compile until it is written too.
template <class Place, class Each>
void each_field(Place& p, Each each) {
  auto& [building, unit, room, floor, known, compound, spot, begin, end, leading_zero, zone] = p;
  each(building), each(unit), each(room), each(floor), each(known), each(compound), each(spot);
  each(begin), each(end), each(leading_zero), each(zone);
}

void put_place(std::string& out, const PlaceMention& p) {
  each_field(p, [&](auto value) {
    // -1, for "missing", and small numbers are short.
    const std::int64_t n = value;
    put_number(out, static_cast<std::uint64_t>(n << 1 ^ n >> 63));
  });
}

PlaceMention place(std::string_view& in) {
  PlaceMention p;
  each_field(p, [&](auto& value) {
    const std::uint64_t n = number(in);
    value = static_cast<std::remove_reference_t<decltype(value)>>(n >> 1 ^ (~(n & 1) + 1));
  });
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

// All fields by name: with one more this does not compile until it is written, too. Number and id stand in the head; lead,
// digest, group and the signs are told by others; person is of a group's lines only.
void put(std::string& out, const Digest& d, std::size_t index) {
  const auto& [sender, id, number, at, lead, digest, sequence, appeal, opens, person, question, joke, leisure] =
      static_cast<const Said&>(d);
  const auto& [group, points, digits, role, type, quotes, mentions_someone, best_category, strong_total, weak_total,
               reply, rows_weight, strong, weak, place, home, signs, act, urgency, category, mentions, rows,
               sender_name, text] = static_cast<const Heard&>(d);
  out.push_back(static_cast<char>(index));
  Plain plain;
  std::memset(static_cast<void*>(&plain), 0, sizeof plain);
  plain.sender = sender, plain.at = at, plain.sequence = sequence;
  plain.appeal = appeal, plain.opens = opens, plain.reply = reply, plain.rows_weight = rows_weight;
  plain.act = act, plain.urgency = urgency, plain.points = points, plain.digits = digits;
  plain.best_category = best_category, plain.strong_total = strong_total, plain.weak_total = weak_total;
  plain.flags = static_cast<std::uint8_t>(quotes | mentions_someone << 1);
  plain.role = role, plain.type = type;
  bytes::put(out, plain);
  put_number(out, strong);
  put_number(out, weak);
  for (const Share share : category) put_number(out, share.steps);
  std::uint64_t heard = 0;
  for (std::size_t s = 0; s < signs.size(); ++s) heard |= std::uint64_t{signs[s] > 0} << s;
  put_number(out, heard);
  for (const auto sign : signs) {
    if (sign) out.push_back(static_cast<char>(sign));
  }
  put_place(out, place);
  put_place(out, home);
  put_number(out, mentions.size());
  for (const auto who : mentions) bytes::put(out, who);
  put_number(out, rows.size());
  std::uint16_t before = 0;
  for (const auto row : rows) put_number(out, static_cast<std::uint64_t>(row - std::exchange(before, row)));
  put_text(out, sender_name);
  put_text(out, text);
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

bool packed_has(std::string_view packed, MessageNumber message) {
  MessageNumber at = 0;
  for (std::uint64_t left = packed.empty() ? 0 : number(packed); left > 0; --left) {
    at += static_cast<MessageNumber>(number(packed));
    if (at >= message) return at == message;
    raw<std::uint64_t>(packed);  // its id
  }
  return false;
}

}  // namespace linli::engine
