// The part of JSON Schema that linli asks models for: type, enum, const-free objects with required, properties and
// additionalProperties: false, arrays with items, minItems, maxItems, texts with minLength, maxLength (code points), numbers
// with minimum, maximum. Nothing else ($ref, pattern, oneOf …): servers differ there too. A schema that says something else
// is a bug and is told by unknown_word().
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>

namespace linli::assist {

// What is wrong first, in words that a model can mend it by: "urgency: 7 is more than 4"; none: it fits.
std::optional<std::string> misfit(const boost::json::value& value, const boost::json::value& schema);

// A word of the schema that misfit() does not know.
std::optional<std::string> unknown_word(const boost::json::value& schema);

}  // namespace linli::assist
