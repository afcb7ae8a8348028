// The file data/model/linli.bin: a header that tells what it is, the text model, and the trees that `leads` asks by name.
#pragma once
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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
  // What leads of a category are like: share of urgency 1, mean urgency, share that information alone settles …
  struct Rates {
    float emergency = 0.05f, urgency = 3, reply = 0.2f;
    float share = 0;                // of all leads
    std::array<float, 6> places{};  // share of each engine::PlaceLevel
  };
  std::vector<Rates> rates;  // order of the taxonomy; empty without training

  const Trees& tree(std::string_view name) const;  // an empty one where the model has none of that name
  float setting(std::string_view name, float otherwise) const;

  std::string write() const;
  // `source` names the file in errors (model_broken).
  static Result<Model> read(std::string_view bytes, std::string_view source);
};

}  // namespace linli
