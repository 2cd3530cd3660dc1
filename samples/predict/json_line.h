#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "requests.h"
#include "scoria/text/encoding.h"
#include "support/shortest.h"

/// An object that begins with the request's id, if it has one.
inline nlohmann::ordered_json json_of(const Request& request) {
  auto object = nlohmann::ordered_json::object();
  if (!request.id.is_null()) object["id"] = request.id;
  return object;
}

/// One line; bytes that are not UTF-8 become U+FFFD.
inline std::string to_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}
