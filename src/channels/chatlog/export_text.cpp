#include "channels/chatlog/export_text.h"

#include <algorithm>
#include <deque>

#include "base/utf8.h"
#include "channels/chatlog/export_words.h"

namespace linli::export_text {
namespace {

using export_words::trimmed;

constexpr std::size_t kName = 60;         // characters
constexpr std::size_t kBody = 64u << 10;  // bytes; more is no message
constexpr std::size_t kSampleLines = 3'000;

struct Head {
  std::string_view name, id, rest;  // rest: what is said on the same line
  ChatTime time;
  bool timed = true, wide = false;
};

bool is_name(std::string_view name, std::size_t most = kName) {
  return !name.empty() && name.size() <= 4 * most && code_points(name) <= most;
}

// "张三(wxid_abc)": the id behind the name.
void take_id(Head& head) {
  if (!head.name.ends_with(')')) return;
  const std::size_t open = head.name.rfind('(');
  if (open == head.name.npos || open == 0) return;
  const std::string_view id = head.name.substr(open + 1, head.name.size() - open - 2);
  if (id == "我") {
    head.name = trimmed(head.name.substr(0, open));
    return;
  }
  const bool plain = id.size() >= 6 && std::ranges::all_of(id, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                              c == '-' || c == '@';
                     });
  if (!plain) return;
  head.id = id;
  head.name = trimmed(head.name.substr(0, open));
}

bool name_time(std::string_view line, Head& head) {
  std::string_view before;
  const auto time = chat_time_at_end(line, before);
  if (!time) return false;
  head.time = *time;
  const std::size_t gap = line.size() > before.size() + 1 ? 1 : 0;
  head.wide = gap && (line[before.size()] == ' ' || line[before.size()] == '\t') &&
              (line[before.size() + 1] == ' ' || line[before.size() + 1] == '\t');
  // chatlog, asked for several groups: 名称(wxid) [群名(id)] 01-02 15:04:05
  if (before.ends_with(']'))
    if (const std::size_t open = before.rfind(" ["); open != before.npos) before = before.substr(0, open);
  head.name = trimmed(before);
  take_id(head);
  return is_name(head.name);
}

bool time_name(std::string_view line, Head& head) {
  const std::size_t size = read_chat_time(line, head.time);
  if (size == 0 || head.time.hour < 0 || size >= line.size()) return false;
  if (line[size] != ' ' && line[size] != '\t') return false;
  head.name = trimmed(line.substr(size));
  take_id(head);
  return is_name(head.name);
}

bool bracket(std::string_view line, Head& head) {
  if (!line.starts_with('[')) return false;
  const std::size_t close = line.find(']');
  if (close == line.npos || close > 60) return false;
  if (read_chat_time(line.substr(1, close - 1), head.time) != close - 1 || head.time.hour < 0) return false;
  line = line.substr(close + 1);
  std::size_t at = line.find(": "), width = 2;
  if (const std::size_t full = line.find("："); full < at) at = full, width = std::string_view("：").size();
  if (at == line.npos && line.ends_with(':')) at = line.size() - 1, width = 1;
  if (at == line.npos) return false;
  head.name = trimmed(line.substr(0, at));
  head.rest = line.substr(at + width);
  take_id(head);
  return is_name(head.name);
}

bool dialogue(std::string_view line, bool colon_ends, Head& head) {
  head.timed = false;
  std::size_t at = line.find("："), width = std::string_view("：").size();
  if (const std::size_t narrow = line.find(':'); narrow < at) at = narrow, width = 1;
  if (at == line.npos || at == 0) return false;
  if (read_chat_time(line, head.time) > at) return false;  // "昨天 22:10"
  head.rest = trimmed(line.substr(at + width));
  if (colon_ends ? !head.rest.empty() : head.rest.empty() || head.rest.starts_with("//")) return false;
  head.name = trimmed(line.substr(0, at));
  for (const std::string_view mark : {"，", "。", "！", "？", ",", "http", "「", "\"", "“"})
    if (head.name.find(mark) != head.name.npos) return false;
  const bool digits =
      std::ranges::all_of(head.name, [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '/'; });
  return !digits && is_name(head.name, 24);
}

bool head_of(ExportFormat format, const HeadLook& look, bool after_blank, std::string_view line, Head& head) {
  if (look.after_blank && !after_blank) return false;
  bool is = false;
  switch (format) {
    case ExportFormat::mail:
    case ExportFormat::name_time: is = name_time(line, head) && (head.wide || !look.wide); break;
    case ExportFormat::time_name: is = time_name(line, head); break;
    case ExportFormat::bracket: is = bracket(line, head); break;
    case ExportFormat::dialogue: return dialogue(line, look.colon_ends, head);
    default: return false;
  }
  return is && (!look.has_day || head.time.day != ChatTime::Day::none);
}

// "—————  2026-11-23  —————", "昨天 22:10", "2026年11月23日": a line that tells when what comes behind was said.
std::optional<ChatTime> day_line(std::string_view line) {
  if (line.size() > 120) return {};
  line = trimmed(line);
  constexpr std::string_view kDash = "—";
  for (bool more = true; more && !line.empty();) {
    more = false;
    if (line.starts_with(kDash)) line.remove_prefix(kDash.size()), more = true;
    else if (line.front() == '-' || line.front() == '=' || line.front() == ' ') line.remove_prefix(1), more = true;
    if (line.ends_with(kDash)) line.remove_suffix(kDash.size()), more = true;
    else if (!line.empty() && (line.back() == '-' || line.back() == '=' || line.back() == ' '))
      line.remove_suffix(1), more = true;
  }
  ChatTime out;
  if (const std::size_t size = read_chat_time(line, out); size == 0 || size != line.size()) return {};
  return out;
}

bool is_preamble(std::string_view line) {
  return line.find("聊天记录") != line.npos || line.find("Chat History") != line.npos ||
         line.find("chat history") != line.npos;
}

class TextReader final : public ExportReader {
 public:
  TextReader(std::unique_ptr<std::istream> text, ExportFormat format, const HeadLook& look, Instant as_of,
             const TimeZone& zone, const Wraps& total)
      : lines_(std::move(text)), format_(format), look_(look), clock_(zone, as_of, total), as_of_(as_of) {}

  Result<std::optional<ExportedMessage>> next() override {
    while (ready_.empty() && !ended_) take_line();
    if (ready_.empty()) return std::optional<ExportedMessage>{};
    auto out = std::move(ready_.front());
    ready_.pop_front();
    if (!out) return tl::unexpected(std::move(out).error());
    return std::optional<ExportedMessage>(*std::move(out));
  }
  const ChatClock& clock() const override { return clock_; }

 private:
  enum class State { before, message, dropped };

  void take_line() {
    auto read = lines_.next(line_);
    if (!read) {
      wrong(read.error().code, lines_.line(), {}, read.error().args);
      return;
    }
    if (!*read) {
      flush();
      ended_ = true;
      return;
    }
    if (trimmed(line_).empty()) {
      after_blank_ = true;
      if (state_ == State::message && !now_.text.empty()) now_.text += '\n';
      return;
    }
    Head head;
    if (head_of(format_, look_, after_blank_, line_, head)) begin(head);
    else if (const auto day = day_line(line_); day && tells_time(*day)) take_time(*day);
    else if ((after_blank_ || state_ != State::message || now_.text.empty()) && export_words::is_system(trimmed(line_)))
      take_system();
    else add();
    after_blank_ = false;
  }

  // A line of a time alone: not every one is told by the window, "10:05" may be what somebody said.
  bool tells_time(const ChatTime& time) const {
    return time.day != ChatTime::Day::none &&
           (time.hour < 0 ? format_ != ExportFormat::bracket : format_ == ExportFormat::dialogue || after_blank_);
  }
  void take_time(const ChatTime& time) {
    flush();
    after_blank_ = true;
    if (!clock_.begin_day(time)) return wrong(Errc::bad_time, lines_.line(), "time");
    spoken_.reset();
    if (time.hour >= 0)
      if (auto at = clock_.at(time)) spoken_ = *at;
    after_blank_ = true;
    state_ = State::before;
  }

  void begin(const Head& head) {
    flush();
    now_ = {};
    now_.line = lines_.line();
    now_.name = std::string(head.name);
    now_.sender_id = std::string(head.id);
    now_.text = std::string(head.rest);
    now_.own = now_.name == "我";
    state_ = State::message;
    if (!head.timed) {
      now_.timed = spoken_.has_value();
      now_.at = spoken_.value_or(as_of_);
      return;
    }
    auto at = clock_.at(head.time);
    if (at) {
      now_.at = *at;
    } else {
      state_ = State::dropped;
      wrong(at.error().code, lines_.line(), at.error().where.field);
    }
  }

  // Nobody's words end the message before them: what comes behind a blank line belongs to none.
  void take_system() {
    const bool own_head = state_ == State::message && now_.text.empty();
    if (!own_head) {
      const Instant at = state_ == State::message ? now_.at : spoken_.value_or(as_of_);
      flush();
      now_ = {};
      now_.line = lines_.line();
      now_.at = at;
    }
    now_.text = std::string(trimmed(line_));
    now_.type = MessageType::system;
    state_ = State::message;
    flush();
  }

  void add() {
    if (state_ == State::message) {
      if (!now_.text.empty() && !now_.text.ends_with('\n')) now_.text += '\n';
      if (now_.text.size() + line_.size() <= kBody) return void(now_.text += line_);
      wrong(Errc::too_long, now_.line, "text", {{"max", std::to_string(kBody)}});
      state_ = State::dropped;
    } else if (state_ == State::before && !is_preamble(line_)) {
      wrong(Errc::chat_line_alone, lines_.line(), {}, {{"line", std::to_string(lines_.line())}});
      state_ = State::dropped;  // one word about it, not one a line
    }
  }

  void flush() {
    if (state_ != State::message) return;
    state_ = State::before;
    if (!valid_utf8(now_.text) || !valid_utf8(now_.name)) return wrong(Errc::bad_utf8, now_.line, "text");
    std::erase(now_.text, '\0');
    std::erase(now_.text, '\r');
    now_.text = std::string(trimmed(now_.text));
    if (now_.text.empty()) return;  // a head without words: a picture that was not copied
    if (now_.type != MessageType::system) {
      now_.type = export_words::marked_type(now_.text);
      export_words::take_quote(now_);
    }
    ready_.emplace_back(std::move(now_));
    now_ = {};
  }

  void wrong(Errc code, long line, std::string field, Args args = {}) {
    ready_.emplace_back(tl::unexpected(Error{code, Where::at({}, line, std::move(field)), std::move(args)}));
  }

  LineReader lines_;
  const ExportFormat format_;
  const HeadLook look_;
  ChatClock clock_;
  const Instant as_of_;
  std::string line_;
  ExportedMessage now_;
  std::optional<Instant> spoken_;  // dialogue: by the last line of a time
  State state_ = State::before;
  bool after_blank_ = true, ended_ = false;
  std::deque<Result<ExportedMessage>> ready_;
};

struct Count {
  int heads = 0, days = 0, wide = 0, after_blank = 0;
};

}  // namespace

Found find(std::istream& text, std::optional<ExportFormat> chosen) {
  LineReader lines(std::make_unique<std::istream>(text.rdbuf()));
  struct Style {
    ExportFormat format;
    HeadLook look;
    double lines_each;  // a message takes at least so many
    double trust;
    Count count{};
  } styles[] = {{ExportFormat::name_time, {}, 2, 1},
                {ExportFormat::time_name, {}, 2, 1},
                {ExportFormat::bracket, {}, 1, 1},
                {ExportFormat::dialogue, {.colon_ends = true}, 2, 0.7},
                {ExportFormat::dialogue, {.colon_ends = false}, 1, 0.6}};
  int spoken = 0, day_lines = 0;
  bool after_blank = true, mail = false;
  std::string line;
  for (std::size_t i = 0; i < kSampleLines; ++i) {
    const auto read = lines.next(line);
    if (!read) continue;
    if (!*read) break;
    if (trimmed(line).empty()) {
      after_blank = true;
      continue;
    }
    if (const auto day = day_line(line); day && day->day != ChatTime::Day::none) {
      ++day_lines;
      mail |= day->hour < 0 && line.find("—") != line.npos;
      after_blank = true;
      continue;
    }
    if (is_preamble(line)) continue;
    ++spoken;
    for (Style& style : styles) {
      Head head;
      if (!head_of(style.format, style.look, true, line, head)) continue;
      ++style.count.heads;
      style.count.days += head.time.day != ChatTime::Day::none;
      style.count.wide += head.wide;
      style.count.after_blank += after_blank;
    }
    after_blank = false;
  }
  Found best;
  for (const Style& style : styles) {
    const bool wanted = !chosen || style.format == *chosen ||
                        (*chosen == ExportFormat::mail && style.format == ExportFormat::name_time);
    if (!wanted || style.count.heads == 0) continue;
    const double fits = style.trust * std::min(1.0, style.count.heads * style.lines_each / std::max(1, spoken));
    if (fits <= best.confidence) continue;
    const Count& c = style.count;
    best = {style.format, style.look, fits};
    if (style.format == ExportFormat::dialogue) continue;
    best.look = {.has_day = c.days == c.heads,
                 .wide = c.wide == c.heads,
                 .after_blank = c.heads > 2 && c.after_blank == c.heads};
    // Most heads tell their day: those that do not are words ("改到 10:05").
    if (c.heads >= 30 && c.days * 100 >= c.heads * 97) best.look.has_day = true;
    if (style.format == ExportFormat::name_time && (mail || chosen == ExportFormat::mail))
      best.format = ExportFormat::mail;
  }
  if (chosen && best.confidence == 0) best.format = *chosen;
  return best;
}

std::unique_ptr<ExportReader> read(std::unique_ptr<std::istream> text, ExportFormat format, const HeadLook& look,
                                   Instant as_of, const TimeZone& zone, const Wraps& total) {
  return std::make_unique<TextReader>(std::move(text), format, look, as_of, zone, total);
}

}  // namespace linli::export_text
