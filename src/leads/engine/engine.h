// Places messages. What is decided is a Policy's: the models in production, the labels while training; all that follows
// from a decision happens here, in one place.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
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
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Placement place(MessageNumber number, const Message& message, Policy& policy);
  void restore(MessageNumber number, const Message& message, std::optional<LeadKey> lead, bool apart);
  bool open(MessageNumber number, const Message& message);
  std::size_t move(LeadKey from, std::span<const MessageNumber> messages, std::optional<LeadKey> to);
  std::vector<LeadKey> recall(MessageNumber number, const std::string& group);
  bool set_closed(LeadKey lead, bool closed);
  void set_directory(PlaceDirectory directory);

  void forget();

  Lead* lead(LeadKey key);  // unfolded
  std::vector<LeadKey> all() const;
  std::vector<MessageNumber> messages(LeadKey key) const;
  const Understander& understander() const { return understander_; }
  const PlaceParser& places() const { return places_; }

  Leads::Sizes sizes() const;

 private:
  static constexpr std::chrono::hours kWindow{72};
  // What no message joins any more: the promise of such a matter is long past, a new lead is due.
  static constexpr std::chrono::hours kOldest{7 * 24};
  static constexpr std::size_t kMostMessages = 512;
  static constexpr std::size_t kMostOpen = 256;  // leads in a group's list: the latest that are not silent
  // Leads whose sums are kept ready: the latest of a group, while they are talked of.
  static constexpr std::size_t kReady = 8;
  static constexpr std::chrono::minutes kReadyLife{90};
  struct Work;

  Group& group_of(const std::string& id);
  Digest& digest(MessageNumber number, const Message& message, Group& group, Work& work) const;
  void situation(const Digest& d, const Group& group, Work& work) const;  // into `work`
  const Said* quoted(std::uint64_t id, const Group& group) const;
  void add_cross(Situation& s) const;
  bool takes(const Lead& lead) const {
    return !silent(lead) && newest_ - lead.first_at <= kOldest && lead.size() < kMostMessages;
  }
  // Nothing changes such a lead any more, so that it may be forgotten at any moment and nobody can tell.
  bool silent(const Lead& lead) const { return newest_ - lead.last_at > kWindow; }
  // … as of one that has left the lists of all its groups.
  bool gone(const Lead& lead) const { return silent(lead) || !listed(lead); }
  static bool listed(const Lead& lead);
  void remember(const Digest& d, const Said* mine);
  void attach(Lead& lead, Digest* d);
  void list(Lead& lead, int category_before);
  void unlist(Lead& lead);
  void list_across();
  void drop_lead(LeadKey key);
  std::pair<Digest*, Said*> find(Group& group, MessageNumber number) const;

  const Understander& understander_;
  PlaceDirectory directory_;
  PlaceParser places_;
  std::unordered_map<std::string, std::unique_ptr<Group>> groups_;
  std::map<LeadKey, std::unique_ptr<Lead>> leads_;
  std::array<std::vector<Lead*>, kMaxCategories> by_category_;  // latest first, a few
  std::vector<Lead*> latest_;                                   // of all groups, latest first, a few
  Lead forgotten_;                                              // the last messages of a forgotten lead stand here
  Instant newest_{}, swept_{};
  MessageNumber newest_number_ = 0;
  std::size_t since_sweep_ = 0;
};

// The act of a message within its lead.
Act act_in(const Lead& lead, const Digest& d);

}  // namespace linli::engine
