#pragma once

#include <fmt/format.h>

#include <string>

#include "scoria/text/vocabulary.h"

/// What a vocabulary does to the text, in a line.
inline std::string summary_of(const scoria::VocabularyReport& report) {
  return fmt::format(
      "words: {}, {} different; {:.4f} % of the characters in the alphabet, {:.4f} % of the words [UNK], {:.2f} % one "
      "token, {:.4f} tokens a word; {} tokens are not used",
      report.words, report.different_words, 100 * report.character_coverage, 100 * report.unknown_rate,
      100 * report.whole_word_rate, report.tokens_per_word, report.unused_tokens);
}
