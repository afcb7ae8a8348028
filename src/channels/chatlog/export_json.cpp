// JSON exports: the messages are cut out of the text by their braces, each is parsed by itself. So a file of any size needs the
// memory of one message, and what is wrong with one does not hurt the others.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>

#include "channels/chatlog/export_rows.h"
#include "channels/chatlog/export_words.h"

namespace linli::export_rows {
namespace {

namespace json = boost::json;

constexpr std::size_t kObject = 1u << 20;

// Gives the elements of arrays, or the objects of a file that has one a line. An object around them is no message.
class Cutter {
 public:
  explicit Cutter(std::unique_ptr<std::istream> from) : from_(std::move(from)) {}

  // False: the end. list() tells the member that the array stands under ("messages", "members"); empty: none.
  // Errors: too_long, bad_json (an object that the file's end cuts).
  Result<bool> next(std::string& object) {
    for (int c; (c = get()) != kEnd;) {
      switch (c) {
        case '"': read_string(word_); continue;
        case ':': list_ = word_; continue;
        case '[': lists_.push_back(list_); continue;
        case ']':
          if (!lists_.empty()) lists_.pop_back();
          continue;
        case '{':
          if (depth_ == 0 && lists_.empty() && !plain_) {
            if (is_envelope()) {
              ++depth_;
              continue;
            }
            plain_ = true;  // an object a line
          }
          object_line_ = line_;
          if (depth_ > 0 && lists_.empty()) {  // "meta": no message
            LINLI_TRY(cut(object));
            continue;
          }
          return cut(object);
        case '}': depth_ = std::max(0, depth_ - 1); continue;
        default: continue;
      }
    }
    return false;
  }
  const std::string& list() const {
    static const std::string none;
    return lists_.empty() ? none : lists_.back();
  }
  long line() const { return object_line_; }

 private:
  static constexpr int kEnd = std::streambuf::traits_type::eof();

  int get() {
    if (!ahead_.empty() && ahead_at_ < ahead_.size()) {
      const int c = static_cast<unsigned char>(ahead_[ahead_at_++]);
      if (c == '\n') ++line_;
      return c;
    }
    const int c = from_->rdbuf()->sbumpc();
    if (c == '\n') ++line_;
    return c;
  }

  // The first object of a file: does it hold the messages, or is it one (an object a line)? It holds them when an array of
  // objects, or another object, opens within it before it closes.
  bool is_envelope() {
    constexpr std::size_t kLook = 64u << 10;
    std::string look;
    look.reserve(1024);
    int depth = 1;
    bool quoted = false, found = false;
    for (int c; depth > 0 && look.size() < kLook && (c = from_->rdbuf()->sbumpc()) != kEnd;) {
      look += static_cast<char>(c);
      if (quoted) {
        if (c == '\\') {
          if ((c = from_->rdbuf()->sbumpc()) == kEnd) break;
          look += static_cast<char>(c);
        } else if (c == '"') {
          quoted = false;
        }
        continue;
      }
      if (c == '"') quoted = true;
      else if (c == '{') ++depth;
      else if (c == '}') --depth;
      else if (c == '[') {
        int n;
        while ((n = from_->rdbuf()->sgetc()) == ' ' || n == '\n' || n == '\r' || n == '\t')
          look += static_cast<char>(from_->rdbuf()->sbumpc());
        if (n == '{' && depth == 1) {
          found = true;
          break;
        }
      }
    }
    ahead_ = ahead_.substr(std::min(ahead_at_, ahead_.size())) + look;
    ahead_at_ = 0;
    return found;
  }

  void read_string(std::string& out) {
    out.clear();
    for (int c; (c = get()) != kEnd && c != '"';) {
      if (c == '\\') c = get();
      if (out.size() < 64 && c != kEnd) out += static_cast<char>(c);
    }
  }

  Result<bool> cut(std::string& object) {
    object = "{";
    int depth = 1;
    bool quoted = false, fits = true;
    while (depth > 0) {
      const int c = get();
      if (c == kEnd) return fail(Errc::bad_json, Where::at({}, object_line_));
      if (object.size() > kObject) fits = false, object.clear();
      if (fits) object += static_cast<char>(c);
      if (quoted) {
        if (c == '\\') {
          const int next = get();
          if (next != kEnd && fits) object += static_cast<char>(next);
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}') {
        --depth;
      }
    }
    if (!fits) return fail(Errc::too_long, Where::at({}, object_line_), {{"max", std::to_string(kObject)}});
    return true;
  }

  std::unique_ptr<std::istream> from_;
  std::string ahead_, word_, list_;
  std::size_t ahead_at_ = 0;
  std::vector<std::string> lists_;
  int depth_ = 0;
  bool plain_ = false;
  long line_ = 1, object_line_ = 1;
};

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_bool()) return value.as_bool() ? "1" : "0";
  if (value.is_null()) return {};
  if (value.is_double() && std::abs(value.as_double()) < 1e15)
    return std::to_string(static_cast<std::int64_t>(value.as_double()));
  return json::serialize(value);
}

class JsonReader final : public ExportReader {
 public:
  JsonReader(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of, const TimeZone& zone,
             const Wraps& total)
      : cutter_(std::move(text)), columns_(columns), clock_(zone, as_of, total) {}

  Result<std::optional<ExportedMessage>> next() override {
    while (true) {
      auto cut = cutter_.next(object_);
      if (!cut) return tl::unexpected(std::move(cut).error());
      if (!*cut) return std::optional<ExportedMessage>{};
      json::error_code wrong;
      const json::value value = json::parse(object_, wrong);
      if (wrong || !value.is_object()) return fail(Errc::bad_json, Where::at({}, cutter_.line()));
      const json::object& object = value.as_object();
      if (cutter_.list() == "members") {
        learn(object);
        continue;
      }
      std::array<std::string, kColumns> values;
      Fields fields;
      for (std::size_t c = 0; c < kColumns; ++c) {
        for (const std::string& member : columns_[c]) {
          const json::value* found = object.if_contains(member);
          if (!found || (values[c] = text_of(*found)).empty()) continue;
          fields[static_cast<Column>(c)] = values[c];
          break;
        }
      }
      auto message = message_of(fields, cutter_.line(), clock_);
      if (!message) return tl::unexpected(std::move(message).error());
      if (const auto known = members_.find(message->sender_id.empty() ? message->name : message->sender_id);
          known != members_.end()) {
        message->sender_id = known->first;
        if (message->name.empty() || message->name == known->first) message->name = known->second;
      }
      if (message->text.empty() && message->type != MessageType::system) continue;
      return std::optional<ExportedMessage>(*std::move(message));
    }
  }
  const ChatClock& clock() const override { return clock_; }

 private:
  // ChatLab's list of members: names by id.
  void learn(const json::object& member) {
    const json::value* id = member.if_contains("platformId");
    if (!id || members_.size() >= 5'000) return;
    for (const char* key : {"groupNickname", "accountName", "name", "nickname"}) {
      const json::value* found = member.if_contains(key);
      if (found && found->is_string() && !found->as_string().empty()) {
        members_[text_of(*id)] = text_of(*found);
        return;
      }
    }
  }

  Cutter cutter_;
  const ColumnMap columns_;
  ChatClock clock_;
  std::string object_;
  std::map<std::string, std::string> members_;
};

}  // namespace

std::vector<std::string> json_members(std::istream& text) {
  Cutter cutter(std::make_unique<std::istream>(text.rdbuf()));
  std::string object;
  std::vector<std::string> out;
  for (int looked = 0; looked < 200; ++looked) {
    auto cut = cutter.next(object);
    if (cut && !*cut) break;
    if (!cut || cutter.list() == "members") continue;
    json::error_code wrong;
    const json::value value = json::parse(object, wrong);
    if (wrong || !value.is_object()) continue;
    for (const auto& [key, unused] : value.as_object())
      if (std::ranges::find(out, std::string(key)) == out.end() && out.size() < 64) out.emplace_back(key);
  }
  return out;
}

std::unique_ptr<ExportReader> read_json(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of,
                                        const TimeZone& zone, const Wraps& total) {
  return std::make_unique<JsonReader>(std::move(text), columns, as_of, zone, total);
}

}  // namespace linli::export_rows
