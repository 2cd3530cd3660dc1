#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "scoria/tasks/answering.h"
#include "tasks/word_windows.h"

namespace scoria {

/// Throws Error (Usage) for options out of range.
void check_answer_options(const AnswerOptions& options);

/// [CLS] question [SEP] part of the context [SEP].
struct ReadingWindow {
  Encoding text;
  std::size_t first = 0;  ///< of the context's tokens in the text
  PieceWindow part;       ///< which of the context's pieces they are
};

/// Windows as run_squad.py cuts them.
std::vector<ReadingWindow> reading_windows(const Tokenizer& tokenizer, const ReadingQuestion& question,
                                           const AnswerOptions& options, std::int64_t max_length);

/// The answer that the windows' logits [2, n] tell; offsets are into the context.
ReadAnswer best_answer(std::span<const ReadingWindow> windows, std::span<const Tensor> logits, std::string_view context,
                       const AnswerOptions& options);

}  // namespace scoria
