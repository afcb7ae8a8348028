// The file data/model/linli.bin: a header that tells what it is, the text model, and the trees that `leads` asks by name.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "understand/text_model.h"
#include "understand/trees.h"

namespace linli {

class Model {
 public:
  ModelInfo info;
  TextModel text;
  std::map<std::string, Trees, std::less<>> trees;
  std::map<std::string, float, std::less<>> settings;  // thresholds chosen in training

  const Trees& tree(std::string_view name) const;  // an empty one where the model has none of that name
  float setting(std::string_view name, float otherwise) const;

  std::string write() const;
  // `source` names the file in errors (model_broken).
  static Result<Model> read(std::string_view bytes, std::string_view source);
};

}  // namespace linli
