// What placing keeps in memory: the core of each community with its open leads, where groups are at home, which lead stands
// where in the store, and what is known of messages beside the core's view. Owned by placing's thread.
#pragma once
#include <map>
#include <string>
#include <unordered_map>

#include "leads/placing.h"

namespace linli {

class OpenLeads {
 public:
  struct Shard {
    std::string community;
    bool known = true;  // false: a group whose community nobody has told, by itself
    Leads leads;
  };
  struct Home {
    std::string grid_path;
    Shard* shard = nullptr;
  };
  struct Known {  // of a lead, beside the core's view
    LeadId id;
    GroupId group;  // of its first message
    Shard* shard = nullptr;
    std::vector<Shard*> also;  // other communities, whose messages a person joined to it
  };

  OpenLeads(const Understander& understander, Readers& readers, const Placing::Ports& ports)
      : understander_(understander), readers_(readers), ports_(ports) {}

  // After a restart: takes up the leads heard of after `since` and the talk of that time, up to the mark of placing, which it
  // returns (0: nothing was ever placed). Reads `page` messages at a time.
  Result<MessageId> restore(Tx& tx, const Sealer& sealer, Instant since, std::size_t page);

  // ---- communities ----
  const Home& home_of(GroupId group) { return home_of(group, nullptr); }
  // All of them anew, and where groups are at home. True: a group has moved to another community, and its open leads and
  // its talk stand in the old one: all must be restored.
  bool read_directories();

  // ---- leads ----
  void opened(LeadKey key, Known known);
  const Known* find(LeadKey key) const;
  template <class F>
  void each_core(LeadKey key, F&& work) {  // work(Leads&), in each community that it has messages in
    for (Shard* shard : shards_of(key)) work(shard->leads);
  }
  const LeadKey* find(LeadId lead) const;
  // Of all communities that it has messages in; valid until the next call. Null: no message of it is known.
  const LeadView* view(LeadKey key);
  // A person moved messages. False: the cores cannot tell what follows, all must be restored from the store.
  bool move(const Placing::Moved& moved);
  // As it stood when placing last wrote it; null: must be read. Kept for some thousand leads only. A person may have
  // changed it since: its revision tells.
  const Lead* standing(LeadKey key) const;
  void stands(LeadKey key, Lead lead);
  void stands_no_more(LeadKey key) { standing_.erase(key); }

  // ---- messages ----
  void remember(const StoredMessage& m);
  // What the caller of revise() knows: groups, times, and that a live message makes a lead live; its promise starts with
  // the first of them.
  void take_facts(Lead& lead, const LeadView& view) const;

 private:
  struct Fact {
    MessageNumber message = 0;
    Instant sent_at{};
    bool live = true;
  };
  const Fact* fact(MessageNumber message) const;
  static constexpr std::size_t kLatest = 20'000;   // messages whose facts are kept whether they stand in a lead or not
  static constexpr std::size_t kStanding = 2'000;  // leads

  using Links = std::map<MessageId, std::pair<LeadKey, Act>>;
  void take_up(Tx& tx, StoredMessage& m, const Links& links, const std::vector<MessageId>& apart);
  std::vector<Shard*> shards_of(LeadKey key) const;
  void note(const StoredMessage& m);
  void forget();
  // `tx`: where the caller reads already; it must not wait for another reader, which may be the same one.
  const Home& home_of(GroupId group, Tx* tx);
  Shard& shard(const std::string& community, bool known, Tx* tx);
  PlaceDirectory directory(const std::string& community, bool known, Tx* tx) const;

  const Understander& understander_;
  Readers& readers_;
  const Placing::Ports& ports_;
  std::unordered_map<std::string, Shard> shards_;
  std::unordered_map<GroupId, Home> home_;
  std::unordered_map<LeadKey, Known> known_;
  std::unordered_map<LeadId, LeadKey> key_of_;
  std::unordered_map<LeadKey, Lead> standing_;
  LeadView joined_;          // the one asked for last, of several communities
  std::vector<Fact> facts_;  // by message
  std::size_t forget_at_ = kLatest * 2;
};

}  // namespace linli
