// What might be answered to a lead, without any model server: what the knowledge base holds for it, else plain words that it
// was seen. A draft is a proposal; nothing is sent by it. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "leads/lead.h"

namespace linli::desk {

// An answer of the knowledge base, best first, that holds for the lead's place today.
struct Known {
  std::string id, title, answer;
  std::string source;  // "停水通知（清溪河街道）"; empty: none
  bool confident = false;
};

struct Draft {
  enum class Kind {
    emergency,  // the prepared first line: call for help now
    knowledge,  // of the first source
    seen        // plain words
  } kind = Kind::seen;
  std::string text;
  bool ends = true;  // as it stands it settles the matter; else somebody has to do something
  bool starts_private = false;
  MessageId quotes;  // the first report; 0: none
  std::vector<GroupId> groups;
};
std::string_view name(Draft::Kind kind);

Draft draft(const Lead& lead, std::span<const LeadLink> links, std::span<const Known> known);

// Canned words with {地点} {事情} filled in; a place that is not known goes.
std::string fill(std::string_view text, const Lead& lead);

}  // namespace linli::desk
