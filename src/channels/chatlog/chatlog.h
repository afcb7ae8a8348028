// Reads a chat log message by message: JSONL (one message a line, members as in message_json.h) or CSV with a header that
// names the same members. The first character decides: '{' is JSONL, anything else CSV. Neither needs to fit into memory.
//
// CSV: RFC 4180 (quotes, doubled quotes, line ends within quotes), UTF-8 with or without BOM, LF or CRLF. An empty cell is a
// member that is not there. `mentions` holds "all" or ids parted by blanks. Columns of other names are ignored.
#pragma once
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "channels/message.h"
#include "channels/message_json.h"

namespace linli {

class Chatlog {  // one thread
 public:
  // Error: file_unreadable; a CSV without the columns that a message needs: missing_field, with the column.
  static Result<Chatlog> open(const std::filesystem::path& file);
  // `name` stands in the errors.
  static Result<Chatlog> read(std::unique_ptr<std::istream> from, std::string name);

  Chatlog(Chatlog&&) noexcept;
  Chatlog& operator=(Chatlog&&) noexcept;
  ~Chatlog();

  // nullopt: the end. An error stands for one message; where() tells file, line and member; the next call goes on behind
  // it. Errors: those of MessageParser; too_long (a line or cell over 1 MB); file_unreadable: the last call.
  Result<std::optional<Message>> next();

  long line() const;  // where the message began that next() gave last, from 1

 private:
  class Source;
  explicit Chatlog(std::unique_ptr<Source> source);
  std::unique_ptr<Source> source_;
  friend class JsonlSource;
  friend class CsvSource;
};

}  // namespace linli
