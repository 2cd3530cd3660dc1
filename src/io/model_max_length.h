#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

namespace scoria {

/// The longest input that the object of a tokenizer_config.json speaks of, special tokens included: "model_max_length",
/// or "max_len", its name before. Nothing where there is no limit: transformers writes 1e30 for that.
/// Throws Error (Input) that names file and key for what is no number, or less than 1.
std::optional<std::int64_t> model_max_length(const nlohmann::json& fields, const std::filesystem::path& path);

}  // namespace scoria
