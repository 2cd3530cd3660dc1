#pragma once

#include <vector>

#include "data/task_files/task_input.h"

namespace scoria {

/// Reads a column file, as read_tagged_sentences says.
std::vector<TaggedSentence> read_column_sentences(TaskInput& input, const TaggedSentenceOptions& options,
                                                  TaskFileReport& report);

}  // namespace scoria
