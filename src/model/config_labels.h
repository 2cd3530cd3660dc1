#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// Takes id2label, label2id and num_labels out of the fields of a config.json and gives the names by index.
///
/// id2label counts: {"0": "no", "1": "yes"}, every number from 0 on once, in any order; a name may be a number or true,
/// which scripts write that never gave names. Without it label2id, which must be its reverse; without both num_labels
/// of LABEL_0, LABEL_1, ... Empty where nothing is said. What disagrees with id2label is told in the log.
/// Throws Error (Input) naming the key.
std::vector<std::string> take_labels(nlohmann::json& fields, std::string_view where);

/// Writes id2label and label2id.
void write_labels(const std::vector<std::string>& labels, nlohmann::json& fields);

}  // namespace scoria
