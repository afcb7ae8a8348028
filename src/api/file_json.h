// Files of cases as the contract shapes them (docs/openapi.yaml: CaseFile).
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "cases/files.h"

namespace linli::api {

boost::json::object file_json(const CaseFile& file);

// filename*= of RFC 8187 (attachments.cpp).
std::string disposition_name(std::string_view name);

}  // namespace linli::api
