// What the engine remembers: the last messages of each group, the leads, and for each message just what later decisions
// look at. All of it is a function of the messages and of the leads they stand in, so that a restart which feeds the kept
// messages again (Leads::restore) ends in the same state. No part of it depends on how a message came to its lead.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
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

// A probability in two bytes.
struct Share {
  std::uint16_t steps = 0;
  static constexpr float kStep = 1.0f / 65535;
  Share() = default;
  explicit Share(float p) : steps(static_cast<std::uint16_t>(p * 65535.0f + 0.5f)) {}
  operator float() const { return static_cast<float>(steps) * kStep; }
};

struct Digest {
  MessageNumber number = 0;
  std::uint64_t id = 0, sender = 0;  // hashes
  std::uint64_t reply_to = 0;        // hash of the quoted message's id
  Instant at{};
  Group* group = nullptr;
  Lead* lead = nullptr;        // where it stands; null: chatter so far
  std::uint32_t sequence = 0;  // in its group, from 1
  std::uint16_t points = 0;
  std::uint8_t digits = 0;
  Role role = Role::resident;
  MessageType type = MessageType::text;
  bool quotes = false, mentions_someone = false;
  std::uint8_t best_category = 0, strong_total = 0, weak_total = 0;
  float appeal = 0, opens = 0, reply = 0;
  float rows_weight = 0;                // sum of squares of their idf
  std::uint64_t strong = 0, weak = 0;   // a bit for each category whose words are there
  std::vector<std::uint16_t> rows;      // rare n-grams only, ascending
  std::vector<std::uint64_t> mentions;  // senders, by mention or by @name
  PlaceMention place, home;             // what the text tells; what the sender's name tells
  std::array<std::uint8_t, static_cast<std::size_t>(Sign::count)> signs{};
  std::array<Share, kActs> act{};
  std::array<Share, 4> urgency{};
  std::array<Share, kMaxCategories> category{};
  std::string sender_name, text;

  bool on_duty() const { return linli::on_duty(role); }
  bool helper() const { return on_duty() || role == Role::property; }
  std::uint8_t sign(Sign s) const { return signs[static_cast<std::size_t>(s)]; }
  bool is_strong(std::size_t category_) const { return strong >> category_ & 1; }
  bool is_weak(std::size_t category_) const { return weak >> category_ & 1; }
};
using DigestPtr = std::shared_ptr<Digest>;

// What messages of a lead tell of its place, each combination once.
struct PlaceParts {
  std::int32_t building = -1, unit = -1, room = -1, spot = -1, known = -1;
  bool text_room = false;  // the room was said, not read from a name
  bool operator==(const PlaceParts&) const = default;
};

struct Lead {
  LeadKey key = 0;
  bool closed = false;              // a person dismissed it
  std::vector<DigestPtr> messages;  // ascending by number
  // Sums over messages, rebuilt when one leaves or comes in between.
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
  std::vector<Person> people;                    // in order of appearance, bounded
  std::vector<PlaceParts> places;                // in order of appearance, bounded
  std::array<float, kMaxCategories> evidence{};  // weighted sum of log probabilities
  std::array<float, kMaxCategories> belief{};    // the same as probabilities, a little flattened
  std::vector<std::uint16_t> rows;               // ascending, rare n-grams of all messages, bounded
  std::array<std::uint64_t, 32> row_bits{};      // by row modulo 2048: most questions about rows end here
  float rows_weight = 0;
  Instant first_at{}, last_at{};
  float resolved = 0;              // of the last word on it
  float emergency = 0;             // greatest probability of urgency 1
  std::uint16_t helpers = 0;       // messages by those who can help
  std::uint8_t category = 0;       // greatest evidence
  std::unique_ptr<LeadView> view;  // made when asked for; null: changed since

  void add(const DigestPtr& d, const TextModel& text);
  void remove(MessageNumber number, const TextModel& text);
  const Person* person(std::uint64_t sender) const;
  bool has(std::uint64_t sender) const {
    const Person* p = person(sender);
    return p && p->said > 0;
  }
  const Here* in(const Group* group) const;

 private:
  void append(const Digest& d, const TextModel& text);
  void start_again();
};

struct Group {
  std::string id;
  std::uint32_t sequence = 0;
  std::deque<DigestPtr> recent;  // the last kRecent messages
  std::vector<Lead*> leads;      // that have a message here, by their last message here, latest last
  PlaceParser::Home home;
  std::uint8_t leisure = 0, service = 0;  // what its name says
  static constexpr std::size_t kRecent = 48;
};

// Probabilities from weighted sums of logs, a little flattened; only the taxonomy's categories.
void believe(const std::array<float, kMaxCategories>& evidence, std::array<float, kMaxCategories>& belief);
// What a lead of this message alone would believe.
void believe(const Digest& d, std::array<float, kMaxCategories>& belief);

// What makes a message worth being the unseen beginning of a lead: decided by its text and type alone.
bool could_begin(const Digest& d);

}  // namespace linli::engine
