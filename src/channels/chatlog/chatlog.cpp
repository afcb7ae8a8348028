#include "channels/chatlog/chatlog.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/csv.h"
#include "channels/json_text.h"

namespace linli {
namespace {

constexpr std::size_t kMaxLine = 4u << 20;

}  // namespace

class Chatlog::Source {
 public:
  explicit Source(std::string name) : name_(std::move(name)) {}
  virtual ~Source() = default;
  virtual Result<std::optional<Message>> next() = 0;
  long line() const { return line_; }

 protected:
  tl::unexpected<Error> here(Error error) const {
    error.where.place = name_;
    error.where.line = line_;
    return tl::unexpected(std::move(error));
  }
  Result<std::optional<Message>> parsed(std::string_view json) {
    auto message = parser_.parse(json);
    if (!message) return here(std::move(message).error());
    return *std::move(message);
  }

  std::string name_;
  long line_ = 0;
  MessageParser parser_;
};

class JsonlSource final : public Chatlog::Source {
 public:
  JsonlSource(std::unique_ptr<std::istream> from, std::string name) : Source(std::move(name)), from_(std::move(from)) {}

  Result<std::optional<Message>> next() override {
    while (true) {
      auto got = read_line();
      if (!got) return tl::unexpected(std::move(got).error());
      if (!*got) return std::optional<Message>{};
      if (text_.find_first_not_of(" \t\r") != text_.npos) return parsed(text_);
    }
  }

 private:
  // false: the end.
  Result<bool> read_line() {
    text_.clear();
    ++line_;
    std::streambuf& buffer = *from_->rdbuf();
    bool any = false, fits = true;
    for (int c; (c = buffer.sbumpc()) != std::streambuf::traits_type::eof();) {
      any = true;
      if (c == '\n') break;
      if (fits) text_ += static_cast<char>(c);
      if (text_.size() > kMaxLine) fits = false, text_.clear();
    }
    if (!fits) return here({Errc::too_long, {}, {{"max", std::to_string(kMaxLine)}}});
    return any;
  }

  std::unique_ptr<std::istream> from_;
  std::string text_;
};

class CsvSource final : public Chatlog::Source {
 public:
  CsvSource(std::unique_ptr<std::istream> from, std::string name) : Source(std::move(name)), rows_(std::move(from)) {}

  // The header. Columns may stand in any order.
  Result<void> begin() {
    auto read = rows_.next(cells_);
    line_ = rows_.line();
    if (!read) return here(std::move(read).error());
    columns_.assign(cells_.size(), {});
    for (const std::string_view wanted : kColumns) {
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (cells_[i] == wanted) columns_[i] = wanted;
      }
    }
    for (const char* needed : {"id", "group", "ts", "sender", "text"}) {
      if (std::find(columns_.begin(), columns_.end(), needed) == columns_.end()) {
        return here({Errc::missing_field, Where::at_field(needed), {}});
      }
    }
    return {};
  }

  // As the JSON that the row says, so that one parser checks both.
  Result<std::optional<Message>> next() override {
    auto read = rows_.next(cells_);
    line_ = rows_.line();
    if (!read) return here(std::move(read).error());
    if (!*read) return std::optional<Message>{};
    json_ = "{\"group\": null, \"text\": \"\"";
    for (std::size_t i = 0; i < cells_.size() && i < columns_.size(); ++i) {
      if (columns_[i].empty() || cells_[i].empty()) continue;
      ((json_ += ", \"") += columns_[i]) += "\": ";
      if (columns_[i] == "mentions" && cells_[i] != "all") append_list(cells_[i]);
      else append_json_string(json_, cells_[i]);
    }
    json_ += '}';
    return parsed(json_);
  }

 private:
  static constexpr std::array<std::string_view, 12> kColumns{"id",     "group",       "group_name", "ts",
                                                             "sender", "sender_name", "role",       "type",
                                                             "text",   "reply_to",    "mentions",   "recalls"};

  void append_list(std::string_view words) {
    json_ += '[';
    bool first = true;
    while (!words.empty()) {
      const std::size_t blank = words.find(' ');
      if (const std::string_view word = words.substr(0, blank); !word.empty()) {
        if (!first) json_ += ',';
        first = false;
        append_json_string(json_, word);
      }
      words = blank == words.npos ? std::string_view{} : words.substr(blank + 1);
    }
    json_ += ']';
  }

  CsvRows rows_;
  std::vector<std::string> cells_;
  std::vector<std::string_view> columns_;  // what each cell is; empty: ignored
  std::string json_;
};

Chatlog::Chatlog(std::unique_ptr<Source> source) : source_(std::move(source)) {}
Chatlog::Chatlog(Chatlog&&) noexcept = default;
Chatlog& Chatlog::operator=(Chatlog&&) noexcept = default;
Chatlog::~Chatlog() = default;

Result<Chatlog> Chatlog::open(const std::filesystem::path& file) {
  auto stream = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*stream || std::filesystem::is_directory(file)) return fail(Errc::file_unreadable, Where::at(file.string()));
  return read(std::move(stream), file.string());
}

Result<Chatlog> Chatlog::read(std::unique_ptr<std::istream> from, std::string name) {
  std::streambuf& buffer = *from->rdbuf();
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (buffer.sgetc() == static_cast<unsigned char>(kMark[0])) {
    for (const char c : kMark) {
      if (buffer.sgetc() == static_cast<unsigned char>(c)) buffer.sbumpc();
    }
  }
  if (buffer.sgetc() == '{') return Chatlog(std::make_unique<JsonlSource>(std::move(from), std::move(name)));
  auto csv = std::make_unique<CsvSource>(std::move(from), std::move(name));
  LINLI_TRY(csv->begin());
  return Chatlog(std::move(csv));
}

Result<std::optional<Message>> Chatlog::next() { return source_->next(); }
long Chatlog::line() const { return source_->line(); }

}  // namespace linli
