#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/text/tokenizer.h"
#include "text/unicode.h"

namespace scoria {

/// Cuts raw text into normalized words, left to right, with the raw bytes that each came from.
///
/// Nearly all words of most texts are runs of ASCII letters. Those are handed out where they lie in the raw
/// text, and the reader lower-cases them through fold(); only a run that holds other bytes is rewritten. A run
/// ends at an ASCII space or ASCII punctuation, across which normalization never looks.
class WordSplitter {
 public:
  struct Word {
    std::string_view bytes;
    /// Raw source of bytes[i], or nullptr: then it is raw byte begin + i and still wants fold().
    const TokenSpan* sources = nullptr;
    std::uint32_t begin = 0;

    TokenSpan source(std::size_t first, std::size_t last) const {
      if (sources) return {sources[first].begin, sources[last - 1].end};
      return {static_cast<std::uint32_t>(begin + first), static_cast<std::uint32_t>(begin + last)};
    }
  };

  explicit WordSplitter(const TextOptions& options);

  /// Starts on text[from, to); the text must outlive the calls of next(). Sources count from text[0].
  void start(std::string_view text, std::size_t from, std::size_t to);
  /// False at the end. The word is valid until the next call.
  bool next(Word& word);
  /// All of text[from, to) normalized, not cut into words: spaces stay, ideographs have theirs.
  NormalizedWord flatten(std::string_view text, std::size_t from, std::size_t to);

  /// Lower case of ASCII where lower-casing is on; other bytes unchanged.
  const std::array<unsigned char, 256>& fold() const { return fold_; }

 private:
  enum Kind : std::uint8_t { kLetter, kSpace, kPunctuation, kComplex };

  void rewrite(std::size_t from, std::size_t to);
  void add_code_point(char32_t c, std::uint8_t flags, std::size_t at, TokenSpan source);
  void add_lowered(char32_t c, std::size_t at, TokenSpan source);
  void add_decomposed(char32_t c, TokenSpan source);
  void flush_reordered();
  void add_normalized(char32_t c, TokenSpan source);
  void end_word();
  void add_space(TokenSpan source);
  bool is_final_sigma(std::size_t at) const;

  struct Placed {
    char32_t value;
    int combining_class;
    bool is_mark;  ///< orders the others, then is dropped
    bool is_made;  ///< by decomposition of the one before
  };
  struct Slice {
    std::size_t begin, end;
  };

  bool lower_, strip_, ideographs_, clean_, google_;
  const unicode::FlagTable& flags_;
  std::array<std::uint8_t, 256> kind_;
  std::array<unsigned char, 256> fold_;

  std::string_view text_;
  std::size_t at_ = 0, end_ = 0, begin_ = 0;
  bool flat_ = false;  // all of a text is one run, not cut
  // The rewritten run: words_ are slices of bytes_, sources_ runs beside bytes_.
  std::string bytes_;
  std::vector<TokenSpan> sources_;
  std::vector<Slice> words_;
  std::size_t next_word_ = 0, word_begin_ = 0;
  std::vector<Placed> reorder_;
  std::vector<TokenSpan> reorder_sources_;
  bool reorder_stays_ = false;  // reorder_ holds more than marks
  TokenSpan source_;
};

}  // namespace scoria
