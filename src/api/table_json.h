// How the plans of imported tables look in answers.
#pragma once
#include <boost/json.hpp>

#include "base/table_file.h"
#include "base/words.h"

namespace linli::api {

inline boost::json::array wrong_json(const std::vector<WrongCell>& wrong, Language language) {
  boost::json::array out;
  for (const WrongCell& cell : wrong) {
    const Words words = linli::words(cell.error, language);
    out.push_back(boost::json::object{{"line", cell.line},
                                      {"column", cell.column},
                                      {"code", name(cell.error.code)},
                                      {"text", words.text},
                                      {"remedy", words.remedy}});
  }
  return out;
}

}  // namespace linli::api
