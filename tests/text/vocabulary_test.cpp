#include "scoria/text/vocabulary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "error_message.h"

using namespace scoria;

namespace {

using Tokens = std::vector<std::string>;
using WordCounts = std::vector<std::pair<std::string, std::int64_t>>;

Tokens after(const Tokens& tokens, std::size_t count) {
  return {tokens.begin() + static_cast<std::ptrdiff_t>(count), tokens.end()};
}

/// Words of a language with few roots and endings, each with its own number of uses.
std::string invented_text(unsigned seed, int words) {
  static const Tokens kRoots = {"kal", "mor", "tis", "ven", "olu", "gra", "shen", "pir"};
  static const Tokens kEndings = {"a", "os", "ing", "ed", "ate", "", "isk", "\u00f6n"};
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < words; ++i) {
    for (unsigned roots = 1 + random() % 2; roots > 0; --roots) text += kRoots[random() % kRoots.size()];
    text += kEndings[random() % kEndings.size()];
    text += random() % 9 == 0 ? ". " : " ";
  }
  return text;
}

}  // namespace

TEST_CASE("specials, alphabet, continuations in order of first sight, merges") {
  // Sorted: bab, cab. b a b -> ##a ##b first seen in bab. The pair (##a, ##b) occurs 3 times.
  const Tokens tokens = train_vocabulary({{"cab", 1}, {"bab", 2}}, {.size = 12, .min_frequency = 1});
  CHECK(tokens == Tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "##a", "##b", "##ab", "bab"});
}

TEST_CASE("the words of Hugging Face's own example") {
  // Twice each: (a, ##r), (##r, ##e), (i, ##s). The first takes ##r away; (ar, ##e) has a larger left id than i.
  const WordCounts words = {{"roses", 1}, {"are", 2}, {"red", 1}, {"voilets", 1}, {"blue", 1},
                            {"is", 2},    {"big", 1}, {"and", 1}, {"so", 1}};
  const Tokens tokens = train_vocabulary(words, {.size = 1000, .min_frequency = 2});
  const auto first_merge = std::find_if(tokens.begin() + 5, tokens.end(), [](const std::string& token) {
    return token.size() > 1 && !(token.starts_with("##") && token.size() == 3);
  });
  CHECK(Tokens(first_merge, tokens.end()) == Tokens{"ar", "is", "are"});
}

TEST_CASE("ties go to the smaller left id, then the smaller right id") {
  // All pairs occur once. Ids: a 5, b 6, c 7, d 8, ##b 9, ##d 10, ##c 11 (words: ab, ad, bc).
  const Tokens tokens = train_vocabulary({{"ad", 1}, {"ab", 1}, {"bc", 1}}, {.size = 100, .min_frequency = 1});
  CHECK(after(tokens, 12) == Tokens{"ab", "ad", "bc"});
}

TEST_CASE("a pair seen less often than min_frequency is not merged") {
  const WordCounts words = {{"aa", 2}, {"bb", 3}};
  CHECK(after(train_vocabulary(words, {.size = 100, .min_frequency = 3}), 9) == Tokens{"bb"});
  CHECK(after(train_vocabulary(words, {.size = 100, .min_frequency = 4}), 9).empty());
}

TEST_CASE("the alphabet limit keeps the most frequent characters; the rest encode to [UNK]") {
  const Tokens tokens = train_vocabulary({{"aab", 5}, {"bc", 2}, {"dc", 2}}, {.size = 50, .alphabet_limit = 2});
  const Tokenizer tokenizer(tokens);
  CHECK(tokenizer.id("a").has_value());
  CHECK(tokenizer.id("b").has_value());
  CHECK_FALSE(tokenizer.id("c").has_value());
  CHECK(tokenizer.encode("dc", false).ids == std::vector<std::int32_t>{tokenizer.unk_id()});
}

TEST_CASE("a size with no room for the alphabet says what would do") {
  const std::string message = error_message(ErrorKind::Usage, [] { train_vocabulary({{"abc", 1}}, {.size = 9}); });
  CHECK(has(message, "a size of 9"));
  CHECK(has(message, "10 tokens are needed"));
  CHECK(train_vocabulary({{"abc", 1}}, {.size = 10}).size() == 10);
  CHECK(has(error_message(ErrorKind::Usage, [] { train_vocabulary({{"abc", 1}}, {.size = 0}); }), "must be positive"));
}

TEST_CASE("no words at all") {
  VocabularyTrainer trainer({.size = 100});
  trainer.add(" \n\t\x01");
  CHECK(has(error_message(ErrorKind::Input, [&] { trainer.train(); }), "no words"));
}

TEST_CASE("the same bytes for any number of threads and any division of the text") {
  std::vector<std::string> texts;
  for (unsigned i = 0; i < 60; ++i) texts.push_back(invented_text(i, 8000));
  Tokens expected;
  for (const int threads : {1, 2, 3, 8}) {
    VocabularyTrainer trainer({.size = 300, .thread_count = threads});
    for (const std::string& text : texts) trainer.add(text);
    const Tokens tokens = trainer.train();
    if (expected.empty()) expected = tokens;
    CHECK(tokens == expected);
  }
  VocabularyTrainer joined({.size = 300});
  std::string all;
  for (const std::string& text : texts) all += text + " ";
  joined.add(all);
  CHECK(joined.train() == expected);
}

TEST_CASE("every word of the text can be encoded with the vocabulary learned from it") {
  const std::string text = invented_text(1, 3000) + "\u4e2d\u6587 \ud55c\uad6d\uc5b4 \u00c9t\u00e9!";
  VocabularyTrainer trainer({.size = 400, .min_frequency = 1});
  trainer.add(text);
  const Tokenizer tokenizer(trainer.train());
  for (const std::int32_t id : tokenizer.encode(text, false).ids) REQUIRE(id != tokenizer.unk_id());
}

TEST_CASE("counts are of normalized words") {
  VocabularyTrainer trainer({.size = 100});
  trainer.add("The the T\u00c9 te, \u4e2d\u4e2d");
  CHECK(trainer.word_counts() == WordCounts{{",", 1}, {"te", 2}, {"the", 2}, {"\u4e2d", 2}});
}
