// What public routes answer (docs/openapi.yaml: PublicCase …), and what they ask first. Nothing personal stands in it: no
// name, number, flat, note or word of anybody; the exception is what the office answered to a report, on its own page.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "api/call.h"
#include "api/input.h"
#include "api/public_guard.h"
#include "cases/cases.h"
#include "cases/files.h"
#include "cases/links.h"

namespace linli::api {

boost::json::object public_case(const Call& call, const public_links::Standing& standing,
                                const std::vector<CaseEntry>& timeline, const std::vector<CaseFile>& files);
// The same with what it reads.
Result<boost::json::object> public_case(const Call& call, Tx& tx, const public_links::Standing& standing);

boost::json::object public_words(std::string_view key, std::string_view code, Language language);  // {code, text}
// The kind of matter; one that only named people hear of is not named.
boost::json::object public_matter(std::string_view category, Language language);
// The community at or above, else what stands there.
std::string office_of(const Call& call, std::string_view grid_path);
boost::json::object token_json(const Call& call, const std::string& token);

// {token} of the path, followed. Error: not_found, counted by address; too_many_requests.
Result<public_links::Standing> standing_of(const Call& call, Tx& tx);
// Keys of `files`.
std::vector<std::string> read_files(Input& in);

}  // namespace linli::api
