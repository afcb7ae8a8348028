// One delivery on its way through the writer: what intake made ready, and what became of it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "channels/intake.h"
#include "channels/messages.h"

namespace linli {

struct AttachmentRow {
  AttachmentId id;
  std::size_t message;  // index into the lot
  std::size_t position;
  std::string sealed_name, media_type;
  std::int64_t size = 0;
  std::optional<std::string> blob;
};

// The work may run twice: it overwrites the ids of `rows`, `added`, `fresh` and `targets`.
struct Lot {
  ChannelId channel;
  Instant received_at{};
  std::vector<Message> messages;  // to be stored, with their rows
  std::vector<MessageRow> rows;
  std::vector<GroupId> groups;  // of each message
  std::vector<AttachmentRow> attachments;
  std::vector<Group> new_groups;
  std::map<GroupId, std::int64_t> dropped_by_group;
  std::map<std::int64_t, OptOut> opted;        // senders who opted out (or in again) now, by hash
  std::map<std::int64_t, OptOut> opted_names;  // and their names
  Receipt receipt;
  std::size_t weight = 0;
  // Outcome:
  std::vector<bool> added;  // of new_groups: not by another delivery before
  std::vector<bool> fresh;
  std::vector<MessageId> targets;  // of recalls
};

// On the writer's thread; may run twice.
Result<void> write_lot(Tx& tx, const Sealer& sealer, IdSource& ids, Lot& lot);

// What was stored now, by id. After the commit; takes the messages out of the lot.
std::vector<StoredMessage> stored_messages(Lot& lot);

}  // namespace linli
