#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/data/task_files.h"

namespace scoria {

/// Labels of a text as a list holds them: names, or numbers as their digits (true and false are 1 and 0). Throws
/// BadJsonRow for anything else.
std::vector<std::string> label_list(const nlohmann::json& list);

/// Whether a table's field is a list, as Python prints it: ['a', 'b'] or [0, 1].
bool is_written_list(std::string_view field);
/// The labels in it. Throws BadJsonRow.
std::vector<std::string> written_label_list(std::string_view field);

/// Reads lists of 0 and 1, all of one length of at least two, as what they say of labels "0", "1" and so on; leaves
/// others, which name labels, as they are but for repetitions.
void settle_label_lists(std::vector<LabelledText>& rows);

}  // namespace scoria
