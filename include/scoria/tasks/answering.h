#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"
#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// The settings of run_squad.py, with its defaults.
struct AnswerOptions {
  std::int64_t max_length = 384;   ///< tokens of a window, or as many as the model has positions; special ones count
  std::int64_t stride = 128;       ///< from the first token of a window to the first of the next
  std::int64_t max_question = 64;  ///< tokens of the question that are read
  std::size_t best_count = 20;     ///< starts, ends and answers that are looked at
  std::int64_t max_answer = 30;    ///< tokens of an answer
  bool may_be_impossible = false;  ///< SQuAD v2.0: the context need not hold an answer
  /// No answer is chosen where null_odds is above it.
  double null_threshold = 0;
};

/// The same for windows of max_length tokens: where they are short, stride and max_question are at most half of them.
AnswerOptions answer_options_of(std::int64_t max_length);

/// Throws Error (Usage) where a question of max_question tokens leaves no room in a window for the context.
void check_room_for_context(const AnswerOptions& options);

struct AnswerCandidate {
  std::string text;       ///< as it stands in the context; empty: there is no answer
  TokenSpan place;        ///< its bytes in the context
  double score = 0;       ///< logit of its first token as the start plus logit of its last as the end
  float probability = 0;  ///< softmax of the scores over the candidates
};

struct ReadAnswer {
  /// best_count at most, the best first, no text twice; at least one.
  std::vector<AnswerCandidate> candidates;
  /// With may_be_impossible: the score of no answer, the least over the windows, less that of the best text. More than
  /// null_threshold: no answer.
  double null_odds = 0;
  std::string text;  ///< what is chosen
  TokenSpan place;
};

/// What each question's context answers, by a BertForQuestionAnswering.
///
/// A window is [CLS] question [SEP] part of the context [SEP]. Candidates are pairs of the best_count best starts and
/// ends of a window, both in the context, the end not before the start nor max_answer tokens after it, the start in the
/// window where it has most context: run_squad.py's rules, ties by its order.
///
/// The text is cut from the raw context, from the first byte of its first piece to the last of its last. run_squad.py
/// has no offsets: it joins the pieces, aligns them with whole words by characters, and where that fails gives the
/// whole words. The two differ only where it fails, at words whose normalization changes their length (accents, CJK).
///
/// Throws Error (Usage) for another head; Error (Input) for a question that leaves no room in a window for the context.
std::vector<ReadAnswer> answer(BertRunner& runner, const Tokenizer& tokenizer,
                               std::span<const ReadingQuestion> questions, const AnswerOptions& options = {});

}  // namespace scoria
