#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace scoria {

struct JsonLimits {
  int max_depth = 32;
  std::uint64_t max_bytes = 64u << 20;
  std::uint64_t max_values = 4'000'000;
  bool last_key_counts = false;  ///< of equal keys in an object; refused otherwise
};

/// Parses strictly: RFC 8259, valid UTF-8, no duplicate key in an object, nothing after the value but white space,
/// nothing beyond the limits. `where` opens every message; a message ends with the byte at fault.
/// Throws Error (Input).
nlohmann::json parse_json(std::string_view text, std::string_view where, const JsonLimits& limits = {});

/// parse_json of a whole file.
nlohmann::json read_json(const std::filesystem::path& path, const JsonLimits& limits = {});

/// An object's member. Throws Error (Input) naming the key and the type expected where it is missing or of another
/// type; numbers must be integers within [low, high].
const nlohmann::json& json_member(const nlohmann::json& object, std::string_view key, std::string_view where);
std::int64_t json_integer(const nlohmann::json& object, std::string_view key, std::string_view where, std::int64_t low,
                          std::int64_t high);
std::string json_string(const nlohmann::json& object, std::string_view key, std::string_view where);

}  // namespace scoria
