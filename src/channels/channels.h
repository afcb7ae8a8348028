// The ways in: names, secrets, what they admit. All are in memory (a district has some dozens); intake asks for each
// delivery. Changes are written in the writer's transaction first and kept in memory after its commit.
#pragma once
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "channels/webhook/signature.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

enum class ChannelKind { webhook, file, demo, form };
std::string_view name(ChannelKind kind);
std::optional<ChannelKind> parse_channel_kind(std::string_view text);

struct Channel {
  ChannelId id;
  std::string name;  // [a-z0-9][a-z0-9-]{0,62}
  ChannelKind kind = ChannelKind::webhook;
  bool admit_all = false;              // its groups are admitted when they are first heard
  std::vector<WebhookSecret> secrets;  // the present one; while it is being changed also the one before
  Instant created_at{};
  std::string send_url;  // words to its groups are posted there (channels/sender.h); empty: people copy them
};

bool is_channel_name(std::string_view text);

class Channels {  // any thread
 public:
  Result<void> load(Tx& tx, const Sealer& sealer);

  // By id ("chn_…") or name; null: there is none.
  std::shared_ptr<const Channel> find(std::string_view id_or_name) const;
  std::shared_ptr<const Channel> find(ChannelId id) const;
  std::vector<std::shared_ptr<const Channel>> all() const;  // by name

  // Inside the transaction. Errors: name_taken; bad_value (not a name).
  static Result<void> add(Tx& tx, const Sealer& sealer, const Channel& channel);
  static Result<void> set_send_url(Tx& tx, ChannelId id, const std::string& url);
  // After its commit.
  void keep(Channel channel);

  // When something last came in, in memory only.
  void heard(ChannelId id, Instant at);
  std::optional<Instant> last_heard(ChannelId id) const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<ChannelId, std::shared_ptr<const Channel>> by_id_;
  std::unordered_map<ChannelId, Instant> heard_;
};

}  // namespace linli
