#include "channels/chatlog/forward.h"

#include <boost/json.hpp>

#include "base/utf8.h"
#include "channels/chatlog/export_words.h"

namespace linli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMost = 2'000;
constexpr int kDepth = 4;

struct RecordType {
  std::string_view name;
  MessageType as;
  std::string_view mark;
  const char* title;  // the member that says more
};
constexpr RecordType kRecordTypes[] = {
    {"Text", MessageType::text, "", "content"},           {"Image", MessageType::image, "[图片]", ""},
    {"Voice", MessageType::voice, "[语音]", ""},          {"Video", MessageType::file, "[视频]", ""},
    {"File", MessageType::file, "[文件]", "filename"},    {"Link", MessageType::link, "[链接]", "title"},
    {"Weapp", MessageType::link, "[小程序]", "title"},    {"Card", MessageType::link, "[名片]", ""},
    {"Location", MessageType::text, "[位置]", "address"}, {"Emotion", MessageType::text, "[动画表情]", ""}};

std::string text_at(const json::object& object, std::string_view member) {
  const json::value* found = object.if_contains(member);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

// A member that is an object, or a string that holds one.
json::object object_at(const json::object& object, std::string_view member) {
  const json::value* found = object.if_contains(member);
  if (found && found->is_object()) return found->as_object();
  json::error_code wrong;
  json::value parsed =
      found && found->is_string() ? json::parse(std::string_view(found->as_string()), wrong) : json::value();
  return !wrong && parsed.is_object() ? parsed.as_object() : json::object();
}

// "ChatRecordText" or, within a mixed one, "text".
const RecordType* type_of(std::string_view type) {
  if (type.starts_with("ChatRecord")) type.remove_prefix(10);
  for (const RecordType& known : kRecordTypes) {
    if (type.size() != known.name.size()) continue;
    if ((type[0] | 0x20) == (known.name[0] | 0x20) && type.substr(1) == known.name.substr(1)) return &known;
  }
  return nullptr;
}

std::string said(const RecordType& type, const json::object& content) {
  const std::string more = *type.title ? text_at(content, type.title) : std::string();
  if (type.mark.empty()) return more;
  return more.empty() ? std::string(type.mark) : std::string(type.mark) + " " + more;
}

class Unpacker {
 public:
  Result<void> unpack(const json::object& record, int depth) {
    const json::value* items = record.if_contains("item");
    if (!items || !items->is_array()) return fail(Errc::missing_field, Where::at_field("item"));
    for (const json::value& value : items->as_array()) {
      if (!value.is_object()) continue;
      LINLI_TRY(add(value.as_object(), depth));
      if (out_.size() > kMost) return fail(Errc::too_long, Where::at_field("item"), {{"max", std::to_string(kMost)}});
    }
    return {};
  }
  std::vector<ExportedMessage> take() { return std::move(out_); }

 private:
  Result<void> add(const json::object& item, int depth) {
    const std::string type = text_at(item, "type");
    const json::object content = object_at(item, "content");
    if ((type == "chatrecord" || type == "ChatRecordChatRecord" || content.contains("item")) &&
        type != "ChatRecordMixed" && depth < kDepth)
      return unpack(content, depth + 1);
    ExportedMessage m;
    m.line = static_cast<long>(out_.size()) + 1;
    for (const char* member : {"sender_name", "sender", "from"})
      if (m.name.empty()) m.name = text_at(item, member);
    if (const json::value* at = item.if_contains("msgtime"); at && at->is_int64()) {
      const std::int64_t told = at->as_int64();
      m.timed = told > 0 && told < 10'000'000'000'000;
      if (m.timed) m.at = from_millis(told >= 1'000'000'000'000 ? told : told * 1'000);
    } else {
      m.timed = false;
    }
    if (type == "ChatRecordMixed" || type == "mixed") {
      const json::value* parts = content.if_contains("item");
      for (const json::value& part : parts && parts->is_array() ? parts->as_array() : json::array()) {
        if (!part.is_object()) continue;
        const RecordType* known = type_of(text_at(part.as_object(), "type"));
        if (known)
          m.text += (m.text.empty() || m.text.ends_with('\n') ? "" : "\n") +
                    said(*known, object_at(part.as_object(), "content"));
      }
    } else if (const RecordType* known = type_of(type)) {
      m.type = known->as;
      m.text = said(*known, content);
    } else {
      m.text = "[未支持的消息]";
    }
    m.text = std::string(export_words::trimmed(m.text));
    if (m.text.empty()) return {};
    export_words::take_quote(m);
    out_.push_back(std::move(m));
    return {};
  }

  std::vector<ExportedMessage> out_;
};

}  // namespace

Result<std::vector<ExportedMessage>> unpack_chatrecord(std::string_view text) {
  json::error_code wrong;
  const json::value value = json::parse(text, wrong);
  if (wrong || !value.is_object()) return fail(Errc::bad_json);
  const json::object& object = value.as_object();
  const json::value* within = object.if_contains("chatrecord");
  Unpacker unpacker;
  LINLI_TRY(unpacker.unpack(within && within->is_object() ? within->as_object() : object, 0));
  return unpacker.take();
}

Result<std::vector<ExportedMessage>> unpack_recordinfo(std::string_view xml, Instant as_of, const TimeZone& zone) {
  if (!valid_utf8(xml)) return fail(Errc::bad_utf8);
  std::string inner;
  // In a message of the app type the record is escaped within <recorditem>.
  if (xml.find("<dataitem") == xml.npos) {
    inner = export_words::xml_text(xml, "recorditem");
    xml = inner;
  }
  if (xml.find("<dataitem") == xml.npos) return fail(Errc::bad_value, Where::at_field("recordinfo"));
  std::vector<ExportedMessage> out;
  ChatClock clock(zone, as_of);
  for (std::size_t at = xml.find("<dataitem"); at != xml.npos; at = xml.find("<dataitem", at + 1)) {
    if (out.size() == kMost)
      return fail(Errc::too_long, Where::at_field("recordinfo"), {{"max", std::to_string(kMost)}});
    const std::size_t end = std::min(xml.find("</dataitem>", at), xml.size());
    const std::string_view item = xml.substr(at, end - at);
    const std::string_view head = item.substr(0, item.find('>'));
    ExportedMessage m;
    m.line = static_cast<long>(out.size()) + 1;
    m.name = export_words::xml_text(item, "sourcename");
    m.text = export_words::xml_text(item, "datadesc");
    const std::string title = export_words::xml_text(item, "datatitle");
    const auto type = [&](std::string_view number) {
      return head.find("datatype=\"" + std::string(number) + "\"") != head.npos;
    };
    const auto marked = [&](MessageType as, std::string_view mark) {
      m.type = as;
      const std::string& more = title.empty() ? m.text : title;
      m.text = more.empty() ? std::string(mark) : std::string(mark) + " " + more;
    };
    if (type("2")) marked(MessageType::image, "[图片]");
    else if (type("3")) marked(MessageType::voice, "[语音]");
    else if (type("4") || type("15")) marked(MessageType::file, "[视频]");
    else if (type("5") || type("17")) marked(MessageType::link, type("17") ? "[聊天记录]" : "[链接]");
    else if (type("8")) marked(MessageType::file, "[文件]");
    else if (type("6")) marked(MessageType::text, "[位置]");
    if (m.text.empty()) m.text = title;
    const auto time = whole_chat_time(export_words::xml_text(item, "sourcetime"));
    const auto created = whole_chat_time(export_words::xml_text(item, "srcMsgCreateTime"));
    m.timed = false;
    for (const auto& told : {created, time}) {
      if (!told || m.timed) continue;
      if (const auto instant = clock.at(*told)) m.at = *instant, m.timed = true;
    }
    if (m.text.empty()) continue;
    export_words::take_quote(m);
    out.push_back(std::move(m));
  }
  return out;
}

}  // namespace linli
