#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoria/tasks/tagging.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// The pieces of a sentence, without special tokens.
struct WordPieces {
  std::vector<std::int32_t> ids;
  std::vector<std::size_t> first_pieces;  ///< of each word that has any
};

/// The pieces of words, and the numbers of the words that have any.
struct WordsInPieces {
  WordPieces pieces;
  std::vector<std::size_t> numbers;
};
WordsInPieces split_words(const Tokenizer& tokenizer, std::span<const std::string> words);

/// Pieces [begin, end) of a sentence, read at once.
struct PieceWindow {
  std::size_t begin = 0, end = 0;
  std::size_t length() const { return end - begin; }
};

/// Windows of at most `room` pieces that begin at a word, `stride` pieces after the one before or at the next word.
/// The last has the end of the sentence; one window of nothing for no pieces.
std::vector<PieceWindow> word_windows(const WordPieces& pieces, std::size_t room, std::size_t stride);

/// The same by the options, in texts of max_length tokens.
std::vector<PieceWindow> word_windows(const WordPieces& pieces, const TagWindows& options, std::size_t max_length);
/// [CLS] pieces [SEP].
Encoding window_text(const Tokenizer& tokenizer, const WordPieces& pieces, const PieceWindow& window);

/// The window where a piece has most context, by the rule of run_squad.py: the largest of
///
///     min(pieces to its left, pieces to its right) + 0.01 * length of the window
///
/// and of equal ones the first. The piece must be in one of them.
std::size_t window_of_most_context(std::span<const PieceWindow> windows, std::size_t piece);

}  // namespace scoria
