#include "channels/chatlog/identity.h"

#include <algorithm>

#include "base/utf8.h"
#include "channels/chatlog/export_words.h"
#include "channels/messages.h"

namespace linli {
namespace {

constexpr std::string_view kPrefix = "export-";
constexpr std::string_view kByName = "name:";
constexpr std::size_t kMinutes = 64, kQuotable = 2'000, kNames = 5'000, kQuotedCharacters = 24;
constexpr int kPage = 2'000;

// Of a text only within this process: equality of what is looked through, nothing that is kept.
std::uint64_t hash_of(std::initializer_list<std::string_view> parts) {
  std::uint64_t h = 1469598103934665603ull;
  for (const std::string_view part : parts) {
    for (const char c : part) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    h = (h ^ 0x1f) * 1099511628211ull;
  }
  return h;
}

// Pictures and voices are told in many ways: "[图片]", "[图片](可在附件中查看)".
std::string_view text_of(MessageType type, std::string_view text) {
  return type == MessageType::image || type == MessageType::voice ? std::string_view{} : export_words::trimmed(text);
}

std::uint64_t what_of(std::string_view who, MessageType type, std::string_view text) {
  return hash_of({who, name(type), text_of(type, text)});
}

std::int64_t positive(std::int64_t hash) { return hash & 0x7fff'ffff'ffff'ffff; }

}  // namespace

Result<HeardBefore> heard_before(Tx& tx, const Sealer& sealer, const Group& group) {
  HeardBefore out;
  MessageId after{};
  while (true) {
    auto page = messages_after(tx, sealer, group.id, after, kPage);
    if (!page) return tl::unexpected(std::move(page).error());
    for (const StoredMessage& m : *page) {
      after = m.id;
      if (m.recalled || m.message.id.starts_with(kPrefix)) continue;
      const Message& said = m.message;
      const std::int64_t at = to_millis(said.sent_at);
      if (!said.sender_name.empty()) {
        out.heard.push_back({what_of(said.sender_name, said.type, said.text), at, out.messages});
        auto [known, fresh] = out.senders.try_emplace(said.sender_name, said.sender);
        if (!fresh && known->second != said.sender) known->second.clear();
      }
      out.heard.push_back({what_of(said.sender, said.type, said.text), at, out.messages});
      ++out.messages;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) break;
  }
  std::ranges::sort(out.heard);
  const std::string prefix = std::string(kPrefix) + crockford(group.id.value) + "-";
  LINLI_TRY(tx.each("SELECT external_id FROM message_keys WHERE channel_id = $1 AND external_id LIKE $2",
                    {group.channel, prefix + "%"}, [&](const Row& row) {
                      const auto id = row.get<std::string>(0);
                      if (id.size() > prefix.size())
                        if (const auto hash = from_crockford(std::string_view(id).substr(prefix.size())))
                          out.exported.push_back(*hash);
                    }));
  std::ranges::sort(out.exported);
  return out;
}

ExportIdentity::ExportIdentity(const Sealer& sealer, const Group& group, HeardBefore before, std::string me)
    : sealer_(sealer),
      group_id_(crockford(group.id.value)),
      group_(group.external_id),
      prefix_(std::string(kPrefix) + group_id_ + "-"),
      before_(std::move(before)),
      used_(before_.messages, false),
      me_(std::move(me)) {}

std::string ExportIdentity::sender_of(const std::string& name, const std::string& id) const {
  if (const auto known = before_.senders.find(name); known != before_.senders.end() && !known->second.empty())
    return known->second;
  return !id.empty() ? std::string(first_code_points(id, 128)) : std::string(kByName) + name;
}

int ExportIdentity::ordinal(std::int64_t minute, std::uint64_t what) {
  const int n = ++minutes_[minute][what];
  if (minutes_.size() > kMinutes) {
    // The one that is furthest from where the file is now.
    if (minute - minutes_.begin()->first > minutes_.rbegin()->first - minute) minutes_.erase(minutes_.begin());
    else minutes_.erase(std::prev(minutes_.end()));
  }
  return n;
}

bool ExportIdentity::came_live(const std::string& name, const std::string& id, MessageType type, std::string_view text,
                               std::int64_t at) {
  for (const std::string* who : {&name, &id}) {
    if (who->empty() || before_.heard.empty()) continue;
    const std::uint64_t what = what_of(*who, type, text);
    const auto begin = std::ranges::lower_bound(before_.heard, HeardBefore::Heard{what, at - tolerance_ms, 0});
    auto best = before_.heard.end();
    for (auto i = begin; i != before_.heard.end() && i->what == what && i->at <= at + tolerance_ms; ++i) {
      if (used_[i->message]) continue;
      if (best == before_.heard.end() || std::abs(i->at - at) < std::abs(best->at - at)) best = i;
    }
    if (best == before_.heard.end()) continue;
    used_[best->message] = true;
    return true;
  }
  return false;
}

// "@李姐 " ends with a blank of its own (U+2005) in WeChat, with any blank in copies.
void ExportIdentity::find_mentions(Message& m) {
  const std::string_view text = m.text;
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    std::string_view rest = text.substr(at + 1, 256);
    rest = rest.substr(0, std::min({rest.find(' '), rest.find("\xE2\x80\x85"), rest.find('\n'), rest.find('@')}));
    if (rest == "所有人" || rest == "All" || rest == "all") m.mentions_all = true;
    else if (m.mentions.size() < 200 && names_.contains(std::string(rest)))
      m.mentions.push_back(sender_of(std::string(rest), {}));
  }
}

ExportIdentity::Identified ExportIdentity::identify(const ExportedMessage& e) {
  Identified out;
  Message& m = out.message;
  m.group = group_;
  m.sent_at = e.at;
  m.sender_name = std::string(first_code_points(name_of(e), 60));
  m.type = e.type;
  m.text = e.text;
  m.sender = sender_of(m.sender_name, e.sender_id);
  if (names_.size() < kNames) names_.insert(m.sender_name);
  if (m.text.find('@') != std::string::npos) find_mentions(m);

  const std::string& who = m.sender_name.empty() ? e.sender_id : m.sender_name;
  const std::int64_t at = to_millis(m.sent_at), minute = at / 60'000;
  const std::string_view text = text_of(m.type, m.text);
  const int n = ordinal(minute, what_of(who, m.type, m.text));
  std::string key;
  key.reserve(who.size() + text.size() + 64);
  for (const std::string_view part : {std::string_view(group_id_), std::string_view(who), name(m.type), text})
    (key += part) += '\x1f';
  key += std::to_string(minute) + "\x1f" + std::to_string(n);
  const std::int64_t hash = positive(sealer_.hash("messages.export", key));
  m.id = prefix_ + crockford(hash);

  const bool live =
      came_live(m.sender_name, m.sender.starts_with(kByName) ? e.sender_id : m.sender, m.type, m.text, at);
  out.known = live || std::ranges::binary_search(before_.exported, hash);

  if (!e.quoted_text.empty()) {
    const auto quoted = quotable_.find(hash_of({e.quoted_name, first_code_points(e.quoted_text, kQuotedCharacters)}));
    if (quoted != quotable_.end()) m.reply_to = quoted->second;
  }
  if (!live) {
    const std::uint64_t beginning = hash_of({m.sender_name, first_code_points(m.text, kQuotedCharacters)});
    if (quotable_.insert_or_assign(beginning, m.id).second) quotable_order_.push_back(beginning);
    if (quotable_order_.size() > kQuotable) {
      quotable_.erase(quotable_order_.front());
      quotable_order_.pop_front();
    }
  }
  return out;
}

}  // namespace linli
