// What users, files and networks do wrong is a value: a code, where it stands, its arguments.
// The words and the remedy stand in data/messages/{zh,en}.toml under the code (base/words.h).
// Exceptions are for bugs and lost resources and end at one place per request.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace linli {

enum class Errc {
#define LINLI_ERROR(name, http_status) name,
#include "base/errors.def"
#undef LINLI_ERROR
};

// "unknown_group": stable, part of the API. Callers branch on it; its words may change.
std::string_view name(Errc code);
std::optional<Errc> parse_errc(std::string_view name);
// The one table that turns codes into HTTP answers.
int http_status(Errc code);

struct Where {
  std::string place;  // file, table, setting, request: whatever the reader can find
  long line = 0;      // 1-based; 0: not a line
  std::string field;  // member, column or parameter

  static Where at(std::string place, long line = 0, std::string field = {}) {
    return {std::move(place), line, std::move(field)};
  }
  static Where at_field(std::string field) { return {{}, 0, std::move(field)}; }
};

// Arguments of the words, by name. Never personal data: errors are logged.
using Args = std::vector<std::pair<std::string, std::string>>;

struct Error {
  Errc code;
  Where where;
  Args args;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, Where where = {}, Args args = {}) {
  return tl::unexpected<Error>(Error{code, std::move(where), std::move(args)});
}

}  // namespace linli

// Returns the error of a Result<...> expression from the enclosing function.
#define LINLI_TRY(expression)                                      \
  do {                                                             \
    if (auto&& linli_try_result = (expression); !linli_try_result) \
      return tl::unexpected(std::move(linli_try_result).error());  \
  } while (false)
