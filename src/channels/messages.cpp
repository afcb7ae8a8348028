#include "channels/messages.h"

#include <algorithm>

namespace linli {
namespace {

// Bits of messages.flags.
constexpr std::int64_t kLive = 1, kClamped = 2, kRecalled = 4, kMentionsAll = 8;

// ---- the sealed body: texts one after another, each with its length before it (LEB128) ----

void put(std::string& out, std::string_view text) {
  std::size_t size = text.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>(size | 0x80));
  out.push_back(static_cast<char>(size));
  out.append(text);
}

// False at the end or where the bytes do not fit.
bool take(std::string_view& in, std::string& text) {
  std::size_t size = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    size |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (size > in.size()) return false;
    text.assign(in.substr(0, size));
    in.remove_prefix(size);
    return true;
  }
  return false;
}

#define LINLI_MESSAGE_COLUMNS \
  "m.id, m.channel_id, m.group_id, m.sent_at, m.received_at, m.role, m.type, m.flags, m.body"

Result<StoredMessage> row(const Row& r, const Sealer& sealer) {
  StoredMessage out;
  out.id = r.get<MessageId>(0);
  out.channel = r.get<ChannelId>(1);
  out.group = r.get<GroupId>(2);
  out.message.sent_at = r.get<Instant>(3);
  out.received_at = r.get<Instant>(4);
  out.message.role = static_cast<Role>(r.get<int>(5));
  out.message.type = static_cast<MessageType>(r.get<int>(6));
  const auto flags = r.get<std::int64_t>(7);
  out.live = flags & kLive;
  out.time_clamped = flags & kClamped;
  out.recalled = flags & kRecalled;
  out.message.mentions_all = flags & kMentionsAll;

  auto body = sealer.open("messages.body", r.bytes(8));
  if (!body) return tl::unexpected(std::move(body).error());
  std::string_view in = *body;
  Message& m = out.message;
  for (std::string* text : {&m.id, &m.group, &m.sender, &m.sender_name, &m.text, &m.reply_to, &m.recalls})
    if (!take(in, *text)) return fail(Errc::sealed_broken, Where::at("messages.body"));
  for (std::string mention; take(in, mention);) m.mentions.push_back(std::move(mention));
  if (out.recalled) {
    m.sender.clear();
    m.sender_name.clear();
    m.text.clear();
    m.reply_to.clear();
    m.mentions.clear();
  }
  return out;
}

Result<std::vector<StoredMessage>> rows(Tx& tx, const Sealer& sealer, std::string_view sql, Params params) {
  std::vector<StoredMessage> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each(sql, params, [&](const Row& r) {
    if (broken) return;
    auto message = row(r, sealer);
    if (message) out.push_back(std::move(*message));
    else broken = std::move(message).error();
  }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

const Insert kInsert{"messages",
                     {{"id", Param::Kind::integer},
                      {"channel_id", Param::Kind::integer},
                      {"group_id", Param::Kind::integer},
                      {"sent_at", Param::Kind::integer},
                      {"received_at", Param::Kind::integer},
                      {"role", Param::Kind::integer},
                      {"type", Param::Kind::integer},
                      {"flags", Param::Kind::integer},
                      {"sender", Param::Kind::integer},
                      {"body", Param::Kind::blob}},
                     0};

}  // namespace

std::string seal_body(const Sealer& sealer, const Message& m) {
  std::string body;
  body.reserve(m.text.size() + m.sender_name.size() + m.sender.size() + m.id.size() + 32);
  for (const std::string* text : {&m.id, &m.group, &m.sender, &m.sender_name, &m.text, &m.reply_to, &m.recalls})
    put(body, *text);
  for (const std::string& mention : m.mentions) put(body, mention);
  return sealer.seal("messages.body", body);
}

Result<void> insert_messages(Tx& tx, std::span<const MessageRow> rows) {
  std::vector<Param> values;
  values.reserve(rows.size() * kInsert.width());
  for (const MessageRow& m : rows) {
    const std::int64_t flags =
        (m.live ? kLive : 0) | (m.time_clamped ? kClamped : 0) | (m.mentions_all ? kMentionsAll : 0);
    for (Param value : {Param(m.id), Param(m.channel), Param(m.group), Param(m.sent_at), Param(m.received_at),
                        Param(static_cast<int>(m.role)), Param(static_cast<int>(m.type)), Param(flags),
                        Param(m.sender_hash), Param(Blob{m.body})})
      values.push_back(value);
  }
  LINLI_TRY(tx.insert(kInsert, values));
  return {};
}

Result<void> mark_recalled(Tx& tx, MessageId message) {
  // Not every database has | in the same place: adding is right because the WHERE makes sure that the bit is not set.
  LINLI_TRY(tx.run("UPDATE messages SET flags = flags + 4 WHERE id = $1 AND (flags / 4) % 2 = 0", {message}));
  return {};
}

Result<std::vector<StoredMessage>> read_messages(Tx& tx, const Sealer& sealer, std::span<const MessageId> ids) {
  std::vector<StoredMessage> out;
  out.reserve(ids.size());
  for (MessageId id : ids) {
    auto found = rows(tx, sealer, "SELECT " LINLI_MESSAGE_COLUMNS " FROM messages m WHERE m.id = $1", {id});
    if (!found) return found;
    std::move(found->begin(), found->end(), std::back_inserter(out));
  }
  std::ranges::sort(out, {}, &StoredMessage::id);
  return out;
}

Result<std::vector<StoredMessage>> stored_messages_after(Tx& tx, const Sealer& sealer, MessageId after,
                                                         std::size_t limit) {
  // A recall names its target by the channel's id; placing needs ours.
  auto out = rows(tx, sealer, "SELECT " LINLI_MESSAGE_COLUMNS " FROM messages m WHERE m.id > $1 ORDER BY m.id LIMIT $2",
                  {after, limit});
  if (!out) return out;
  for (StoredMessage& m : *out) {
    if (m.message.type != MessageType::recall || m.message.recalls.empty()) continue;
    auto target = tx.value<MessageId>("SELECT message_id FROM message_keys WHERE channel_id = $1 AND external_id = $2",
                                      {m.channel, m.message.recalls});
    if (!target) return tl::unexpected(std::move(target).error());
    m.recalls = target->value_or(MessageId{});
  }
  return out;
}

Result<std::vector<StoredMessage>> messages_before(Tx& tx, const Sealer& sealer, GroupId group, MessageId anchor,
                                                   int limit) {
  auto out = rows(tx, sealer,
                  "SELECT " LINLI_MESSAGE_COLUMNS
                  " FROM messages m WHERE m.group_id = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3",
                  {group, anchor, limit});
  if (out) std::ranges::reverse(*out);
  return out;
}

Result<std::vector<StoredMessage>> messages_after(Tx& tx, const Sealer& sealer, GroupId group, MessageId anchor,
                                                  int limit) {
  return rows(tx, sealer,
              "SELECT " LINLI_MESSAGE_COLUMNS
              " FROM messages m WHERE m.group_id = $1 AND m.id > $2 ORDER BY m.id LIMIT $3",
              {group, anchor, limit});
}

Result<std::optional<StoredMessage>> find_message(Tx& tx, const Sealer& sealer, ChannelId channel,
                                                  const std::string& external_id) {
  auto found = rows(tx, sealer,
                    "SELECT " LINLI_MESSAGE_COLUMNS
                    " FROM message_keys k JOIN messages m ON m.id = k.message_id "
                    "WHERE k.channel_id = $1 AND k.external_id = $2",
                    {channel, external_id});
  if (!found) return tl::unexpected(std::move(found).error());
  if (found->empty()) return std::optional<StoredMessage>{};
  return std::optional<StoredMessage>(std::move(found->front()));
}

Result<std::vector<MessageFile>> message_files(Tx& tx, const Sealer& sealer, MessageId message) {
  std::vector<MessageFile> out;
  std::optional<Error> broken;
  LINLI_TRY(tx.each("SELECT id, name, media_type, size, blob FROM attachments WHERE message_id = $1 ORDER BY position",
                    {message}, [&](const Row& r) {
                      auto name = sealer.open("attachments.name", r.bytes(1));
                      if (name)
                        out.push_back({r.get<AttachmentId>(0), std::move(*name), r.get<std::string>(2),
                                       r.get<std::int64_t>(3), !r.is_null(4)});
                      else broken = std::move(name).error();
                    }));
  if (broken) return tl::unexpected(std::move(*broken));
  return out;
}

}  // namespace linli
