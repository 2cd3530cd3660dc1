#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "error_message.h"
#include "scoria/text/vocabulary.h"

using namespace scoria;

namespace {

using Tokens = std::vector<std::string>;

Tokens last(const Tokens& tokens, std::size_t count) {
  return {tokens.end() - static_cast<std::ptrdiff_t>(count), tokens.end()};
}

VocabularyOptions likelihood(std::int32_t size, std::int64_t min_frequency) {
  return {.size = size, .min_frequency = min_frequency, .algorithm = VocabularyAlgorithm::Likelihood};
}

VocabularyOptions top_down(std::int32_t size, std::int64_t min_frequency) {
  return {.size = size, .min_frequency = min_frequency, .algorithm = VocabularyAlgorithm::TopDown};
}

}  // namespace

TEST_CASE("likelihood: pieces that always come together are merged before frequent ones") {
  const WordCounts words = {{"ab", 10}, {"ac", 10}, {"xy", 3}};
  // xy: 3 / (3 * 3). ab and ac: 10 / (20 * 10), a tie; once ab is merged, ac is 10 / (10 * 10).
  CHECK(last(train_vocabulary(words, likelihood(100, 1)), 3) == Tokens{"xy", "ab", "ac"});
  CHECK(last(train_vocabulary(words, {.size = 100}), 3) == Tokens{"ab", "ac", "xy"});
  CHECK(last(train_vocabulary(words, likelihood(100, 4)), 3) == Tokens{"##y", "ab", "ac"});
}

TEST_CASE("likelihood: a merge raises the score of the pairs that are left") {
  // ab 8/(12*8), ac 4/(12*6), dc 2/(4*6), de 2/(4*2). With de merged, d is there only before c: dc 2/(2*6) beats ab.
  const WordCounts words = {{"ab", 8}, {"ac", 4}, {"dc", 2}, {"de", 2}};
  CHECK(last(train_vocabulary(words, likelihood(100, 1)), 4) == Tokens{"de", "dc", "ab", "ac"});
}

TEST_CASE("likelihood: repeated pieces") {
  // aaaa: a ##a ##a ##a. (##a, ##a) is there twice, (a, ##a) once: 2/(3*3) against 1/(1*3).
  CHECK(last(train_vocabulary({{"aaaa", 1}}, likelihood(100, 1)), 3) == Tokens{"aa", "aaa", "aaaa"});
  CHECK(last(train_vocabulary({{"baaaa", 1}, {"b", 9}}, likelihood(100, 1)), 3) == Tokens{"##aa", "##aaaa", "baaaa"});
}

TEST_CASE("top-down: whole words, and endings that start where a piece does") {
  const WordCounts words = {{"making", 3}, {"talking", 6}, {"the", 20}, {"walking", 6}};
  // The first threshold is (3 + 20) / 2 = 11. ##king occurs 15 times, but only 3 of them where ##alking does not.
  const Tokens expected = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a",   "e",   "g",        "h",   "i",
                           "k",     "l",     "m",     "n",     "t",      "w",   "the", "##alking", "##a", "##e",
                           "##g",   "##h",   "##i",   "##k",   "##l",    "##m", "##n", "##t",      "##w"};
  CHECK(train_vocabulary(words, top_down(29, 3)) == expected);
}

TEST_CASE("top-down: the size is never exceeded") {
  const WordCounts words = {{"ab", 5}, {"cd", 5}};
  CHECK(train_vocabulary(words, top_down(15, 1)).size() == 15);
  // The only threshold there is gives 15 tokens, as the source would; 13 are the alphabet.
  CHECK(train_vocabulary(words, top_down(14, 1)).size() == 13);
  CHECK(
      has(error_message(ErrorKind::Usage, [&] { train_vocabulary(words, top_down(12, 1)); }), "13 tokens are needed"));
}

TEST_CASE("top-down: long words, and words with characters beyond the alphabet, are left out") {
  VocabularyOptions options = top_down(100, 1);
  options.alphabet_limit = 2;
  const Tokens tokens = train_vocabulary({{"ab", 9}, {"abc", 5}, {std::string(51, 'd'), 50}}, options);
  CHECK(Tokens(tokens.begin() + 5, tokens.end()) == Tokens{"a", "b", "ab", "##a", "##b"});
  CHECK(has(error_message(ErrorKind::Input,
                          [] {
                            train_vocabulary({{std::string(51, 'd'), 50}}, top_down(100, 1));
                          }),
            "50 characters or less"));
}

TEST_CASE("words that cannot be learned from are refused") {
  CHECK(has(error_message(ErrorKind::Usage,
                          [] {
                            train_vocabulary({{"ab", 1}, {"ab", 2}});
                          }),
            "\"ab\" is there twice"));
  CHECK(has(error_message(ErrorKind::Usage, [] { train_vocabulary({{"ab", 0}}); }), "counted 0 times"));
  CHECK(has(error_message(ErrorKind::Usage, [] { train_vocabulary({{"a\xFF", 1}}); }), "not valid UTF-8"));
  CHECK(has(error_message(ErrorKind::Usage, [] { VocabularyTrainer({.word_limit = 0}); }), "word_limit"));
  CHECK(has(error_message(ErrorKind::Usage, [] { VocabularyTrainer({.min_frequency = 0}); }), "min_frequency"));
}

TEST_CASE("a word too long for a token is not learned from") {
  const WordCounts words = {{"ab", 5}, {std::string(999, 'c'), 5}};
  for (const std::string& token : train_vocabulary(words, {.size = 2000})) REQUIRE(token.size() <= 3 + 4);
}

TEST_CASE("the report of a vocabulary") {
  const Tokenizer tokenizer(
      {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b", "ab", "##abb", "aaaa"});
  const VocabularyReport report =
      report_vocabulary(tokenizer, {{"ab", 5}, {"aab", 2}, {"bca", 2}, {std::string(101, 'a'), 1}}, 3);
  CHECK(report.words == 10);
  CHECK(report.different_words == 4);
  CHECK(report.character_coverage == doctest::Approx(1 - 2.0 / (10 + 6 + 6 + 101)));
  CHECK(report.unknown_rate == doctest::Approx(0.3));     // bca: no c; and the word of 101 characters
  CHECK(report.whole_word_rate == doctest::Approx(0.5));  // ab
  CHECK(report.tokens_per_word == doctest::Approx((5 * 1 + 2 * 3 + 3 * 1) / 10.0));
  CHECK(report.unused_tokens == 3);  // b, ##abb, aaaa
  REQUIRE(report.longest.size() == 3);
  CHECK(report.longest[0].token == "aaaa");
  CHECK(report.longest[1].token == "##abb");
  CHECK(report.longest[2].token == "ab");
  CHECK(report.longest[2].count == 5);
  REQUIRE(report.rarest.size() == 3);
  CHECK(report.rarest[0].token == "aaaa");
  CHECK(report.rarest[1].token == "##abb");
  CHECK(report.rarest[2].token == "b");
}
