#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace scoria {

/// Why a line of JSON does not serve.
struct BadJsonRow {
  std::string why;
};

/// A line's object, strictly read (io/json.h). Throws BadJsonRow, as the next two do.
nlohmann::json parse_object(std::string_view line);

/// A member that is a string.
const std::string& string_member(const nlohmann::json& object, const std::string& name);

/// A member that is a list of strings.
std::vector<std::string> strings_member(const nlohmann::json& object, const std::string& name);

}  // namespace scoria
