// Any bytes as a model file: refused, or a classifier that answers.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "understand/classify/classifier.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linli;
  // Behind the magic line, so that what follows is reached.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto c = Classifier::read("linli classifier 1\n" + std::string(bytes), "fuzz");
  if (!c) return 0;
  const std::vector<std::string_view> fields(c->fields().size(), bytes);
  if (c->classify(fields).label >= c->labels().size()) std::abort();
  return 0;
}
