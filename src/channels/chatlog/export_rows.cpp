#include "channels/chatlog/export_rows.h"

#include <algorithm>

#include "base/csv.h"
#include "base/table_file.h"
#include "base/utf8.h"
#include "channels/chatlog/export_words.h"

namespace linli::export_rows {
namespace {

constexpr std::size_t kText = 64u << 10;  // bytes

// The best first: of several that a file has, the first with a value counts.
const std::array<std::vector<std::string_view>, kColumns> kKnown{{
    {"StrTime", "time_str", "time(Asia/Shanghai)", "time", "Time", "ts", "CreateTime", "create_time", "timestamp",
     "时间", "发送时间", "消息时间", "日期时间"},
    {"NickName", "Remark", "senderName", "SenderName", "sender_name", "from_nickname", "accountName", "groupNickname",
     "发送者", "发送人", "发言人", "昵称", "姓名", "talker", "sender"},
    {"Sender", "sender_username", "from_id", "sender", "wxid", "talker"},
    {"StrContent", "content", "Content", "msg", "text", "内容", "消息内容", "消息"},
    {"Type", "type_name", "type", "content_type", "消息类型", "类型"},
    {"SubType", "subType", "sub_type"},
    {"IsSender", "is_sender", "isSelf"},
}};

bool is_true(std::string_view text) { return text == "1" || text == "true" || text == "True" || text == "是"; }

class CsvReader final : public ExportReader {
 public:
  CsvReader(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of, const TimeZone& zone,
            const Wraps& total)
      : rows_(std::move(text)), columns_(columns), clock_(zone, as_of, total) {}

  Result<std::optional<ExportedMessage>> next() override {
    while (true) {
      auto read = rows_.next(cells_);
      if (!read) {
        Error error = std::move(read).error();
        error.where.line = rows_.line();
        return tl::unexpected(std::move(error));
      }
      if (!*read) return std::optional<ExportedMessage>{};
      if (!std::exchange(begun_, true)) {
        place(cells_);
        continue;
      }
      auto message = message_of(fields(cells_), rows_.line(), clock_);
      if (!message) return tl::unexpected(std::move(message).error());
      if (message->text.empty() && message->type != MessageType::system) continue;
      return std::optional<ExportedMessage>(*std::move(message));
    }
  }
  const ChatClock& clock() const override { return clock_; }

 protected:
  void place(const std::vector<std::string>& header) {
    for (std::size_t c = 0; c < kColumns; ++c)
      for (const std::string& wanted : columns_[c])
        for (std::size_t i = 0; i < header.size(); ++i)
          if (export_words::trimmed(header[i]) == wanted) at_[c].push_back(i);
  }
  Fields fields(const std::vector<std::string>& cells) const {
    Fields out;
    for (std::size_t c = 0; c < kColumns; ++c) {
      for (const std::size_t i : at_[c]) {
        if (i >= cells.size() || cells[i].empty()) continue;
        out[static_cast<Column>(c)] = cells[i];
        break;
      }
    }
    return out;
  }

 private:
  CsvRows rows_;
  const ColumnMap columns_;
  ChatClock clock_;
  std::array<std::vector<std::size_t>, kColumns> at_;
  std::vector<std::string> cells_;
  bool begun_ = false;
};

class XlsxReader final : public ExportReader {
 public:
  XlsxReader(const std::string& bytes, const ColumnMap& columns, Instant as_of, const TimeZone& zone,
             const Wraps& total)
      : clock_(zone, as_of, total) {
    auto table = read_table(bytes);
    if (!table) {
      broken_ = std::move(table).error();
      return;
    }
    table_ = std::move(*table);
    if (table_.rows.empty()) return;
    const auto& header = table_.rows[0].cells;
    for (std::size_t c = 0; c < kColumns; ++c)
      for (const std::string& wanted : columns[c])
        for (std::size_t i = 0; i < header.size(); ++i)
          if (header[i] == wanted) at_[c].push_back(i);
  }

  Result<std::optional<ExportedMessage>> next() override {
    if (broken_) return tl::unexpected(*std::exchange(broken_, {}));
    while (++row_ < table_.rows.size()) {
      const Table::Row& row = table_.rows[row_];
      Fields fields;
      for (std::size_t c = 0; c < kColumns; ++c)
        for (const std::size_t i : at_[c])
          if (fields[static_cast<Column>(c)].empty() && i < row.cells.size())
            fields[static_cast<Column>(c)] = row.cells[i];
      auto message = message_of(fields, row.line, clock_);
      if (!message) return tl::unexpected(std::move(message).error());
      if (message->text.empty() && message->type != MessageType::system) continue;
      return std::optional<ExportedMessage>(*std::move(message));
    }
    return std::optional<ExportedMessage>{};
  }
  const ChatClock& clock() const override { return clock_; }

 private:
  ChatClock clock_;
  Table table_;
  std::optional<Error> broken_;
  std::array<std::vector<std::size_t>, kColumns> at_;
  std::size_t row_ = 0;
};

}  // namespace

ColumnMap columns_of(const std::vector<std::string>& headings, const ColumnMap& said) {
  ColumnMap out = said;
  const auto there = [&](std::string_view heading) {
    return std::ranges::any_of(headings, [&](const std::string& h) { return export_words::trimmed(h) == heading; });
  };
  for (std::size_t c = 0; c < kColumns; ++c) {
    if (!said[c].empty()) continue;
    for (const std::string_view known : kKnown[c])
      if (there(known)) out[c].emplace_back(known);
  }
  return out;
}

std::vector<Column> missing(const ColumnMap& columns) {
  std::vector<Column> out;
  for (const Column column : {Column::time, Column::text})
    if (columns[static_cast<std::size_t>(column)].empty()) out.push_back(column);
  if (columns[static_cast<std::size_t>(Column::name)].empty() &&
      columns[static_cast<std::size_t>(Column::sender_id)].empty())
    out.push_back(Column::name);
  return out;
}

Result<ExportedMessage> message_of(const Fields& f, long line, ChatClock& clock) {
  const auto wrong = [&](Errc code, std::string field, Args args = {}) {
    return fail(code, Where::at({}, line, std::move(field)), std::move(args));
  };
  for (const Column column : {Column::name, Column::sender_id, Column::text, Column::time})
    if (!valid_utf8(f[column])) return wrong(Errc::bad_utf8, std::string(name(column)));
  if (f[Column::text].size() > kText) return wrong(Errc::too_long, "text", {{"max", std::to_string(kText)}});
  ExportedMessage m;
  m.line = line;
  const auto time = whole_chat_time(export_words::trimmed(f[Column::time]));
  if (!time) return wrong(Errc::bad_time, "time", {{"value", std::string(first_code_points(f[Column::time], 40))}});
  auto at = clock.at(*time);
  if (!at) return wrong(at.error().code, "time", {{"value", std::string(first_code_points(f[Column::time], 40))}});
  m.at = *at;
  m.name = std::string(export_words::trimmed(f[Column::name]));
  m.sender_id = std::string(export_words::trimmed(f[Column::sender_id]));
  if (m.sender_id == m.name && !m.name.starts_with("wxid_")) m.sender_id.clear();  // one column for both: a name
  m.own = is_true(f[Column::own]) || m.name == "我";
  m.text = std::string(f[Column::text]);
  std::erase(m.text, '\0');
  std::erase(m.text, '\r');
  // PyWxDump's older layout: the text is JSON within the cell.
  if (m.text.starts_with('{') && m.text.find("\"msg\"") != std::string::npos) {
    const std::size_t key = m.text.find("\"msg\"");
    const std::size_t open = m.text.find('"', m.text.find(':', key));
    std::string inner;
    for (std::size_t i = open + 1; open != std::string::npos && i < m.text.size() && m.text[i] != '"'; ++i) {
      if (m.text[i] == '\\' && i + 1 < m.text.size()) inner += m.text[++i] == 'n' ? '\n' : m.text[i];
      else inner += m.text[i];
    }
    m.text = inner;
  }
  std::string_view type = f[Column::type];
  if (type == "recall") type = "system";  // a name of another message's id comes with it in linli's own logs
  export_words::apply_type(m, type, f[Column::sub_type]);
  m.text = std::string(export_words::trimmed(m.text));
  return m;
}

std::unique_ptr<ExportReader> read_csv(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of,
                                       const TimeZone& zone, const Wraps& total) {
  return std::make_unique<CsvReader>(std::move(text), columns, as_of, zone, total);
}
std::unique_ptr<ExportReader> read_xlsx(const std::string& bytes, const ColumnMap& columns, Instant as_of,
                                        const TimeZone& zone, const Wraps& total) {
  return std::make_unique<XlsxReader>(bytes, columns, as_of, zone, total);
}

}  // namespace linli::export_rows
