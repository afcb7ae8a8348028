// Texts of a JSONL file, one object a line, read line by line: some named fields as one text, and a label.
#pragma once
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace linli {

struct TextLine {
  std::string json;                // the line as it stands in the file
  long number = 0;                 // from 1
  std::vector<std::string> texts;  // one a field; empty where the line has none
  std::string label;               // as JSON; empty where the line has none
  bool complete = false;           // every field has text
  std::vector<std::string_view> views() const { return {texts.begin(), texts.end()}; }
};

class TextLines {
 public:
  // `label` empty: labels are not looked at.
  static Result<TextLines> open(const std::filesystem::path& file, std::vector<std::string> fields, std::string label);
  // The next line that is not blank; none at the end. Errors name file and line: no JSON object; a field that is no
  // string; a label that is no string, number or truth value; a file that has not one text in any of the fields.
  Result<std::optional<TextLine>> next();

 private:
  Result<TextLine> parse(std::string line) const;

  std::string file_, label_;
  std::vector<std::string> fields_;
  std::ifstream in_;
  long number_ = 0;
  bool any_text_ = false;
};

// The line with "predicted" and "score" at its end (in place of such that it had).
std::string with_prediction(const TextLine& line, const std::string& predicted, float score);

}  // namespace linli
