// The categories of appeals: data/lexicon/taxonomy.json.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linli {

struct Category {
  std::string code, zh, domain;
  int default_urgency = 3;
  bool simple = false;  // usually settled by information alone
};

class Taxonomy {
 public:
  static const Taxonomy& embedded();  // throws std::runtime_error when the program was built with a broken file

  const std::vector<Category>& categories() const { return categories_; }
  std::optional<std::size_t> find(std::string_view code) const;

 private:
  std::vector<Category> categories_;
};

}  // namespace linli
