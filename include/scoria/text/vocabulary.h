#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoria/text/wordpiece.h"

namespace scoria {

struct VocabularyOptions {
  /// Tokens in all, specials included.
  std::int32_t size = 30522;
  /// A pair seen less often is not merged; the vocabulary may then come out smaller.
  std::int64_t min_frequency = 2;
  /// At most so many different characters, the most frequent (ties: the lower code point), become tokens.
  /// Characters beyond it encode to [UNK].
  std::int32_t alphabet_limit = 1000;
  /// How text is cut into words: use the same for the tokenizer.
  TextOptions text = {};
  /// 0: every core. The result is the same for any number.
  int thread_count = 0;
};

/// Learns a WordPiece vocabulary from text.
///
///     VocabularyTrainer trainer({.size = 8192});
///     trainer.add("some text"); trainer.add("more text");
///     WordPiece tokenizer(trainer.train());
///
/// The merges of byte-pair encoding over words, as Hugging Face's WordPieceTrainer makes them, with everything
/// that is left to chance there decided: words are taken in the order of their UTF-8 bytes.
///
///   0..4      [PAD] [UNK] [CLS] [SEP] [MASK]
///   then      the alphabet, by code point
///   then      "##c" for each character c seen inside a word, in order of first sight
///   then      the merges: always the most frequent pair of adjacent pieces, ties to the pair of smaller ids
///             (first the left, then the right), until size is reached or no pair occurs min_frequency times
///
/// Time and memory go with the number of different words, not with the text; text is counted at about the
/// tokenizer's speed by each thread.
class VocabularyTrainer {
 public:
  explicit VocabularyTrainer(const VocabularyOptions& options = {});
  ~VocabularyTrainer();
  VocabularyTrainer(VocabularyTrainer&&) noexcept;
  VocabularyTrainer& operator=(VocabularyTrainer&&) noexcept;

  /// Counts the words of a text of any length. Text that is not UTF-8 counts as U+FFFD and is dropped.
  void add(std::string_view text);

  /// The tokens in order of their ids, ready for WordPiece. Throws Error (Input) if no words were added and
  /// Error (Usage), naming the least size that would do, if the alphabet alone does not fit.
  std::vector<std::string> train();

  /// Words counted so far, with their numbers, sorted by their bytes.
  std::vector<std::pair<std::string, std::int64_t>> word_counts();

 private:
  struct Counter;
  VocabularyOptions options_;
  std::unique_ptr<Counter> counter_;
};

/// The same from words already counted. Words need not be sorted, but each may be there only once.
std::vector<std::string> train_vocabulary(std::vector<std::pair<std::string, std::int64_t>> word_counts,
                                          const VocabularyOptions& options = {});

}  // namespace scoria
