#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scoria/train/trainer.h"

namespace scoria {

/// Throws Error (Input) where the vocabulary has more tokens than the model.
void check_vocabulary_size(const TrainerOptions& options, const Tokenizer& tokenizer);

/// Throws Error (Memory) where the estimate passes what the device has free.
void check_memory(const Device& device, const TrainerOptions& options, const BertBatchShape& shape);
[[noreturn]] void throw_memory_error(const Device& device, const TrainerOptions& options, const BertBatchShape& shape);

/// Everything that the bits of a run depend on, by name; the longest of the shapes of passes is the last. The plan
/// stands as a number that changes with it.
nlohmann::json run_settings(const TrainerOptions& options, const std::vector<BertBatchShape>& shapes,
                            const Device& device, const std::string& plan_text);
/// "batch: 32 then, 16 now" for each difference.
std::vector<std::string> changed_settings(const nlohmann::json& then, const nlohmann::json& now);

}  // namespace scoria
