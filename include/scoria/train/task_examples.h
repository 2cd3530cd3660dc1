#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"
#include "scoria/text/wordpiece.h"

namespace scoria {

/// One sequence to fine-tune on, encoded and not padded, and what the head learns from it.
struct TaskExample {
  std::vector<std::int32_t> ids, segments;
  /// Of a text its class, one; of words a tag for each token, -1 where there is none to learn; of an answer the places
  /// of its first and last token, [CLS] twice if it is not here. Empty where a score is learned.
  std::vector<std::int32_t> labels;
  float score = 0;
};

/// How texts longer than a model are cut. Lengths are in tokens, [CLS] and [SEP] count.
struct ExampleWindows {
  std::int64_t max_length = 128;
  /// False cuts off the end (of a pair: of the longer one), true makes further examples of it with the same label.
  bool windows = false;
  /// From the first token of a window to the first of the next.
  std::int64_t stride = 64;
};

/// [CLS] text [SEP], or [CLS] first [SEP] second [SEP]; of a pair the second is cut into windows. Label ids as
/// label_ids gives them, or scores as label_scores does; one a row.
std::vector<TaskExample> text_examples(const WordPiece& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const std::int32_t> labels, const ExampleWindows& windows = {});
std::vector<TaskExample> text_examples(const WordPiece& tokenizer, const std::vector<LabelledText>& rows,
                                       std::span<const float> scores, const ExampleWindows& windows = {});

/// Sentences of words with tags: the first piece of a word carries its tag, the others none. A sentence longer than
/// max_length goes on in windows that begin at a word; each word is learned once, in the first window that has it.
///   tags  ids of each sentence's words, as tag_ids gives them
/// With `all_pieces` the other pieces carry it too, B- as the I- of its type where `names` has one.
/// Source: run_ner.py of transformers.
std::vector<TaskExample> tagging_examples(const WordPiece& tokenizer, const std::vector<TaggedSentence>& sentences,
                                          const std::vector<std::vector<std::int32_t>>& tags,
                                          const std::vector<std::string>& names, const ExampleWindows& windows = {},
                                          bool all_pieces = false);

/// [CLS] question [SEP] window of the context [SEP], as run_squad.py cuts it: a window begins `stride` tokens after the
/// one before it, until one has the end. The answer is the first that has a place; a window that does not hold all of
/// it answers [CLS], as does every window of an impossible question. Other questions without a placed answer are left
/// out.
///   max_question  tokens of the question that are read
std::vector<TaskExample> answer_examples(const WordPiece& tokenizer, const std::vector<ReadingQuestion>& questions,
                                         const ExampleWindows& windows = {.max_length = 384,
                                                                          .windows = true,
                                                                          .stride = 128},
                                         std::int64_t max_question = 64);

/// Weights that make classes count alike: count of all / (classes * count of the class), 0 for a class without examples
/// (scikit-learn's "balanced"). Labels outside 0 .. classes - 1 do not count.
std::vector<float> balanced_class_weights(const std::vector<TaskExample>& examples, std::int64_t classes);

}  // namespace scoria
