#include "understand/taxonomy.h"

#include <boost/json.hpp>
#include <stdexcept>

#include "base/embedded.h"
#include "understand/understand.h"

namespace linli {
namespace {

std::string_view file(std::string_view path) {
  for (const auto& f : embedded::lexicon()) {
    if (f.path == path) return f.bytes;
  }
  throw std::runtime_error("data/lexicon/taxonomy.json is not embedded");
}

}  // namespace

const Taxonomy& Taxonomy::embedded() {
  static const Taxonomy taxonomy = [] {
    Taxonomy t;
    const auto root = boost::json::parse(file("taxonomy.json"));
    for (const auto& domain : root.at("domains").as_array()) {
      for (const auto& c : domain.at("codes").as_array()) {
        t.categories_.push_back({c.at("code").as_string().c_str(), c.at("zh").as_string().c_str(),
                                 domain.at("domain").as_string().c_str(),
                                 static_cast<int>(c.at("default_urgency").as_int64()), c.at("simple").as_bool()});
      }
    }
    if (t.categories_.size() > kMaxCategories) throw std::runtime_error("data/lexicon/taxonomy.json: too many codes");
    return t;
  }();
  return taxonomy;
}

std::optional<std::size_t> Taxonomy::find(std::string_view code) const {
  for (std::size_t i = 0; i < categories_.size(); ++i) {
    if (categories_[i].code == code) return i;
  }
  return std::nullopt;
}

}  // namespace linli
