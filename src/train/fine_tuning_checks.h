#pragma once

#include <vector>

#include "scoria/train/fine_tuner.h"

namespace scoria {

/// What FineTuner refuses: throws Error as it says.
void check_fine_tuning(const BertModel& model, const Tokenizer& tokenizer, const std::vector<TaskExample>& examples,
                       const FineTunerOptions& options);

}  // namespace scoria
