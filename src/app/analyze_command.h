// linli analyze FILE: the leads of a chat file, without any server.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <vector>

#include "app/command.h"
#include "leads/leads.h"

namespace linli::app {

struct Analysis {
  std::vector<Message> messages;
  PlaceDirectory directory;
  std::vector<LeadView> leads;        // by their opening message; message i has the number i + 1
  std::vector<Placement> placements;  // one a message
};

// Reads the chat log (JSONL or CSV) and, of the scenario file, the first line only: groups and known places.
Result<Analysis> analyze(const std::filesystem::path& chat, const std::optional<std::filesystem::path>& scenario);

// One lead a line, as the score of the evaluation set reads it.
void write_predictions(const Analysis& analysis, std::ostream& out);
void write_table(const Analysis& analysis, bool explain, Language language, std::ostream& out);

void add_analyze(CLI::App& app);

}  // namespace linli::app
