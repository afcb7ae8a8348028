#include "channels/message_json.h"

#include <simdjson.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/utf8.h"
#include "channels/json_text.h"

namespace linli {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr Instant kFirstTime = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr Instant kEndOfTime = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);

tl::unexpected<Error> wrong(Errc code, std::string_view field, Args args = {}) {
  return fail(code, Where::at_field(std::string(field)), std::move(args));
}

// What a parser of JSON found wrong with the syntax; `field` is where it noticed.
tl::unexpected<Error> broken(simdjson::error_code code, std::string_view field) {
  switch (code) {
    case simdjson::UTF8_ERROR: return wrong(Errc::bad_utf8, field);
    case simdjson::INCORRECT_TYPE:
    case simdjson::NUMBER_ERROR: return wrong(Errc::bad_value, field);
    default: return wrong(Errc::bad_json, field);
  }
}

// Half of a surrogate pair ("\ud83d") is right JSON but no text.
bool is_half_pair(std::string_view token) {
  for (std::size_t at = token.find("\\u"); at != token.npos; at = token.find("\\u", at + 2)) {
    const char first = at + 2 < token.size() ? token[at + 2] : ' ';
    const char second = at + 3 < token.size() ? token[at + 3] : ' ';
    if ((first == 'd' || first == 'D') && std::strchr("89abcdefABCDEF", second)) return true;
  }
  return false;
}

Result<void> check_text(std::string_view text, std::size_t max_characters, std::string_view field) {
  if (has_nul(text)) return wrong(Errc::nul_character, field);
  // Bytes first: few texts are long enough to be worth counting.
  if (text.size() > max_characters && code_points(text) > max_characters) {
    return wrong(Errc::too_long, field, {{"max", std::to_string(max_characters)}});
  }
  return {};
}

Result<std::string_view> read_string(ondemand::value& value, std::string_view field) {
  std::string_view text;
  const auto code = value.get_string().get(text);
  if (!code) return text;
  if (code == simdjson::STRING_ERROR && is_half_pair(value.raw_json_token())) return wrong(Errc::bad_utf8, field);
  return broken(code, field);
}

Result<void> read_text(ondemand::value& value, std::string& to, std::size_t max, std::string_view field) {
  auto text = read_string(value, field);
  if (!text) return tl::unexpected(std::move(text).error());
  LINLI_TRY(check_text(*text, max, field));
  to.assign(*text);
  return {};
}

Result<bool> read_null(ondemand::value& value, std::string_view field) {
  bool null = false;
  if (const auto code = value.is_null().get(null)) return broken(code, field);
  return null;
}

// null is the same as not there.
Result<void> read_optional(ondemand::value& value, std::string& to, std::size_t max, std::string_view field) {
  auto null = read_null(value, field);
  if (!null) return tl::unexpected(std::move(null).error());
  if (*null) return to.clear(), Result<void>{};
  return read_text(value, to, max, field);
}

Result<void> read_id(ondemand::value& value, std::string& to, std::size_t max, std::string_view field) {
  LINLI_TRY(read_text(value, to, max, field));
  if (to.empty()) return wrong(Errc::missing_field, field);
  return {};
}

Result<void> read_time(ondemand::value& value, Instant& to) {
  auto text = read_string(value, "ts");
  if (!text) return tl::unexpected(std::move(text).error());
  const auto at = parse_time(*text);
  if (!at || *at < kFirstTime || *at >= kEndOfTime) return wrong(Errc::bad_time, "ts");
  to = *at;
  return {};
}

template <class Word>
Result<void> read_word(ondemand::value& value, Word& to, std::optional<Word> (*parse)(std::string_view),
                       std::string_view field) {
  auto text = read_string(value, field);
  if (!text) return tl::unexpected(std::move(text).error());
  const auto word = parse(*text);
  if (!word) return wrong(Errc::bad_value, field);
  to = *word;
  return {};
}

Result<void> read_mentions(ondemand::value& value, Message& to, const MessageLimits& limits) {
  constexpr std::string_view field = "mentions";
  to.mentions.clear();
  to.mentions_all = false;
  auto null = read_null(value, field);
  if (!null) return tl::unexpected(std::move(null).error());
  if (*null) return {};
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return broken(code, field);
  if (type == ondemand::json_type::string) {
    auto text = read_string(value, field);
    if (!text) return tl::unexpected(std::move(text).error());
    if (*text != "all") return wrong(Errc::bad_value, field);
    to.mentions_all = true;
    return {};
  }
  ondemand::array list;
  if (const auto code = value.get_array().get(list)) return broken(code, field);
  for (auto item : list) {
    ondemand::value one;
    if (const auto code = item.get(one)) return broken(code, field);
    if (to.mentions.size() == limits.mentions) {
      return wrong(Errc::too_long, field, {{"max", std::to_string(limits.mentions)}});
    }
    LINLI_TRY(read_text(one, to.mentions.emplace_back(), limits.id_characters, field));
  }
  return {};
}

Result<void> read_bytes(ondemand::value& value, std::string& to, std::string_view field) {
  auto text = read_string(value, field);
  if (!text) return tl::unexpected(std::move(text).error());
  to.resize(text->size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const auto decode = [&](int variant) {
    return sodium_base642bin(reinterpret_cast<unsigned char*>(to.data()), to.size(), text->data(), text->size(), "\r\n",
                             &size, &end, variant) == 0 &&
           end == text->data() + text->size();
  };
  if (!decode(sodium_base64_VARIANT_ORIGINAL) && !decode(sodium_base64_VARIANT_ORIGINAL_NO_PADDING)) {
    return wrong(Errc::bad_value, field);
  }
  to.resize(size);
  return {};
}

Result<void> read_attachment(ondemand::value& value, Attachment& to, const std::string& place,
                             const MessageLimits& limits) {
  ondemand::object object;
  if (const auto code = value.get_object().get(object)) return broken(code, place);
  for (auto item : object) {
    std::string_view key;
    if (const auto code = item.unescaped_key().get(key)) return broken(code, place);
    ondemand::value member;
    if (const auto code = item.value().get(member)) return broken(code, place);
    if (key == "name") {
      LINLI_TRY(read_optional(member, to.name, limits.attachment_name_characters, place + ".name"));
    } else if (key == "media_type") {
      LINLI_TRY(read_text(member, to.media_type, limits.media_type_characters, place + ".media_type"));
    } else if (key == "content_base64") {
      LINLI_TRY(read_bytes(member, to.bytes, place + ".content_base64"));
    }
  }
  if (to.media_type.empty()) return wrong(Errc::missing_field, place + ".media_type");
  return {};
}

Result<void> read_attachments(ondemand::value& value, Message& to, const MessageLimits& limits) {
  constexpr std::string_view field = "attachments";
  to.attachments.clear();
  auto null = read_null(value, field);
  if (!null) return tl::unexpected(std::move(null).error());
  if (*null) return {};
  ondemand::array list;
  if (const auto code = value.get_array().get(list)) return broken(code, field);
  for (auto item : list) {
    ondemand::value one;
    if (const auto code = item.get(one)) return broken(code, field);
    if (to.attachments.size() == limits.attachments) {
      return wrong(Errc::too_long, field, {{"max", std::to_string(limits.attachments)}});
    }
    const std::string place = "attachments[" + std::to_string(to.attachments.size()) + "]";
    LINLI_TRY(read_attachment(one, to.attachments.emplace_back(), place, limits));
  }
  return {};
}

enum Member : unsigned {
  kId,
  kGroup,
  kGroupName,
  kTs,
  kSender,
  kSenderName,
  kRole,
  kType,
  kText,
  kReplyTo,
  kMentions,
  kRecalls,
  kAttachments,
  kMembers
};
constexpr std::array<std::string_view, kMembers> kNames{"id",          "group",   "group_name", "ts",   "sender",
                                                        "sender_name", "role",    "type",       "text", "reply_to",
                                                        "mentions",    "recalls", "attachments"};
constexpr Member kRequired[] = {kId, kGroup, kTs, kSender, kText};

Member member_of(std::string_view key) {
  for (unsigned i = 0; i < kMembers; ++i) {
    if (kNames[i] == key) return static_cast<Member>(i);
  }
  return kMembers;
}

Result<void> read_member(Member member, ondemand::value& value, Message& to, const MessageLimits& limits) {
  const std::size_t id_max = limits.id_characters;
  const std::string_view field = kNames[member];
  switch (member) {
    case kId: return read_id(value, to.id, id_max, field);
    case kGroup: return read_optional(value, to.group, id_max, field);
    case kGroupName: return read_optional(value, to.group_name, id_max, field);
    case kTs: return read_time(value, to.sent_at);
    case kSender: return read_id(value, to.sender, id_max, field);
    case kSenderName: return read_optional(value, to.sender_name, id_max, field);
    case kRole: return read_word(value, to.role, parse_role, field);
    case kType: return read_word(value, to.type, parse_message_type, field);
    case kText: return read_text(value, to.text, limits.text_characters, field);
    case kReplyTo: return read_optional(value, to.reply_to, id_max, field);
    case kMentions: return read_mentions(value, to, limits);
    case kRecalls: return read_optional(value, to.recalls, id_max, field);
    case kAttachments: return read_attachments(value, to, limits);
    case kMembers: break;
  }
  return {};
}

}  // namespace

class MessageParser::Impl {
 public:
  explicit Impl(MessageLimits limits) : limits_(limits) {}

  Result<Message> parse(simdjson::padded_string_view json) {
    ondemand::document document;
    if (const auto code = parser_.iterate(json).get(document)) return broken(code, {});
    ondemand::object object;
    if (document.get_object().get(object)) return wrong(Errc::bad_json, {});
    Message message;
    unsigned seen = 0;
    for (auto item : object) {
      std::string_view key;
      if (const auto code = item.unescaped_key().get(key)) return broken(code, {});
      const Member member = member_of(key);
      if (member == kMembers) continue;  // skipped without being looked at
      seen |= 1u << member;
      ondemand::value value;
      if (const auto code = item.value().get(value)) return broken(code, kNames[member]);
      LINLI_TRY(read_member(member, value, message, limits_));
    }
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) return wrong(Errc::bad_json, {});
    for (const Member member : kRequired) {
      if (!(seen & 1u << member)) return wrong(Errc::missing_field, kNames[member]);
    }
    return message;
  }

  std::string& padded(std::string_view json) {
    copy_.reserve(json.size() + simdjson::SIMDJSON_PADDING);
    copy_.assign(json);
    return copy_;
  }

 private:
  MessageLimits limits_;
  ondemand::parser parser_;
  std::string copy_;
};

MessageParser::MessageParser(MessageLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
MessageParser::~MessageParser() = default;
MessageParser::MessageParser(MessageParser&&) noexcept = default;

Result<Message> MessageParser::parse(std::string_view json) {
  const std::string& copy = impl_->padded(json);
  return parse_padded(copy, copy.capacity());
}

Result<Message> MessageParser::parse_padded(std::string_view json, std::size_t capacity) {
  return impl_->parse(simdjson::padded_string_view(json.data(), json.size(), capacity));
}

std::optional<BodyForm> body_form(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  const auto is = [&](std::string_view name) {
    return std::equal(content_type.begin(), content_type.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  };
  if (is("application/json")) return BodyForm::json;
  if (is("application/x-ndjson") || is("application/ndjson") || is("application/jsonl")) return BodyForm::ndjson;
  return {};
}

Result<Batch> parse_batch(std::string body, BodyForm form, const BatchLimits& limits) {
  if (body.size() > limits.bytes) return fail(Errc::body_too_large, {}, {{"max", std::to_string(limits.bytes)}});
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  auto elements = form == BodyForm::ndjson ? cut_lines(body, limits.messages) : cut_elements(body, limits.messages);
  if (!elements) return tl::unexpected(std::move(elements).error());

  Batch batch;
  batch.messages.reserve(elements->size());
  MessageParser parser(limits.message);
  const char* const end = body.data() + body.capacity();
  for (std::size_t i = 0; i < elements->size(); ++i) {
    const std::string_view element = (*elements)[i];
    auto message = parser.parse_padded(element, static_cast<std::size_t>(end - element.data()));
    if (message) batch.messages.push_back(*std::move(message));
    else batch.refused.push_back({i, std::move(message).error()});
  }
  return batch;
}

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ", \"";
  out += name;
  out += "\": ";
  append_json_string(out, text);
}

void append_or_null(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) return append_member(out, name, text);
  ((out += ", \"") += name) += "\": null";
}

void append_attachments(std::string& out, const std::vector<Attachment>& attachments) {
  out += ", \"attachments\": [";
  for (const Attachment& a : attachments) {
    if (&a != &attachments.front()) out += ", ";
    out += "{\"media_type\": ";
    append_json_string(out, a.media_type);
    if (!a.name.empty()) append_member(out, "name", a.name);
    if (!a.bytes.empty()) {
      std::string text(sodium_base64_encoded_len(a.bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
      sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(a.bytes.data()),
                        a.bytes.size(), sodium_base64_VARIANT_ORIGINAL);
      text.pop_back();  // its NUL
      append_member(out, "content_base64", text);
    }
    out += '}';
  }
  out += ']';
}

}  // namespace

void append_json(std::string& out, const Message& m) {
  out += "{\"id\": ";
  append_json_string(out, m.id);
  append_or_null(out, "group", m.group);
  if (!m.group_name.empty()) append_member(out, "group_name", m.group_name);
  append_member(out, "ts", format_time(m.sent_at));
  append_member(out, "sender", m.sender);
  append_member(out, "sender_name", m.sender_name);
  append_member(out, "role", name(m.role));
  append_member(out, "type", name(m.type));
  append_member(out, "text", m.text);
  append_or_null(out, "reply_to", m.reply_to);
  out += ", \"mentions\": ";
  if (m.mentions_all) {
    out += "\"all\"";
  } else {
    out += '[';
    for (const std::string& who : m.mentions) {
      if (&who != &m.mentions.front()) out += ", ";
      append_json_string(out, who);
    }
    out += ']';
  }
  if (!m.recalls.empty()) append_member(out, "recalls", m.recalls);
  if (!m.attachments.empty()) append_attachments(out, m.attachments);
  out += '}';
}

}  // namespace linli
