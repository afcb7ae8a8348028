// Reads JSON bodies member by member. The first thing that is wrong is kept; ask error() when all was read.
//   Input in(call.request);
//   const auto name = in.text("name", 1, 64);
//   if (auto wrong = in.finish()) return call.fail(*wrong);
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "base/local_time.h"
#include "base/result.h"

namespace linli::api {

// Of the query; not there: false, none. Error: bad_value.
Result<bool> flag(const Request& request, std::string_view name);
Result<std::optional<Day>> day(const Request& request, std::string_view name);
// If-Match: the number that the person saw. Any version ("*") is no answer to "what did you see". Errors:
// precondition_required, stale.
Result<int> seen_revision(const Request& request);

class Input {
 public:
  // Errors: bad_json, unsupported_media_type.
  explicit Input(const Request& request);

  bool has(std::string_view member) const;                                       // there, and not null
  bool says(std::string_view member) const { return object_.contains(member); }  // there, be it null
  // Lengths in characters. Needed ones that are not there: missing_field.
  std::string text(std::string_view member, std::size_t least, std::size_t most);
  std::optional<std::string> optional_text(std::string_view member, std::size_t least, std::size_t most);
  std::optional<bool> optional_bool(std::string_view member);
  std::optional<double> optional_number(std::string_view member, double least, double most);
  std::optional<Instant> optional_time(std::string_view member);
  std::vector<std::string> texts(std::string_view member, std::size_t count, std::size_t least, std::size_t most);

  // Objects within: read each like a body and give it back to finish() for its errors ("days[2].kind").
  std::vector<Input> objects(std::string_view member, std::size_t most);
  std::optional<Input> object(std::string_view member);
  void finish(Input& within);

  void wrong(Errc code, std::string_view field, Args args = {});
  // What was wrong, if anything; members that nobody asked for are wrong too.
  std::optional<Error> finish();

 private:
  Input(boost::json::object object, std::string within) : object_(std::move(object)), within_(std::move(within)) {}
  const boost::json::value* find(std::string_view member);
  std::string checked(const boost::json::value& value, std::string_view member, std::size_t least, std::size_t most);

  boost::json::object object_;
  std::string within_;  // "days[2]."
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> error_;
};

}  // namespace linli::api
