#include "channels/intake_lot.h"

#include <algorithm>

#include "people/audit.h"
#include "store/outbox.h"

namespace linli {
namespace {

const Insert kKeys{
    "message_keys",
    {{"channel_id", Param::Kind::integer}, {"external_id", Param::Kind::text}, {"message_id", Param::Kind::integer}},
    2};
const Insert kAttachments{"attachments",
                          {{"id", Param::Kind::integer},
                           {"message_id", Param::Kind::integer},
                           {"position", Param::Kind::integer},
                           {"name", Param::Kind::blob},
                           {"media_type", Param::Kind::text},
                           {"size", Param::Kind::integer},
                           {"blob", Param::Kind::blob}},
                          0};

std::vector<Param> key_values(const Lot& lot) {
  std::vector<Param> values;
  values.reserve(lot.rows.size() * kKeys.width());
  for (std::size_t i = 0; i < lot.rows.size(); ++i) {
    values.emplace_back(lot.channel);
    values.emplace_back(lot.messages[i].id);
    values.emplace_back(lot.rows[i].id);
  }
  return values;
}

Result<void> write_rows(Tx& tx, const Lot& lot) {
  if (std::find(lot.fresh.begin(), lot.fresh.end(), false) == lot.fresh.end()) return insert_messages(tx, lot.rows);
  std::vector<MessageRow> rows;
  for (std::size_t i = 0; i < lot.rows.size(); ++i) {
    if (lot.fresh[i]) rows.push_back(lot.rows[i]);
  }
  if (rows.empty()) return {};
  return insert_messages(tx, rows);
}

Result<void> write_attachments(Tx& tx, const Lot& lot) {
  std::vector<Param> values;
  for (const AttachmentRow& a : lot.attachments) {
    if (!lot.fresh[a.message]) continue;
    for (const Param& value :
         {Param(a.id), Param(lot.rows[a.message].id), Param(a.position), Param(Blob{a.sealed_name}),
          Param(a.media_type), Param(a.size), a.blob ? Param(Blob{*a.blob}) : Param(nullptr)}) {
      values.push_back(value);
    }
  }
  if (values.empty()) return {};
  LINLI_TRY(tx.insert(kAttachments, values));
  return {};
}

// Hides what was taken back. What was not here yet leaves its key, so that it will not be stored when it comes.
Result<void> write_recalls(Tx& tx, Lot& lot) {
  lot.targets.assign(lot.rows.size(), {});
  for (std::size_t i = 0; i < lot.rows.size(); ++i) {
    const std::string& recalls = lot.messages[i].recalls;
    if (!lot.fresh[i] || lot.messages[i].type != MessageType::recall || recalls.empty()) continue;
    auto target = tx.value<MessageId>("SELECT message_id FROM message_keys WHERE channel_id = $1 AND external_id = $2",
                                      {lot.channel, recalls});
    if (!target) return tl::unexpected(std::move(target).error());
    if (*target) {
      lot.targets[i] = **target;
      if (**target) LINLI_TRY(mark_recalled(tx, **target));
    } else {
      LINLI_TRY(tx.run("INSERT INTO message_keys (channel_id, external_id, message_id) VALUES ($1, $2, 0)",
                       {lot.channel, recalls}));
    }
  }
  return {};
}

void hide(StoredMessage& m) {
  m.recalled = true;
  Message& said = m.message;
  said.sender.clear();
  said.sender_name.clear();
  said.text.clear();
  said.reply_to.clear();
  said.mentions.clear();
}

}  // namespace

Result<void> write_lot(Tx& tx, const Sealer& sealer, IdSource& ids, Lot& lot) {
  for (const auto& [sender, said] : lot.opted) {
    auto written = OptOuts::write(tx, {lot.channel, sender}, said);
    if (!written) return tl::unexpected(std::move(written).error());
    if (!*written) continue;
    audit::Entry entry;
    entry.at = lot.received_at;
    entry.by = audit::By::machine();
    entry.what = said.out ? "resident.opted_out" : "resident.opted_in";
    entry.object_kind = "channel";
    entry.object_id = to_text(lot.channel);
    LINLI_TRY(audit::add(tx, sealer, entry));
  }
  for (const auto& [name, said] : lot.opted_names) LINLI_TRY(OptOuts::write_name(tx, {lot.channel, name}, said));
  lot.added.clear();
  for (const Group& group : lot.new_groups) {
    auto added = Groups::add(tx, group);
    if (!added) return tl::unexpected(std::move(added).error());
    lot.added.push_back(*added);
    if (!*added) continue;
    LINLI_TRY(Outbox::append(
        tx, Event{0, "group.heard", group.id.value, group.grid_path, "groups.read", lot.received_at, {}}));
  }
  // Drawn here: the writer's thread gives the order of commits.
  for (MessageRow& row : lot.rows) row.id = ids.draw<MessageId>();
  auto fresh = tx.insert(kKeys, key_values(lot));
  if (!fresh) return tl::unexpected(std::move(fresh).error());
  lot.fresh = *std::move(fresh);
  LINLI_TRY(write_rows(tx, lot));
  LINLI_TRY(write_attachments(tx, lot));
  return write_recalls(tx, lot);
}

std::vector<StoredMessage> stored_messages(Lot& lot) {
  std::vector<StoredMessage> out;
  out.reserve(lot.receipt.fresh);
  for (std::size_t i = 0; i < lot.rows.size(); ++i) {
    if (!lot.fresh[i]) continue;
    const MessageRow& row = lot.rows[i];
    StoredMessage& m = out.emplace_back();
    m.id = row.id;
    m.channel = row.channel;
    m.group = row.group;
    m.received_at = row.received_at;
    m.live = row.live;
    m.time_clamped = row.time_clamped;
    m.recalls = lot.targets[i];
    m.message = std::move(lot.messages[i]);
  }
  // Taken back within the same delivery: hidden already.
  for (const MessageId target : lot.targets) {
    if (!target) continue;
    const auto at =
        std::lower_bound(out.begin(), out.end(), target, [](const auto& m, MessageId id) { return m.id < id; });
    if (at != out.end() && at->id == target) hide(*at);
  }
  return out;
}

}  // namespace linli
