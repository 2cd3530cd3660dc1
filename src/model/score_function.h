#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "scoria/model/bert.h"

namespace scoria {

/// The function of a path as sentence-transformers writes it: "torch.nn.modules.activation.Sigmoid", the last word of
/// it counts. Throws Error (Input) for another than Identity, Sigmoid, Softmax, Tanh.
ScoreFunction score_function_of(const nlohmann::json& path, std::string_view where);

/// Takes what a config.json says of a cross-encoder's scores out of its fields: sentence_transformers' activation_fn,
/// or sbert_ce_default_activation_function as before its version 4. None: it says nothing.
std::optional<ScoreFunction> take_score_function(nlohmann::json& fields, std::string_view where);

/// Writes it as sentence-transformers does since version 4.
void write_score_function(const std::optional<ScoreFunction>& function, nlohmann::json& fields);

}  // namespace scoria
