// What the engine remembers: the last messages of each group, a line each; the leads; and for each message that stands in
// one, or could begin one, just what later decisions and the lead's view look at. All of it is a function of the messages
// and of the leads they stand in, so that a restart which feeds the kept messages again (Leads::restore) ends in the same
// state. No part of it depends on how a message came to its lead.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leads/leads.h"
#include "understand/lexicon.h"
#include "understand/place_parser.h"
#include "understand/text_model.h"
#include "understand/understand.h"

namespace linli::engine {

// Names as numbers: equal names, equal numbers, on every machine.
std::uint64_t name_hash(std::string_view text);

struct Group;
struct Lead;
struct Digest;

// A probability in two bytes.
struct Share {
  std::uint16_t steps = 0;
  static constexpr float kStep = 1.0f / 65535;
  Share() = default;
  explicit Share(float p) : steps(static_cast<std::uint16_t>(p * 65535.0f + 0.5f)) {}
  operator float() const { return static_cast<float>(steps) * kStep; }
};

// One of a group's last messages: what later ones ask of it. A cache line, so that a group's memory is read in one go.
struct Said {
  std::uint64_t sender = 0, id = 0;  // hashes
  MessageNumber number = 0;
  Instant at{};
  Lead* lead = nullptr;        // where it stands; null: chatter so far
  Digest* digest = nullptr;    // of those that stand in a lead or could begin one
  std::uint32_t sequence = 0;  // in its group, from 1
  float appeal = 0, opens = 0;
  std::uint8_t person = 0;                           // of Group::people
  std::uint8_t question = 0, joke = 0, leisure = 0;  // signs
};

// The rest of what decisions look at. A new field here or above: the packer (pack.cpp) does not compile without it.
struct Heard {
  Group* group = nullptr;
  std::uint16_t points = 0;
  std::uint8_t digits = 0;
  Role role = Role::resident;
  MessageType type = MessageType::text;
  bool quotes = false, mentions_someone = false;
  std::uint8_t best_category = 0, strong_total = 0, weak_total = 0;
  float reply = 0;
  float rows_weight = 0;               // sum of squares of their idf
  std::uint64_t strong = 0, weak = 0;  // a bit for each category whose words are there
  PlaceMention place, home;            // what the text tells; what the sender's name tells
  std::array<std::uint8_t, static_cast<std::size_t>(Sign::count)> signs{};
  std::array<Share, kActs> act{};
  std::array<Share, 4> urgency{};
  std::array<Share, kMaxCategories> category{};
  std::span<const std::uint64_t> mentions;  // senders, by mention or by @name
  std::span<const std::uint16_t> rows;      // rare n-grams only, ascending
  std::string_view sender_name, text;       // for the view: summary and words that speak for it
};

// All that decisions look at. Of the message being placed, what is pointed to lies elsewhere.
struct Digest : Said, Heard {
  bool on_duty() const { return linli::on_duty(role); }
  bool helper() const { return on_duty() || role == Role::property; }
  std::uint8_t sign(Sign s) const { return signs[static_cast<std::size_t>(s)]; }
  bool is_strong(std::size_t category_) const { return strong >> category_ & 1; }
  bool is_weak(std::size_t category_) const { return weak >> category_ & 1; }

  // A copy to be kept, one piece with all that it points to; given back by release().
  Digest* keep() const;
  static void release(Digest* kept) { ::operator delete(kept); }
  std::size_t bytes() const {
    return sizeof(Digest) + mentions.size_bytes() + rows.size_bytes() + sender_name.size() + text.size();
  }
};
static_assert(std::is_trivially_destructible_v<Digest>);

// What messages of a lead tell of its place, each combination once.
struct PlaceParts {
  std::int32_t building = -1, unit = -1, room = -1, spot = -1, known = -1;
  bool text_room = false;  // the room was said, not read from a name
  bool operator==(const PlaceParts&) const = default;
};

struct Lead {
  LeadKey key = 0;
  bool closed = false;            // a person dismissed it
  std::uint8_t category = 0;      // greatest evidence
  std::vector<Digest*> messages;  // ascending by number; empty while packed
  Instant first_at{}, last_at{};
  MessageNumber last_number = 0;  // of its messages
  struct Here {
    Group* group;
    std::uint32_t last_sequence;
    const Digest* last;
  };
  std::vector<Here> here;  // a group each, in order of appearance
  struct Person {
    std::uint64_t sender;
    std::uint16_t said, addressed;  // messages by him; messages that mention him
  };
  std::vector<Person> people;  // in order of appearance, bounded

  // Sums over messages, made anew from them when one leaves or comes in between, and for a lead that was folded: only the
  // latest leads of a group have theirs ready.
  struct Sums {
    std::vector<PlaceParts> places;                // in order of appearance, bounded
    std::array<float, kMaxCategories> evidence{};  // weighted sum of log probabilities
    std::array<float, kMaxCategories> belief{};    // the same as probabilities, a little flattened
    std::vector<std::uint16_t> rows;               // ascending, rare n-grams of all messages, bounded
    std::array<std::uint64_t, 32> row_bits{};      // by row modulo 2048: most questions about rows end here
    float rows_weight = 0;
    float resolved = 0;         // of the last word on it
    float emergency = 0;        // greatest probability of urgency 1
    std::uint16_t helpers = 0;  // messages by those who can help

    void add(const Digest& d, bool opener, const TextModel& text);
    std::uint8_t settle();  // belief from evidence; returns the category
  };
  std::unique_ptr<Sums> sums;  // null: folded
  // Instead of `messages`, where nothing refers to them and none is among its group's last ones; folded too.
  std::string packed;
  void unfold(const TextModel& text);  // unpacks, too
  void fold() { sums.reset(); }
  void pack();
  void unpack();
  std::size_t size() const { return packed.empty() ? messages.size() : size_; }
  std::vector<MessageNumber> numbers() const;  // of its messages, packed or not

  void add(Digest* d, const TextModel& text);
  void remove(const Digest* d, const TextModel& text);
  // Many at once, ascending.
  void add(std::span<Digest* const> many, const TextModel& text);
  void remove(std::span<Digest* const> many, const TextModel& text);
  const Person* person(std::uint64_t sender) const;
  bool has(std::uint64_t sender) const {
    const Person* p = person(sender);
    return p && p->said > 0;
  }
  const Here* in(const Group* group) const;
  // Of the group's messages in it.
  Digest* find(const Group& group, MessageNumber number);

 private:
  std::uint32_t size_ = 0;  // of the packed ones
  void append(const Digest& d, const TextModel& text);
  void start_again(const TextModel& text);
};

struct Group {
  static constexpr std::size_t kRecent = 48;
  std::string id;
  std::uint32_t sequence = 0;
  // Leads that have a message here, by their last message here, latest last; with what tells most of them from candidates.
  struct Open {
    Lead* lead;
    Instant first_at, last_at;
    std::uint64_t people;  // a bit for each of the lead's people, by hash modulo 64
    std::uint32_t last_sequence;
    std::uint8_t category;
    bool full;  // takes no more
  };
  std::vector<Open> leads;
  PlaceParser::Home home;
  std::uint8_t leisure = 0, service = 0;  // what its name says

  // A name that was shown with some of the last messages.
  struct Person {
    std::string name;
    PlaceMention home;  // what it tells
    std::size_t said = 0;
  };
  std::vector<Person> people;  // free where nothing was said

  // ---- the last kRecent messages ----
  std::size_t recent() const { return ring_.size(); }
  Said& back(std::size_t i) { return ring_[index(ring_.size() - 1 - i)]; }  // 0: the latest
  const Said& back(std::size_t i) const { return ring_[index(ring_.size() - 1 - i)]; }
  bool scrolled_past(std::uint32_t sequence_) const {
    return ring_.empty() || sequence_ < back(ring_.size() - 1).sequence;
  }
  // Asks the processor to fetch them while something else is done.
  void prefetch() const {
    for (const Said& s : ring_) __builtin_prefetch(&s);
  }
  bool full() const { return ring_.size() == kRecent; }
  Said* find(MessageNumber number);
  const Person& person(const Said& said) const { return people[said.person]; }
  // Instead of the oldest one where the ring is full. The name is that of `mine`, an earlier message, or a new one.
  void push(Said said, const Said* mine, std::string_view name, const PlaceMention& home);
  void erase(const Said* said);

 private:
  std::size_t index(std::size_t from_oldest) const {
    const std::size_t i = head_ + from_oldest;
    return i < ring_.size() ? i : i - ring_.size();
  }
  std::vector<Said> ring_;
  std::size_t head_ = 0;  // the oldest, once full
};

// Probabilities from weighted sums of logs, a little flattened; only the taxonomy's categories.
void believe(const std::array<float, kMaxCategories>& evidence, std::array<float, kMaxCategories>& belief);
// What a lead of this message alone would believe.
void believe(const Digest& d, std::array<float, kMaxCategories>& belief);

// What makes a message worth being the unseen beginning of a lead: decided by its text and type alone.
bool could_begin(const Digest& d);

}  // namespace linli::engine
