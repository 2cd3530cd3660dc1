#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/metrics/entities.h"
#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// Sentences longer than the model are read in windows that begin at a word; each word is tagged in the window where it
/// has most context: the most tokens on its shorter side, then the longest window, then the first. Lengths in tokens.
struct TagWindows {
  std::int64_t max_length = 0;  ///< [CLS] and [SEP] count; 0, and at most: max_position_embeddings
  /// From the first token of a window to the first of the next, rounded up to a word; 0: half of max_length.
  std::int64_t stride = 0;
};

struct WordTag {
  std::int32_t label = -1;  ///< of the word's first piece; -1: nothing is left of the word after clean-up
  float probability = 0;    ///< of that label
};

/// The label of every word of each sentence, by a BertForTokenClassification. A word may be anything, also "don't":
/// it is its first piece that is tagged. Throws Error (Usage) for another head.
std::vector<std::vector<WordTag>> tag_words(BertRunner& runner, const Tokenizer& tokenizer,
                                            std::span<const std::vector<std::string>> sentences,
                                            const TagWindows& windows = {});

/// A raw text cut into words at spaces and around punctuation, as BERT does, and each word's label.
struct TaggedText {
  std::vector<TokenSpan> words;  ///< bytes of the raw text
  std::vector<WordTag> tags;     ///< one a word, never -1
};
std::vector<TaggedText> tag_texts(BertRunner& runner, const Tokenizer& tokenizer,
                                  std::span<const std::string_view> texts, const TagWindows& windows = {});

struct EntitySpan : Entity {
  float probability = 0;  ///< the mean of its words'
  friend bool operator==(const EntitySpan&, const EntitySpan&) = default;
};

/// The entities of a sentence, as entities_of reads its tags (metrics/entities.h). A label without a prefix is a type,
/// and words of it that follow each other are one entity; a word of label -1 is O.
/// names[label] as in config.json; missing ones are LABEL_1 and so on.
std::vector<EntitySpan> entity_spans(std::span<const WordTag> tags, std::span<const std::string> names);

}  // namespace scoria
