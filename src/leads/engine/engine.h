// Places messages. What is decided is a Policy's: the models in production, the labels while training; all that follows
// from a decision happens here, in one place.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "leads/engine/features.h"
#include "leads/engine/state.h"
#include "leads/leads.h"

namespace linli::engine {

struct Decision {
  enum class Choice { chatter, open, join } choice = Choice::chatter;
  std::size_t candidate = 0;  // for join
  float probability = 0;
  std::vector<Reason> reasons;
};

class Policy {
 public:
  virtual ~Policy() = default;
  // May fill the candidates' probabilities.
  virtual Decision decide(Situation& situation) = 0;
};

class Engine {
 public:
  Engine(const Understander& understander, PlaceDirectory directory);

  Placement place(MessageNumber number, const Message& message, Policy& policy);
  void restore(MessageNumber number, const Message& message, std::optional<LeadKey> lead);
  std::vector<LeadKey> recall(MessageNumber number);
  bool set_closed(LeadKey lead, bool closed);
  void set_directory(PlaceDirectory directory);

  const Lead* lead(LeadKey key) const;
  Lead* lead(LeadKey key);
  std::vector<LeadKey> all() const;
  const Understander& understander() const { return understander_; }
  const PlaceParser& places() const { return places_; }

 private:
  static constexpr std::chrono::hours kWindow{72};
  Group& group_of(const std::string& id);
  DigestPtr digest(MessageNumber number, const Message& message, Group& group);
  void situation(const Digest& d, const Group& group);  // into situation_
  const Digest* quoted(const Digest& d, const Group& group) const;
  void add_cross(Situation& s) const;
  void remember(const DigestPtr& d);
  void attach(Lead& lead, const DigestPtr& d);
  void drop_lead(LeadKey key);
  void index_category(Lead& lead, int before);
  void forget(Instant now);

  const Understander& understander_;
  PlaceDirectory directory_;
  PlaceParser places_;
  Understanding scratch_;
  Situation situation_;
  std::unordered_map<std::string, std::unique_ptr<Group>> groups_;
  std::map<LeadKey, std::unique_ptr<Lead>> leads_;
  std::unordered_map<MessageNumber, DigestPtr> by_number_;
  std::unordered_map<MessageNumber, Placement> answers_;          // of messages that stand in a lead
  std::array<std::vector<LeadKey>, kMaxCategories> by_category_;  // latest first, a few
  std::vector<LeadKey> latest_;                                   // of all groups, latest first, a few
  Instant newest_{}, next_sweep_{};
};

// The act of a message within its lead.
Act act_in(const Lead& lead, const Digest& d);

}  // namespace linli::engine
