#include "io/model_max_length.h"

#include <fmt/format.h>

#include "scoria/error.h"

namespace scoria {

std::optional<std::int64_t> model_max_length(const nlohmann::json& fields, const std::filesystem::path& path) {
  constexpr double kNoLimit = 1e9;
  for (const char* key : {"model_max_length", "max_len"}) {
    const auto value = fields.find(key);
    if (value == fields.end() || value->is_null()) continue;
    if (!value->is_number() || value->get<double>() < 1) {
      throw Error(ErrorKind::Input,
                  fmt::format("{}: \"{}\" must be a number of tokens, 1 or more, got {}", path.string(), key,
                              value->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace).substr(0, 80)));
    }
    if (value->get<double>() >= kNoLimit) return {};
    return static_cast<std::int64_t>(value->get<double>());
  }
  return {};
}

}  // namespace scoria
