// A look at a whole export before it is imported: what it is, who speaks how often, from when to when, how much of it is new,
// what cannot be read. In constant memory. Shows people's words: only for who brought the file.
#pragma once
#include <array>
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/words.h"
#include "channels/chatlog/identity.h"

namespace linli {

struct Survey {
  static constexpr std::size_t first_shown = 20, people_shown = 200, wrong_shown = 50;

  struct Sample {
    long line = 0;
    Instant at{};
    bool timed = true;
    std::string name, text;
    MessageType type = MessageType::text;
    bool known = false;
  };
  struct Person {
    std::string name;
    std::int64_t messages = 0;
  };
  std::int64_t messages = 0, fresh = 0, known = 0, system_lines = 0, wrong_total = 0;
  std::array<std::int64_t, 7> by_type{};  // by MessageType
  std::vector<Sample> first;
  std::vector<Person> people;  // the most talkative first
  std::int64_t people_total = 0;
  std::optional<Instant> from, to;
  std::vector<Error> wrong;  // the first ones; where() tells the line
  bool needs_me = false;     // messages of who exported it, without a name
  std::int64_t untimed = 0;  // messages whose time the file does not tell
};

// Reads to the end, or until `stopped` says so (asked about every thousand messages).
Survey survey(ExportReader& reader, ExportIdentity& identity, const std::function<bool()>& stopped = {});

// As answers show it: the words of errors in this language.
boost::json::object to_json(const Survey& survey, Language language);
boost::json::object to_json(const ExportShape& shape);

}  // namespace linli
