#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "scoria/error.h"
#include "text/vocabulary_learners.h"
#include "text/word_counter.h"
#include "text/tokenizer_model.h"

namespace scoria {
namespace {

// Words and their pieces are numbered in 32 bits.
constexpr std::int64_t kMaxWords = 50'000'000;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::Usage, "vocabulary: " + what); }

void check_words(const WordCounts& sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [word, count] = sorted[i];
    if (count < 1)
      refuse(fmt::format("\"{}\" is counted {} times; every word must be there at least once", word, count));
    if (!is_utf8(word)) refuse(fmt::format("word {} in the order of their bytes is not valid UTF-8", i + 1));
    if (i > 0 && sorted[i - 1].first == word) refuse(fmt::format("\"{}\" is there twice; add up its counts", word));
  }
}

}  // namespace

void check_options(const VocabularyOptions& options) {
  const auto check_positive = [](const char* name, std::int64_t value) {
    if (value < 1) refuse(fmt::format("{} must be positive, got {}", name, value));
  };
  check_positive("size", options.size);
  check_positive("min_frequency", min_frequency_of(options));
  check_positive("alphabet_limit", options.alphabet_limit);
  check_positive("word_limit", options.word_limit);
  if (options.word_limit > kMaxWords)
    refuse(fmt::format("word_limit must be at most {}, got {}", kMaxWords, options.word_limit));
}

std::int64_t min_frequency_of(const VocabularyOptions& options) {
  return options.min_frequency.value_or(options.algorithm == VocabularyAlgorithm::TopDown ? 10 : 2);
}

void check_room(std::int64_t needed, const VocabularyOptions& options) {
  if (needed <= options.size) return;
  refuse(
      fmt::format("a size of {0} has no room for the characters of the text: {1} tokens are needed before the first "
                  "longer piece. Ask for more than {1}, or lower the alphabet limit",
                  options.size, needed));
}

std::vector<char32_t> choose_alphabet(const WordCounts& words, std::int32_t limit) {
  std::unordered_map<char32_t, std::int64_t> counts;
  for (const auto& [word, count] : words) each_character(word, [&, n = count](char32_t c) { counts[c] += n; });
  std::vector<std::pair<char32_t, std::int64_t>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<char32_t> alphabet;
  for (std::size_t i = 0; i < std::min(ranked.size(), static_cast<std::size_t>(limit)); ++i)
    alphabet.push_back(ranked[i].first);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

std::vector<std::string> train_vocabulary(WordCounts words, const VocabularyOptions& options) {
  check_options(options);
  std::erase_if(words, [](const auto& word) { return word.first.size() > kMaxWordBytes; });
  if (words.empty())
    throw Error(ErrorKind::Input, "vocabulary: the text has no words; give a corpus with some letters in it");
  std::sort(words.begin(), words.end());
  check_words(words);
  return options.algorithm == VocabularyAlgorithm::TopDown ? learn_top_down(words, options)
                                                           : learn_by_merges(words, options);
}

}  // namespace scoria
