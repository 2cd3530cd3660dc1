#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"
#include "scoria/tasks/answering.h"
#include "scoria/tasks/sentences.h"
#include "scoria/tasks/tagging.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// One sequence to fine-tune on, encoded and not padded, and what the head learns from it. Long texts are cut by the
/// settings, and into the windows, that classify(), tag_words() and answer() read them by; a max_length must be given.
struct TaskExample {
  std::vector<std::int32_t> ids, segments;
  /// Of a text its class, one, or of independent labels 1 or 0 for each; of words a tag for each token, -1 where there
  /// is none to learn; of an answer the places of its first and last token, [CLS] twice if it is not here. Empty where
  /// a score is learned.
  std::vector<std::int32_t> labels;
  float score = 0;
};

/// [CLS] text [SEP], or [CLS] first [SEP] second [SEP]; each window of a text learns what the text does. Label ids as
/// label_ids gives them, or scores as label_scores does; one a row.
std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const std::int32_t> labels, const LongTexts& long_texts);
std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const float> scores, const LongTexts& long_texts);

/// The same where a text may have several of `label_count` labels, or none: those that hold, as label_sets gives them.
std::vector<TaskExample> text_examples(const Tokenizer& tokenizer, const std::vector<LabelledText>& rows,
                                       const std::vector<std::vector<std::int32_t>>& label_sets,
                                       std::size_t label_count, const LongTexts& long_texts);

/// Sentences of words with tags: the first piece of a word carries its tag, the others none. In a sentence of several
/// windows a word is learned once, where it has most context.
///   tags  ids of each sentence's words, as tag_ids gives them
/// With `all_pieces` the other pieces carry it too, B- as the I- of its type where `names` has one.
/// Source: run_ner.py of transformers.
std::vector<TaskExample> tagging_examples(const Tokenizer& tokenizer, const std::vector<TaggedSentence>& sentences,
                                          const std::vector<std::vector<std::int32_t>>& tags,
                                          const std::vector<std::string>& names, const TagWindows& windows,
                                          bool all_pieces = false);

/// [CLS] question [SEP] window of the context [SEP]. The answer is the first that has a place; a window that does not
/// hold all of it answers [CLS], as does every window of an impossible question. Other questions without a placed
/// answer are left out.
/// Source: run_squad.py of google-research/bert.
std::vector<TaskExample> answer_examples(const Tokenizer& tokenizer, const std::vector<ReadingQuestion>& questions,
                                         const AnswerOptions& options = {});

/// Weights that make classes count alike: count of all / (classes * count of the class), 0 for a class without examples
/// (scikit-learn's "balanced"). Labels outside 0 .. classes - 1 do not count.
std::vector<float> balanced_class_weights(const std::vector<TaskExample>& examples, std::int64_t classes);

/// Of independent labels: texts without a label over those with it, 1 for a label that no text has (PyTorch's advice
/// for pos_weight).
std::vector<float> balanced_label_weights(const std::vector<TaskExample>& examples, std::int64_t labels);

}  // namespace scoria
