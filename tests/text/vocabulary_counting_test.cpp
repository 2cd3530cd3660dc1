#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "scoria/text/vocabulary.h"

using namespace scoria;

namespace {

/// The number in letters, all of the same length.
std::string word_of(std::uint32_t number) {
  std::string word;
  for (int i = 0; i < 7; ++i, number /= 26) word += static_cast<char>('a' + number % 26);
  return word;
}

WordCounts count(const std::vector<std::string>& texts, const VocabularyOptions& options) {
  VocabularyTrainer trainer(options);
  for (const std::string& text : texts) trainer.add(text);
  return trainer.word_counts();
}

}  // namespace

TEST_CASE("counts that do not fit into the memory allowed come out the same") {
  // A table goes to the file when it has 2^18 words.
  std::vector<std::string> texts;
  for (std::uint32_t start = 0; start < 600000; start += 60000) {
    std::string& text = texts.emplace_back();
    for (std::uint32_t i = 0; i < 60000; ++i) text += word_of(start + i) + " common " + word_of(i % 100) + "\n";
  }
  const WordCounts expected = count(texts, {.thread_count = 1});
  REQUIRE(expected.size() == 600001);
  REQUIRE(std::is_sorted(expected.begin(), expected.end()));
  for (const int threads : {1, 2}) CHECK(count(texts, {.thread_count = threads, .counting_bytes = 1}) == expected);
}

TEST_CASE("of too many words the most frequent are kept, of equals the first by bytes") {
  const std::string text = "d d d c b a a e";
  CHECK(count({text}, {.word_limit = 3}) == WordCounts{{"a", 2}, {"b", 1}, {"d", 3}});
  CHECK(count({text}, {.word_limit = 1}) == WordCounts{{"d", 3}});
  CHECK(count({text}, {.word_limit = 5}).size() == 5);
}

TEST_CASE("words of more than 998 bytes are not counted") {
  CHECK(count({std::string(998, 'x') + " " + std::string(999, 'y')}, {}) == WordCounts{{std::string(998, 'x'), 1}});
}

TEST_CASE("the same vocabulary for any number of threads and any order of the texts, by each algorithm") {
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < 20; ++i) {
    std::string& text = texts.emplace_back();
    // 26^3 apart, so that beginnings and endings come again in different words.
    for (std::uint32_t j = 0; j < 20000; ++j)
      text += word_of((i * j) % 977 * 17576 + j % 131).substr(0, 3 + j % 5) + " ";
  }
  for (const auto algorithm :
       {VocabularyAlgorithm::Bpe, VocabularyAlgorithm::Likelihood, VocabularyAlgorithm::TopDown}) {
    std::vector<std::string> expected;
    for (const int threads : {1, 2, 5}) {
      VocabularyTrainer trainer({.size = 500, .thread_count = threads, .algorithm = algorithm});
      for (const std::string& text : texts) trainer.add(text);
      const std::vector<std::string> tokens = trainer.train();
      if (expected.empty()) expected = tokens;
      CHECK(tokens.size() > 300);
      CHECK(tokens == expected);
      std::reverse(texts.begin(), texts.end());
    }
  }
}
