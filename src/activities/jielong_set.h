// The labelled set of data/jielong and what a reading of it is worth. For tests and benches.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "activities/jielong.h"
#include "base/result.h"

namespace linli {

struct LabelledJielong {
  struct Entry {
    std::string name, house, note;
    std::int32_t number = 1;
  };
  struct List {
    JielongKind kind = JielongKind::none;
    std::string title;
    std::vector<Entry> entries;
  };
  struct Change {
    std::string what;  // added, changed, withdrawn
    std::size_t list = 0;
    std::string entry;  // its name, or its house where it has none
  };
  struct Message {
    std::int32_t at = 0;  // minutes from the case's beginning
    std::string by, name, text;
    std::vector<Change> changes;
    std::vector<List> lists;  // what stands after it
  };
  std::int32_t id = 0;  // odd: dev, even: final
  std::string about;
  std::vector<Message> messages;
  bool final_half() const { return id % 2 == 0; }
};

// The file's cases; an error names the line.
Result<std::vector<LabelledJielong>> read_jielong_set(const std::string& path);

struct JielongScore {
  struct Rate {
    std::size_t right = 0, said = 0, meant = 0;
    double precision() const { return said == 0 ? 1 : static_cast<double>(right) / static_cast<double>(said); }
    double recall() const { return meant == 0 ? 1 : static_cast<double>(right) / static_cast<double>(meant); }
  };
  Rate entries;                            // name and house, after each message
  Rate numbers;                            // the same with the number
  Rate notes;                              // the same with the note
  Rate changes;                            // added, changed, withdrawn, after each message
  Rate lists;                              // lists found at the end of a case, whatever their kind
  std::size_t kinds = 0, titles = 0;       // right ones of those found
  std::size_t states = 0, messages = 0;    // all lists right but for notes, after a message
  std::size_t whole = 0;                   // … with notes and titles
  std::size_t cases = 0, cases_right = 0;  // right after every message, but for notes and titles
  std::map<std::string, std::map<std::string, std::size_t>> kind_of;  // meant, then read, at the end of a case
  std::vector<std::string> wrong;  // "17.3 …": case and message, with what was read
};
JielongScore score_jielong(const std::vector<LabelledJielong>& cases);
std::string table_of(const JielongScore& score);

}  // namespace linli
