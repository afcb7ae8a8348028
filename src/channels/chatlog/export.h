// Reads chat logs that people exported or copied: message by message, in constant memory (XLSX alone is read whole, within
// the limits of base/table_file.h). What a file is, it tells by its shape, never by its name; a person may say otherwise.
//
//   mail        the phone's "send by e-mail": day lines "—————  2026-11-23  —————", then "张三  22:10"
//   name_time   "张三 2026-11-23 22:10:05", then the text: the PC's history window, 留痕 and chatlog as text
//   time_name   "2026-11-23 22:10:05 张三", then the text: 留痕 as text
//   bracket     "[2026-11-23 22:10:05] 张三: text": wxecho
//   dialogue    "张三：text", or "张三:" and the text: several messages copied at once; times stand between them or nowhere
//   table       CSV or XLSX with a header: 留痕, PyWxDump, WeFlow, chatlog, wechat_stat …, or columns that a person names
//   json        an array of messages, an object with one ("messages"), or one object a line
//   html        WechatExporter and other pages: their text is read as one of the text forms
//
// Errors of next() stand for one message; where() tells the line.
#pragma once
#include <array>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "channels/chatlog/chat_time.h"
#include "channels/chatlog/text_stream.h"
#include "channels/message.h"

namespace linli {

enum class ExportFormat { mail, name_time, time_name, bracket, dialogue, table, json, html };
std::string_view name(ExportFormat format);
std::optional<ExportFormat> parse_export_format(std::string_view text);

// A message as an export tells it.
struct ExportedMessage {
  long line = 0;  // where it begins, from 1
  Instant at{};
  bool timed = true;                     // false: the export tells no time at all (`at` is as_of)
  std::string name;                      // of the sender, as it was shown; empty with `own`: who exported it
  std::string sender_id;                 // the platform's id, where the export tells it
  bool own = false;                      // of who exported it
  MessageType type = MessageType::text;  // system: joins, recalls, 拍了拍
  std::string text;
  std::string quoted_name, quoted_text;  // what it answers to
};

// What a column (or a member of an object) holds.
enum class Column { time, name, sender_id, text, type, sub_type, own };
inline constexpr std::size_t kColumns = 7;
std::string_view name(Column column);
std::optional<Column> parse_column(std::string_view text);
// For each meaning the headings that hold it, the best first; empty: none.
using ColumnMap = std::array<std::vector<std::string>, kColumns>;

// How the heads of a text form look in this file, so that words within a message are not taken for one.
struct HeadLook {
  bool has_day = false;      // every head tells its day
  bool wide = false;         // two blanks or more stand before the time
  bool after_blank = false;  // a blank line (or a day line) stands before every head
  bool colon_ends = false;   // dialogue: "张三:" is a line of its own
};

struct ExportShape {
  ExportFormat format = ExportFormat::name_time;
  double confidence = 0;  // 0 … 1: how much of the beginning fits
  Encoding encoding = Encoding::utf8;
  std::vector<std::string> headings;                // table: its header
  ColumnMap columns;                                // table and json
  ExportFormat inside = ExportFormat::name_time;    // html: the text form within
  HeadLook look;                                    // text forms
  bool complete() const { return confidence > 0; }  // it can be read; a table: time, text and sender are known
};

// What a person said about a file.
struct ExportChoice {
  std::optional<ExportFormat> format;
  std::optional<Encoding> encoding;
  ColumnMap columns;  // those that are said
  Instant as_of{};    // when it was copied: 昨天 and times without a year go by it
};

// Gives a new stream over the same bytes each time.
using OpenBytes = std::function<std::unique_ptr<std::istream>()>;

// Looks at the first 256 KB. Error: chat_unknown (nothing fits and nothing was chosen), chat_columns_missing (arg column; a
// table whose columns nobody named: `shape`, if given, still tells its headings), those of read_table().
Result<ExportShape> find_shape(const OpenBytes& open, const ExportChoice& choice, ExportShape* seen = nullptr);

class ExportReader {  // one thread
 public:
  virtual ~ExportReader() = default;
  // nullopt: the end. Errors: chat_line_alone, bad_time, bad_utf8, too_long, bad_value, bad_json.
  virtual Result<std::optional<ExportedMessage>> next() = 0;
  virtual const ChatClock& clock() const = 0;
};

// `total`: of count_wraps(), where the file tells times without their year or day.
std::unique_ptr<ExportReader> read_export(const OpenBytes& open, const ExportShape& shape, Instant as_of,
                                          const TimeZone& zone, const Wraps& total = {});

// Goes through the whole file once when its beginning has times that need it; else gives nothing at once.
Wraps count_wraps(const OpenBytes& open, const ExportShape& shape, Instant as_of, const TimeZone& zone,
                  const std::function<bool()>& stopped = {});

}  // namespace linli
