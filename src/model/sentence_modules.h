#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scoria/model/sentence_pipeline.h"

namespace scoria {

/// The names of the activations that a Dense may have, and what each computes.
bool is_dense_activation(std::string_view name);
std::string dense_activations();

/// Of the module's vectors, for vectors of this width. Throws Error (Input) where it expects another.
std::int64_t width_after(const SentenceModule& module, std::int64_t width);
/// [rows, width] -> [rows, width_after(module, width)]
Tensor apply_module(const SentenceModule& module, const Tensor& vectors);
/// "Dense 768 to 256 with Tanh"
std::string to_string(const SentenceModule& module);

/// Each row to length 1; one of zeros stays.
void normalize_rows(Tensor& vectors);

}  // namespace scoria
