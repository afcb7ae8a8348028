// Puts messages of one matter together: joins a message to an open lead, opens one, or finds it chatter.
// The pure half of `leads`: no clock, no database, no randomness. The same messages in the same order give the same leads,
// byte for byte, in production, `linli analyze`, simulation and practice. One Leads serves one community (its shard);
// all calls come from one strand.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "channels/message.h"
#include "people/place.h"
#include "understand/understand.h"

namespace linli {

// A lead is named by the message that opened it, or, where a person made it (move()), by a number that no message has. Numbers are the caller's (MessageId::value in production, the line in
// `linli analyze`); they must rise in the order of place().
using MessageNumber = std::int64_t;
using LeadKey = MessageNumber;

// Why a message stands where it stands, strongest first; plain words for people, made from code + args by base/words.
struct Reason {
  std::string code;                  // "reason.word", "reason.reply_to", "reason.same_building" ...
  MessageNumber message = 0;         // the message that the reason points to; 0: this one
  std::uint32_t begin = 0, end = 0;  // code points of that message's text; begin == end: the message as a whole
  std::string word;                  // the words themselves, as written
  float weight = 0;                  // share of the decision, > 0 speaks for it
};

struct Placement {
  std::optional<LeadKey> lead;  // none: chatter
  bool opened = false;          // the lead first stands in the queue with this message
  Act act = Act::none;
  float score = 0;  // calibrated probability that the message belongs where it was put
  std::vector<Reason> reasons;
  std::vector<LeadKey> changed;  // leads whose view() differs from before, this lead included, each once, ascending
  struct Move {
    MessageNumber message;
    std::optional<LeadKey> from, to;
    Act act = Act::none;
  };                        // act: in `to`
  std::vector<Move> moves;  // earlier messages that this one made the machine see differently
};

// A lead as the machine sees it now.
struct LeadView {
  LeadKey key = 0;                      // opening message (may differ from messages.front(): earlier ones may move in)
  std::vector<MessageNumber> messages;  // ascending
  std::vector<std::string> groups;      // in order of appearance
  std::string category;                 // leaf code of data/taxonomy.json
  float category_score = 0;
  int urgency = 3;              // 1 emergency … 4 low
  std::string place;            // "锦苑小区3栋2单元"; empty: the chat never tells
  bool reply_suffices = false;  // handling: reply | workflow
  bool area_wide = false;
  bool review = false;                 // opened in doubt: look closely
  bool resolved = false;               // the chat itself shows that it is over
  std::string summary;                 // one line, extracted from the messages
  Instant asked_at{};                  // chat time of the first message
  std::optional<Instant> answered_at;  // first answer by someone on duty seen in the chat
  std::vector<Reason> category_reasons, urgency_reasons, place_reasons;
};

class Leads {
 public:
  Leads(const Understander& understander, PlaceDirectory directory);
  ~Leads();
  Leads(Leads&&) noexcept;
  Leads& operator=(Leads&&) noexcept;

  // The same number again changes nothing and tells where the message stands now, without score and reasons (within the
  // window that is kept).
  Placement place(MessageNumber number, const Message& message);
  // A recalled message leaves its lead without a trace; a lead that loses its last message vanishes from all().
  // Returns the changed leads.
  // It is looked for in `group` first, then, which takes long, in all. A lead that forget() may give back stays as it is.
  std::vector<LeadKey> recall(MessageNumber number, const std::string& group = {});
  // A person's decision stands: a dismissed or closed lead takes in what clearly belongs to it, silently, until its window
  // has passed; an emergency (urgency 1) opens a lead of its own.
  void dismiss(LeadKey lead);
  // A person took a dismissal back.
  void reopen(LeadKey lead);

  // A message that was found chatter opens a lead after all: somebody has to read it. False: it stands in one, or was never
  // placed here.
  bool open(MessageNumber number, const Message& message);

  // A person said where messages belong: those of `from` (where none are named, all of them) go to `to`, which is made where
  // there is none; without `to` they belong to no lead, and none will begin with them. From then on all is decided as if
  // they had always stood there. How many went; a lead that lost all its messages is gone.
  std::size_t move(LeadKey from, std::span<const MessageNumber> messages, std::optional<LeadKey> to);

  const LeadView* view(LeadKey lead);  // made now, valid until the next call; nullptr: unknown or forgotten
  std::vector<MessageNumber> messages(LeadKey lead) const;  // ascending; as in the view
  std::vector<LeadKey> all() const;                         // ascending

  // Gives back the memory of leads that nothing can change any more: silent for 72 hours before the newest message, or with
  // 256 later leads in each of their groups. What is decided does not depend on when it is called; do so often, when no view
  // of a changed lead is wanted any more. Quick where little happened since.
  void forget();

  // After a restart: feed the kept messages of the last days in order with the lead they stand in; then place() goes on
  // exactly as if there had been no restart. `apart`: a person said that it belongs to no lead.
  void restore(MessageNumber number, const Message& message, std::optional<LeadKey> lead, Act act, bool apart = false);

  void set_directory(PlaceDirectory directory);

  struct Sizes {  // of what is remembered; walks all of it
    std::size_t groups = 0, leads = 0;
    std::size_t ready = 0;  // leads whose sums are kept, not made anew when they are looked at
    std::size_t digests = 0, digest_bytes = 0;
  };
  Sizes sizes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linli
