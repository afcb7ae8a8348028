#include "channels/chatlog/export_words.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/normal_form.h"

namespace linli::export_words {
namespace {

constexpr std::string_view kBlanks[] = {" ", "\t", "\r", "\n", "　", "\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};

struct Mark {
  std::string_view text;
  MessageType type;
};
constexpr Mark kMarks[] = {
    {"[图片]", MessageType::image},   {"[照片]", MessageType::image},    {"![图片]", MessageType::image},
    {"[Photo]", MessageType::image},  {"[语音]", MessageType::voice},    {"[Voice]", MessageType::voice},
    {"[视频]", MessageType::file},    {"![视频]", MessageType::file},    {"[Video]", MessageType::file},
    {"[文件]", MessageType::file},    {"[文件|", MessageType::file},     {"[文件:", MessageType::file},
    {"[文件：", MessageType::file},   {"[File]", MessageType::file},     {"[链接]", MessageType::link},
    {"[链接|", MessageType::link},    {"[Link]", MessageType::link},     {"[小程序", MessageType::link},
    {"[合并转发", MessageType::link}, {"[聊天记录]", MessageType::link}, {"[音乐]", MessageType::link},
    {"[视频号", MessageType::link},   {"[语音|", MessageType::voice},    {"[图片|", MessageType::image},
};

// Numbers and words of exports; kind is what is kept of it.
struct Kind {
  std::string_view type;
  MessageType as;
  std::string_view text;  // empty: its own
};
constexpr Kind kKinds[] = {
    {"1", MessageType::text, ""},
    {"文本", MessageType::text, ""},
    {"文本消息", MessageType::text, ""},
    {"text", MessageType::text, ""},
    {"3", MessageType::image, "[图片]"},
    {"图片", MessageType::image, "[图片]"},
    {"image", MessageType::image, "[图片]"},
    {"34", MessageType::voice, "[语音]"},
    {"语音", MessageType::voice, "[语音]"},
    {"voice", MessageType::voice, "[语音]"},
    {"42", MessageType::link, "[名片]"},
    {"名片", MessageType::link, "[名片]"},
    {"43", MessageType::file, "[视频]"},
    {"视频", MessageType::file, "[视频]"},
    {"video", MessageType::file, "[视频]"},
    {"47", MessageType::text, "[动画表情]"},
    {"表情", MessageType::text, "[动画表情]"},
    {"动画表情", MessageType::text, "[动画表情]"},
    {"48", MessageType::text, "[位置]"},
    {"位置", MessageType::text, "[位置]"},
    {"50", MessageType::system, ""},
    {"10000", MessageType::system, ""},
    {"10002", MessageType::system, ""},
    {"系统", MessageType::system, ""},
    {"系统消息", MessageType::system, ""},
    {"系统通知", MessageType::system, ""},
    {"system", MessageType::system, ""},
    {"文件", MessageType::file, "[文件]"},
    {"file", MessageType::file, "[文件]"},
    {"链接", MessageType::link, "[链接]"},
    {"link", MessageType::link, "[链接]"},
    {"小程序", MessageType::link, "[小程序]"},
    {"合并转发", MessageType::link, "[聊天记录]"},
};

std::string after_mark(std::string_view mark, const std::string& title) {
  return title.empty() ? std::string(mark) : std::string(mark) + " " + title;
}

void apply_app_message(ExportedMessage& m, std::string_view sub_type) {
  const bool xml = m.text.find('<') != std::string::npos;
  const std::string title = xml ? xml_text(m.text, "title") : std::string(trimmed(m.text));
  m.type = MessageType::link;
  if (sub_type == "57") {
    m.type = MessageType::text;
    if (const std::size_t quoted = m.text.find("<refermsg"); xml && quoted != std::string::npos) {
      const std::string_view of = std::string_view(m.text).substr(quoted);
      m.quoted_name = xml_text(of, "displayname");
      m.quoted_text = xml_text(of, "content");
      if (m.quoted_text.starts_with('<')) m.quoted_text.clear();
    }
    m.text = title;
    if (!xml) take_quote(m);
  } else if (sub_type == "87" || sub_type == "1" || sub_type == "53") {
    m.type = MessageType::text;
    const std::string notice = xml ? xml_text(m.text, "textannouncement") : std::string();
    m.text = notice.empty() ? title : notice;
  } else if (sub_type == "6") {
    m.type = MessageType::file;
    m.text = after_mark("[文件]", title);
  } else if (sub_type == "19") {
    m.text = after_mark("[聊天记录]", title);
  } else if (sub_type == "33" || sub_type == "36") {
    m.text = after_mark("[小程序]", title);
  } else if (sub_type == "62") {
    m.type = MessageType::system;
  } else if (sub_type == "2000" || sub_type == "2001" || sub_type == "2003") {
    m.text = sub_type == "2000" ? "[转账]" : "[红包]";
  } else {
    m.text = after_mark("[链接]", title);
  }
}

// "wxid_abc:\nHello": rows of groups as the database has them.
void take_sender(ExportedMessage& m) {
  const std::size_t end = m.text.find(":\n");
  if (end == std::string::npos || end == 0 || end > 64) return;
  const std::string_view id(m.text.data(), end);
  const bool plain = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '@';
  });
  if (!plain || (!id.starts_with("wxid_") && m.sender_id != id)) return;
  m.sender_id = std::string(id);
  m.text.erase(0, end + 2);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view blank : kBlanks) {
      while (text.starts_with(blank)) text.remove_prefix(blank.size()), more = true;
      while (text.ends_with(blank)) text.remove_suffix(blank.size()), more = true;
    }
  }
  return text;
}

bool is_system(std::string_view line) {
  if (line.size() > 400) return false;
  const auto has = [&](std::string_view part) { return line.find(part) != line.npos; };
  if (line.ends_with("撤回了一条消息") || line.ends_with("撤回了一条消息 重新编辑")) return true;
  if (line.ends_with("加入了群聊") || line.ends_with("加入群聊") || line.ends_with("移出了群聊") ||
      line.ends_with("移出群聊"))
    return true;
  if (has("修改群名为")) return line.ends_with("”") || line.ends_with("\"");
  if (line.ends_with("recalled a message") || line.ends_with("joined the group chat")) return true;
  // 拍了拍 may also be told in plain words: the name stands in quotes, or nothing but the name comes behind.
  if (const std::size_t at = line.find("拍了拍"); at != line.npos)
    return (line.starts_with("\"") || line.starts_with("“") || line.starts_with("我拍了拍")) && line.size() - at < 150;
  return false;
}

MessageType marked_type(std::string_view text) {
  if (!text.starts_with('[') && !text.starts_with("![")) return MessageType::text;
  for (const Mark& mark : kMarks)
    if (text.starts_with(mark.text)) return mark.type;
  return MessageType::text;
}

void take_quote(ExportedMessage& m) {
  const std::string_view text = m.text;
  const auto dashes = [](std::string_view line) {
    return std::ranges::count(line, '-') >= 5 &&
           std::ranges::all_of(line, [](char c) { return c == '-' || c == ' ' || c == '\r'; });
  };
  constexpr std::string_view kOpen = "「", kClose = "」", kWecom = "这是一条引用/回复消息：";
  std::size_t from = text.npos;
  std::string_view quoted;
  if (text.starts_with(kOpen) || text.starts_with(kWecom)) {
    // The line of dashes ends it; the quote itself may have several lines.
    for (std::size_t begin = text.find('\n'); begin != text.npos; begin = text.find('\n', begin + 1)) {
      const std::size_t end = std::min(text.find('\n', begin + 1), text.size());
      if (!dashes(text.substr(begin + 1, end - begin - 1))) continue;
      quoted = trimmed(text.substr(0, begin));
      from = std::min(end + 1, text.size());
      break;
    }
    if (from == text.npos) return;
    if (quoted.starts_with(kOpen)) quoted.remove_prefix(kOpen.size());
    else quoted.remove_prefix(kWecom.size());
    for (const std::string_view close : {kClose, std::string_view("\""), std::string_view("”")})
      if (quoted.ends_with(close)) quoted.remove_suffix(close.size());
    for (const std::string_view open : {std::string_view("\""), std::string_view("“")})
      if (quoted.starts_with(open)) quoted.remove_prefix(open.size());
  } else if (text.starts_with("> ")) {
    std::size_t end = 0;
    while (end < text.size() && text.substr(end).starts_with("> "))
      end = std::min(text.find('\n', end), text.size() - 1) + 1;
    quoted = text.substr(2, end - 2);
    from = end;
  } else {
    return;
  }
  const std::string rest(trimmed(text.substr(from)));
  if (rest.empty()) return;
  for (const std::string_view colon : {std::string_view("："), std::string_view(":")}) {
    const std::size_t at = quoted.find(colon);
    if (at == quoted.npos || at > 120) continue;
    m.quoted_name = std::string(trimmed(quoted.substr(0, at)));
    quoted.remove_prefix(at + colon.size());
    break;
  }
  m.quoted_text = std::string(trimmed(quoted));
  m.text = rest;
}

void apply_type(ExportedMessage& m, std::string_view type, std::string_view sub_type) {
  take_sender(m);
  if (type == "49" || type == "49.0" || type == "文件链接" || type == "分享") return apply_app_message(m, sub_type);
  // "引用回复" and its like: whatever an exporter calls it, a quote shows itself.
  for (const Kind& kind : kKinds) {
    if (kind.type != type) continue;
    m.type = kind.as;
    if (kind.as == MessageType::system) return;
    const MessageType shown = marked_type(m.text);
    // A rendered one ("[文件|通知.pdf](…)") tells more than the mark; XML tells nothing.
    if (!kind.text.empty() && (shown == MessageType::text || m.text.starts_with('<'))) {
      const bool words = kind.as == MessageType::voice && !m.text.empty() && !m.text.starts_with('<');  // a transcript
      if (!words) m.text = std::string(kind.text);
    }
    if (kind.as != MessageType::text) return;
    break;
  }
  if (m.text.starts_with("<?xml") || m.text.starts_with("<msg")) {
    if (const std::string title = xml_text(m.text, "title"); !title.empty()) m.text = title;
    else m.text = "[其他消息]";
  }
  if (is_system(m.text) && type != "1") m.type = MessageType::system;
  else if (m.type == MessageType::text) m.type = marked_type(m.text);
  take_quote(m);
}

std::string xml_text(std::string_view xml, std::string_view tag) {
  for (std::size_t at = xml.find('<'); at != xml.npos; at = xml.find('<', at + 1)) {
    const std::string_view rest = xml.substr(at + 1);
    if (!rest.starts_with(tag) || rest.size() <= tag.size() || (rest[tag.size()] != '>' && rest[tag.size()] != ' '))
      continue;
    const std::size_t open = rest.find('>');
    if (open == rest.npos) return {};
    if (rest[open - 1] == '/') continue;
    std::string_view inner = rest.substr(open + 1);
    const std::string close = "</" + std::string(tag) + ">";
    const std::size_t end = inner.find(close);
    if (end == inner.npos) return {};
    inner = trimmed(inner.substr(0, end));
    if (inner.starts_with("<![CDATA[") && inner.ends_with("]]>"))
      return std::string(inner.substr(9, inner.size() - 12));
    return unescaped(inner);
  }
  return {};
}

std::string unescaped(std::string_view html) {
  struct Entity {
    std::string_view name, text;
  };
  static constexpr Entity kEntities[] = {{"amp;", "&"},   {"lt;", "<"},   {"gt;", ">"},
                                         {"quot;", "\""}, {"apos;", "'"}, {"nbsp;", " "}};
  std::string out;
  out.reserve(html.size());
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] != '&') {
      out += html[i];
      continue;
    }
    const std::string_view rest = html.substr(i + 1, 12);
    bool known = false;
    for (const Entity& e : kEntities) {
      if (!rest.starts_with(e.name)) continue;
      out += e.text;
      i += e.name.size();
      known = true;
      break;
    }
    if (!known && rest.starts_with('#')) {
      const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
      const char* from = rest.data() + (hex ? 2 : 1);
      std::uint32_t point = 0;
      const auto [end, error] = std::from_chars(from, rest.data() + rest.size(), point, hex ? 16 : 10);
      if (error == std::errc() && end < rest.data() + rest.size() && *end == ';' && point > 0 && point < 0x110000 &&
          (point < 0xD800 || point > 0xDFFF)) {
        append_utf8(out, static_cast<char32_t>(point));
        i += static_cast<std::size_t>(end - rest.data()) + 1;
        known = true;
      }
    }
    if (!known) out += '&';
  }
  return out;
}

}  // namespace linli::export_words
