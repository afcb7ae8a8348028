// A labelled day: NAME.messages.jsonl and NAME.leads.jsonl in the evaluation set's format (docs/understanding.md).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "channels/message.h"
#include "people/place.h"
#include "understand/understand.h"

namespace linli {

struct LabelledMessage {
  Message message;
  int lead = -1;  // index into LabelledDay::leads
  Act act = Act::none;
};

struct LabelledLead {
  std::string id, category, place, summary;
  int urgency = 3;
  bool reply = false;  // handling
  bool area_wide = false, resolved = false;
};

struct LabelledDay {
  std::string name;
  PlaceDirectory directory;
  std::vector<LabelledMessage> messages;
  std::vector<LabelledLead> leads;
};

// A sentence by itself (plain*.tsv): the plainest appeals, and chatter that only sounds like one.
struct PlainText {
  std::string category;  // empty: no appeal
  int urgency = 3;
  std::string text;
};
// Of all plain*.tsv of the folder, by name; none where it has none.
Result<std::vector<PlainText>> read_plain_texts(const std::filesystem::path& folder);

// The first line of a leads file: groups and known places.
Result<PlaceDirectory> read_directory(const std::filesystem::path& leads_file);
// Only the fields that a channel delivers; the labels in the file are not looked at.
Result<std::vector<Message>> read_messages(const std::filesystem::path& messages_file);
Result<LabelledDay> read_day(const std::filesystem::path& folder, const std::string& name);
// All days of a folder, by name. An empty folder is an error.
Result<std::vector<LabelledDay>> read_days(const std::filesystem::path& folder);

}  // namespace linli
