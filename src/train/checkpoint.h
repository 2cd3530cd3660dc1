#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scoria/model/parameters.h"
#include "scoria/tensor.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// Everything a run needs to go on: what checkpoint-STEP/ holds beside the tokenizer.
struct CheckpointContents {
  std::int64_t step = 0;
  std::uint64_t sequences_done = 0;  ///< the position in the data
  double epoch = 0;
  std::array<std::uint32_t, 2> skipped_steps{};  ///< in all, and the last ones in a row
  Tensor parameters, adam_m, adam_v;             ///< [N] of one layout
  nlohmann::json settings;                       ///< what a bit-exact continuation depends on
  std::vector<nlohmann::json> log_tail;
};

/// Writes `out`/checkpoint-STEP and removes all but the newest `keep` (never the one just written).
std::filesystem::path write_checkpoint(const std::filesystem::path& out, const CheckpointContents& contents,
                                       const ParameterLayout& layout, const std::string& config_json,
                                       const Tokenizer& tokenizer, std::int64_t max_positions, int keep);

/// Reads a checkpoint whose files are whole. Throws Error (Input) where it does not fit the layout or the vocabulary.
CheckpointContents read_checkpoint(const std::filesystem::path& folder, const ParameterLayout& layout,
                                   const Tokenizer& tokenizer);

/// The model's files as Hugging Face names them, each replaced whole, into a folder that exists.
void write_model_files(const std::filesystem::path& folder, const ParameterLayout& layout, const Tensor& parameters,
                       const std::string& config_json);
void write_tokenizer_files(const std::filesystem::path& folder, const Tokenizer& tokenizer, std::int64_t max_positions);

}  // namespace scoria
