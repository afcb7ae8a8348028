// The one door for messages, whatever channel they come by: admits, stores, answers after the durable commit, hands on.
//
//   delivery -> verify, parse, seal (intake's threads) -> one work for the Writer -> commit -> answer and hand on
//
// Only messages of admitted groups are stored. Those of other groups, and one-to-one chats, are counted and dropped. Sending
// again changes nothing: (channel, id) decides what is known. Messages are numbered on the writer's thread, so that a greater
// MessageId was committed later.
//
// Of people who want none of it nothing is kept; the words that say so are heard here and not kept either
// (people/opt_outs.h). What they take back of what they said before is hidden all the same.
//
// A recall (撤回) hides its message. When it comes before its message, the message is never stored: it counts as known.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/settings.h"
#include "base/unique_function.h"
#include "channels/channels.h"
#include "channels/member_roles.h"
#include "channels/message.h"
#include "channels/message_json.h"
#include "people/groups.h"
#include "people/opt_outs.h"
#include "people/rhythm.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli {

struct Receipt {
  std::size_t fresh = 0;    // stored now
  std::size_t known = 0;    // were here before, or were recalled before they came
  std::size_t dropped = 0;  // not of an admitted group, or of who opted out: counted, not stored
  std::vector<Refusal> refused;
};

// What a webhook received.
struct Delivery {
  std::shared_ptr<const Channel> channel;
  std::string id, timestamp, signature;  // the headers webhook-…
  std::string body;
  BodyForm form = BodyForm::json;
};

class Intake {
 public:
  static const Setting<std::int64_t> max_waiting_setting;                  // intake.max_waiting
  static const Setting<std::chrono::milliseconds> historic_after_setting;  // intake.historic_after
  static const Setting<std::int64_t> threads_setting;                      // intake.threads
  static std::span<const AnySetting> settings();

  struct Options {
    std::size_t max_waiting = 50'000;           // messages between their arrival and their commit; more: overloaded
    std::size_t max_waiting_bytes = 64u << 20;  // of deliveries that nobody has looked at yet
    std::size_t max_waiting_groups = 5'000;     // that nobody has decided on, of one channel; more are not written down
    std::chrono::milliseconds historic_after{std::chrono::minutes(30)};
    std::chrono::milliseconds clamp_after{std::chrono::minutes(5)};  // chat times further ahead are set to the arrival
    std::chrono::milliseconds counts_every{std::chrono::seconds(30)};
    int threads = 2;
    BatchLimits limits;
    static Options from(const Settings& settings);
  };
  struct Ports {
    // Committed messages in commit order, on the writer's thread; never blocks.
    std::function<void(std::vector<StoredMessage>)> placing;
    std::function<bool(std::size_t more)> has_room;  // of what comes behind; any thread
    // Keeps the bytes of an attachment for good and names them; any thread but the writer's. Not set: attachments keep
    // their names only.
    std::function<Result<std::string>(std::string_view bytes)> store_blob;
    // These words carry a machine's mark: whoever says them, they are a machine's. Any thread, quick. Not set: none do.
    std::function<bool(std::string_view text)> is_machine;
    // A group was heard of for the first time, or admitted by its channel; on the writer's thread.
    std::function<void(const Group&)> new_group;
  };
  using Done = UniqueFunction<void(Result<Receipt>)>;

  Intake(Writer& writer, const Sealer& sealer, IdSource& ids, const Clock& clock, Channels& channels, Groups& groups,
         OptOuts& opt_outs, const MemberRoles& member_roles, Rhythms& rhythms, Ports ports, Options options);
  ~Intake();  // stop()

  // Any thread; never waits. `done` is called once, on a thread of intake's or the writer's. Errors at once, and `done` is
  // not called: overloaded, shutting_down. Errors to `done`: those of verify() and parse_batch(), and of the store.
  Result<void> deliver(Delivery delivery, Done done);

  // Messages that are trusted and parsed already (the demo, a file). Seals on the caller's thread, which must not be the
  // writer's. `imported`: they start no promise. Errors and `done` as above.
  Result<void> take(const Channel& channel, std::vector<Message> messages, bool imported, Done done);

  // Nothing new is taken; what was taken is answered (the writer is still there). Writes the counts. Twice is once.
  void stop();

  enum class Drop { one_to_one, not_admitted, too_many_groups, opted_out };
  struct Figures {  // since the start; any thread
    std::uint64_t deliveries = 0, fresh = 0, known = 0, refused = 0, overloaded = 0, bad_signature = 0;
    std::array<std::uint64_t, 4> dropped{};  // by Drop
    std::size_t waiting = 0;
  };
  Figures figures() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

std::string_view name(Intake::Drop reason);

}  // namespace linli
