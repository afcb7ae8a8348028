// Rows of tables and members of JSON objects become messages by one set of rules.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "channels/chatlog/export.h"

namespace linli::export_rows {

// What known exporters call their columns; of `headings` those that are among them. What `said` tells goes before.
ColumnMap columns_of(const std::vector<std::string>& headings, const ColumnMap& said);
// What is still missing to read messages: time, text, and a sender (name or id). Empty: nothing.
std::vector<Column> missing(const ColumnMap& columns);

// The values of one message: views of the row.
class Fields {
 public:
  std::string_view& operator[](Column column) { return values_[static_cast<std::size_t>(column)]; }
  std::string_view operator[](Column column) const { return values_[static_cast<std::size_t>(column)]; }
  void clear() { values_ = {}; }

 private:
  std::array<std::string_view, kColumns> values_{};
};

// Errors: bad_time, bad_utf8, too_long.
Result<ExportedMessage> message_of(const Fields& fields, long line, ChatClock& clock);

std::unique_ptr<ExportReader> read_csv(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of,
                                       const TimeZone& zone, const Wraps& total);
std::unique_ptr<ExportReader> read_xlsx(const std::string& bytes, const ColumnMap& columns, Instant as_of,
                                        const TimeZone& zone, const Wraps& total);
std::unique_ptr<ExportReader> read_json(std::unique_ptr<std::istream> text, const ColumnMap& columns, Instant as_of,
                                        const TimeZone& zone, const Wraps& total);

// The member names of the first objects of a JSON text that look like messages; empty: there are none.
std::vector<std::string> json_members(std::istream& text);

}  // namespace linli::export_rows
