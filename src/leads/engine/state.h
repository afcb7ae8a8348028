// What the engine remembers: the last messages of each group, the leads, and for each message just what later decisions
// look at. All of it is a function of the messages and of the leads they stand in, so that a restart which feeds the kept
// messages again (Leads::restore) ends in the same state. No part of it depends on how a message came to its lead.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "leads/leads.h"
#include "understand/place_parser.h"
#include "understand/text_model.h"
#include "understand/understand.h"

namespace linli::engine {

// Names as numbers: equal names, equal numbers, on every machine.
std::uint64_t name_hash(std::string_view text);

struct Group;
struct Lead;

struct Digest {
  MessageNumber number = 0;
  std::string id, sender_name, text;
  Instant at{};
  Group* group = nullptr;
  std::uint64_t sender = 0;
  std::uint32_t sequence = 0;  // in its group, from 1
  Role role = Role::resident;
  MessageType type = MessageType::text;
  Lead* lead = nullptr;  // where it stands; null: chatter so far
  std::array<float, kActs> act{};
  std::array<float, kMaxCategories> category{};
  std::array<float, 4> urgency{};
  float appeal = 0, opens = 0, reply = 0;
  std::array<std::uint8_t, kMaxSigns> signs{};
  std::array<std::uint8_t, kMaxCategories> strong{}, weak{};
  std::vector<std::uint32_t> rows;             // rare n-grams only, ascending
  float rows_weight = 0;                       // sum of squares of their idf
  std::array<float, kMaxCategories> belief{};  // as Lead::belief, where it could begin one
  PlaceMention place, home;                    // what the text tells; what the sender's name tells
  std::uint64_t reply_to = 0;                  // hash of the quoted message's id
  bool quotes = false, mentions_someone = false;
  std::vector<std::uint64_t> mentions;  // senders, by mention or by @name
  std::uint16_t points = 0, digits = 0;

  bool on_duty() const { return linli::on_duty(role); }
  bool helper() const { return on_duty() || role == Role::property; }
  std::uint8_t sign(Sign s) const { return signs[static_cast<std::size_t>(s)]; }
};
using DigestPtr = std::shared_ptr<Digest>;

struct Lead {
  LeadKey key = 0;
  bool closed = false;              // a person dismissed it
  std::vector<DigestPtr> messages;  // ascending by number
  // Sums over messages, rebuilt when one leaves or comes in between.
  std::vector<Group*> groups;  // in order of appearance
  std::map<const Group*, std::uint32_t> last_sequence;
  std::vector<std::uint64_t> people;             // senders, in order of appearance
  std::array<float, kMaxCategories> evidence{};  // weighted sum of log probabilities
  std::array<float, kMaxCategories> belief{};    // the same as probabilities, a little flattened
  std::vector<std::uint32_t> rows;               // ascending, rare n-grams of all messages, bounded
  float rows_weight = 0;
  Instant first_at{}, last_at{};
  float resolved = 0;   // of the last word on it
  float emergency = 0;  // greatest probability of urgency 1
  bool helper_spoke = false;
  int category = 0;                // greatest evidence
  std::unique_ptr<LeadView> view;  // made when asked for; null: changed since

  void add(const DigestPtr& d, const TextModel& text);
  void remove(MessageNumber number, const TextModel& text);
  bool has(std::uint64_t sender) const;

 private:
  void append(const Digest& d, const TextModel& text);
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

// Probabilities from weighted sums of logs; 0 stands for a category that does not exist.
void believe(const std::array<float, kMaxCategories>& evidence, std::array<float, kMaxCategories>& belief);

// What makes a message worth being the unseen beginning of a lead: decided by its text and type alone.
bool could_begin(const Digest& d);

}  // namespace linli::engine
