// The tables messages and attachments. What a message says and who said it is sealed in one column.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channels/message.h"
#include "store/database.h"
#include "store/sealing.h"

namespace linli {

// ---- writing: inside the writer's transaction ----

// The sealed column of a message. Sealing is most of the work of storing, so it is done before the transaction, by the
// thread that took the message in.
std::string seal_body(const Sealer& sealer, const Message& message);

// A message whose id was drawn, ready to be written.
struct MessageRow {
  MessageId id;
  ChannelId channel;
  GroupId group;
  Instant sent_at{}, received_at{};
  Role role = Role::resident;
  MessageType type = MessageType::text;
  bool live = true, time_clamped = false, mentions_all = false;
  std::int64_t sender_hash = 0;  // sealer.hash("messages.sender", sender)
  std::string body;              // seal_body()
};
Result<void> insert_messages(Tx& tx, std::span<const MessageRow> rows);

// A recalled message stays in the store for the auditor and is hidden from everyone else.
Result<void> mark_recalled(Tx& tx, MessageId message);

// ---- reading; recalled messages come with their text, sender and attachments emptied ----

Result<std::vector<StoredMessage>> read_messages(Tx& tx, const Sealer& sealer,
                                                 std::span<const MessageId> ids);  // by id
// Of all groups, ids greater than `after`, at most `limit`.
Result<std::vector<StoredMessage>> stored_messages_after(Tx& tx, const Sealer& sealer, MessageId after,
                                                         std::size_t limit);
// Of one group, directly before or after a message, at most `limit`, by id.
Result<std::vector<StoredMessage>> messages_before(Tx& tx, const Sealer& sealer, GroupId group, MessageId anchor,
                                                   int limit);
Result<std::vector<StoredMessage>> messages_after(Tx& tx, const Sealer& sealer, GroupId group, MessageId anchor,
                                                  int limit);
// By the channel's own id.
Result<std::optional<StoredMessage>> find_message(Tx& tx, const Sealer& sealer, ChannelId channel,
                                                  const std::string& external_id);

struct MessageFile {
  AttachmentId id;
  std::string name, media_type;
  std::int64_t size = 0;
  bool stored = false;  // false: the channel gave only the name
};
Result<std::vector<MessageFile>> message_files(Tx& tx, const Sealer& sealer, MessageId message);

}  // namespace linli
