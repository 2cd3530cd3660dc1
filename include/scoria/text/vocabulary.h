#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoria/text/tokenizer.h"

namespace scoria {

/// How a vocabulary is learned from words and their numbers. Each begins with [PAD] [UNK] [CLS] [SEP] [MASK], ids
/// 0 to 4, and the alphabet by code point; nothing is left to chance.
enum class VocabularyAlgorithm {
  /// The merges of byte-pair encoding over words, as Hugging Face's WordPieceTrainer makes them. That one takes
  /// words in the order of a hash map, which differs from run to run; here it is the order of their bytes.
  ///
  ///   then   "##c" for each character c seen inside a word, in order of first sight
  ///   then   the merges: always the most frequent pair of adjacent pieces, ties to the pair of smaller ids (first
  ///          the left, then the right), until `size` is reached or no pair occurs min_frequency times
  Bpe,
  /// The same, but for the choice of the pair: the one for which
  ///
  ///   count(left right) / (count(left) * count(right))
  ///
  /// is largest, in double; ties as above. It stands for what the merge adds to the likelihood of the text. Pieces that
  /// always come together are joined first, however rare, so everything hangs on min_frequency: take the highest that
  /// fills the size. Source: Schuster and Nakajima 2012, "Japanese and Korean voice search", in the form in which
  /// Hugging Face's course gives it.
  Likelihood,
  /// From whole words downwards: the learner of tensorflow/text, wordpiece_tokenizer_learner_lib.py.
  ///
  /// Four rounds. The first takes every suffix of every word, the others those that start where a piece of the
  /// vocabulary of the round before does; kept are those that occur a threshold's times, and all characters. The
  /// threshold is searched for by halving, from min_frequency up, until the vocabulary fills at least 95 % of
  /// `size`. The guide to that library takes substrings for suffixes, and lessens the count of a prefix by that
  /// of what was kept only; its code, followed here, lessens it by all, after which nothing but suffixes is left.
  ///
  ///   then   pieces by count, the most frequent first, ties by code points; "##c" for every character among them
  ///
  /// Differs in one point: where that search ends above `size`, the largest vocabulary that it met and that fits
  /// is taken. Words of more than 50 characters, and with characters beyond the alphabet, are left out.
  TopDown,
};

struct VocabularyOptions {
  /// Tokens in all, specials included; never exceeded.
  std::int32_t size = 30522;
  /// A pair (TopDown: a piece) seen less often is not made a token; the vocabulary may then come out smaller.
  /// Unset: 2, as in Hugging Face's BertWordPieceTokenizer; for TopDown 10, as in tensorflow/text.
  std::optional<std::int64_t> min_frequency = {};
  /// At most so many different characters, the most frequent (ties: the lower code point), become tokens.
  /// Words with characters beyond it encode to [UNK].
  std::int32_t alphabet_limit = 1000;
  /// How text is cut into words: use the same for the tokenizer.
  TextOptions text = {};
  /// 0: host_threads(). The result is the same for any number.
  int thread_count = 0;
  VocabularyAlgorithm algorithm = VocabularyAlgorithm::Bpe;
  /// At most so many different words, the most frequent (ties: the first by bytes), are learned from.
  std::int64_t word_limit = 2'000'000;
  /// Memory for counting, all threads together, at least 64 MiB each. When words need more, sorted counts go to a file
  /// without a name in the folder for temporary files (TMPDIR), which is gone with the process; the result is the same.
  std::size_t counting_bytes = std::size_t{256} << 20;
};

/// Words and how often each occurs.
using WordCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// Learns a WordPiece vocabulary from text.
///
///     VocabularyTrainer trainer({.size = 8192});
///     trainer.add("some text"); trainer.add("more text");
///     Tokenizer tokenizer(trainer.train());
///
/// The same text gives the same tokens, in whatever order and parts it is added and for any number of threads.
/// Words of more than 998 bytes are left out: no token may have more than 1000.
///
/// Cost: one pass that counts words, at about the tokenizer's speed a thread; all else goes with the number of
/// different words. Memory does not grow with the text: counting_bytes and, a thread, 4 MiB and the longest line; then
/// 350 bytes a word (TopDown 550) of eight letters, of word_limit words at most.
class VocabularyTrainer {
 public:
  explicit VocabularyTrainer(const VocabularyOptions& options = {});
  ~VocabularyTrainer();
  VocabularyTrainer(VocabularyTrainer&&) noexcept;
  VocabularyTrainer& operator=(VocabularyTrainer&&) noexcept;

  /// Counts the words of a text of any length. Text that is not UTF-8 counts as U+FFFD and is dropped.
  /// Throws Error (Io) if counts have to go to a temporary file and cannot be written.
  void add(std::string_view text);

  /// The tokens in order of their ids, ready for Tokenizer. Throws Error (Input) if no words were added and
  /// Error (Usage), naming the least size that would do, if the alphabet alone does not fit.
  std::vector<std::string> train();

  /// Words counted so far, with their numbers, sorted by their bytes: word_limit at most.
  WordCounts word_counts();
  /// How many different words the newest word_counts() or train() left out for word_limit.
  std::int64_t words_left_out() const;

 private:
  struct Counter;
  VocabularyOptions options_;
  std::unique_ptr<Counter> counter_;
};

/// The same from words already counted. Words need not be sorted, but each may be there only once, at least one
/// time: Error (Usage) otherwise.
std::vector<std::string> train_vocabulary(WordCounts word_counts, const VocabularyOptions& options = {});

/// What a vocabulary does to the words that were counted. Every use of a word counts.
struct VocabularyReport {
  std::int64_t words = 0;
  std::int64_t different_words = 0;
  /// Part of the characters that are in the alphabet of the vocabulary.
  double character_coverage = 0;
  /// Part of the words that are [UNK].
  double unknown_rate = 0;
  /// Part of the words that are one token.
  double whole_word_rate = 0;
  double tokens_per_word = 0;
  /// Tokens, specials aside, that the text does not use: for the most part what larger merges were made of.
  std::int64_t unused_tokens = 0;
  struct Piece {
    std::string token;
    std::int64_t count;
  };
  /// Most characters first, ties to the lower id.
  std::vector<Piece> longest;
  /// Fewest uses first, ties to the higher id; specials aside.
  std::vector<Piece> rarest;
};

/// `shown` is the length of each list. Words longer than the tokenizer takes are [UNK], as when it encodes.
VocabularyReport report_vocabulary(const Tokenizer& tokenizer, const WordCounts& word_counts, std::size_t shown = 10);

}  // namespace scoria
