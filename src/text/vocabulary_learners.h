#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/text/vocabulary.h"
#include "text/unicode.h"

namespace scoria {

/// Throws Error (Usage) for options that no text could meet.
void check_options(const VocabularyOptions& options);
std::int64_t min_frequency_of(const VocabularyOptions& options);
/// Throws Error (Usage) where `needed` tokens, all that must be there, are more than options.size.
void check_room(std::int64_t needed, const VocabularyOptions& options);

/// The characters that become tokens: the most frequent alphabet_limit, ties to the lower, sorted.
std::vector<char32_t> choose_alphabet(const WordCounts& words, std::int32_t limit);

/// The algorithms of VocabularyAlgorithm. Words are sorted by their bytes and not none; options have been checked.
/// Return the tokens by id.
std::vector<std::string> learn_by_merges(const WordCounts& words, const VocabularyOptions& options);
std::vector<std::string> learn_top_down(const WordCounts& words, const VocabularyOptions& options);

template <typename Visit>
void each_character(std::string_view word, Visit visit) {
  for (std::size_t at = 0; at < word.size();) {
    const auto [c, byte_count] = unicode::decode(word, at);
    visit(c);
    at += byte_count;
  }
}

inline std::string utf8_of(char32_t c) {
  std::string bytes;
  unicode::append_utf8(bytes, c);
  return bytes;
}

}  // namespace scoria
