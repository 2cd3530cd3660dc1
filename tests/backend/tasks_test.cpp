// Tasks on small models of random weights: what they make of a model's outputs, compared with those outputs themselves.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "scoria/tasks/answering.h"
#include "scoria/tasks/fill_mask.h"
#include "scoria/tasks/sentences.h"
#include "scoria/tasks/tagging.h"

using namespace scoria;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer made = [] {
    std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "man", "."};
    for (char c = 'a'; c <= 'z'; ++c) {
      tokens.push_back(std::string(1, c));
      tokens.push_back("##" + std::string(1, c));
    }
    return Tokenizer(tokens);
  }();
  return made;
}

BertRunner runner_of(BertHead head, std::vector<std::string> labels = {}) {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = tokenizer().size();
  config.hidden_size = 32;
  config.intermediate_size = 64;
  config.num_attention_heads = 2;
  config.max_position_embeddings = 24;
  config.initializer_range = 0.5f;
  config.labels = std::move(labels);
  return {Device::open("cpu"), BertModel::make(config, head, 3), {.batch = 4}};
}

std::vector<float> probabilities_of(const Tensor& logits, std::size_t first, std::size_t count) {
  std::vector<float> values;
  double sum = 0;
  for (const float x : logits.values<float>().subspan(first, count)) sum += std::exp(static_cast<double>(x));
  for (const float x : logits.values<float>().subspan(first, count))
    values.push_back(static_cast<float>(std::exp(static_cast<double>(x)) / sum));
  return values;
}

void check_close(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-4));
}

}  // namespace

TEST_CASE("classes: softmax of the logits, windows pooled as asked") {
  BertRunner runner = runner_of(BertHead::SequenceClassification, {"x", "y", "z"});
  const TextInput texts[] = {{"the man"}, {"a b c d e f g h i j"}, {"the", "man ."}};
  const std::vector<TextScores> scores = classify(runner, tokenizer(), texts);
  const Tensor logits = runner.logits(std::vector{tokenizer().encode_pair("the", "man .")})[0];
  check_close(scores[2].probabilities, probabilities_of(logits, 0, 3));
  CHECK(label_name(runner.config().labels, scores[2].best()).size() == 1);

  // [CLS] and [SEP] and four letters: abcd, cdef, efgh, ghij.
  std::vector<std::vector<float>> windows;
  for (const char* part : {"a b c d", "c d e f", "e f g h", "g h i j"}) {
    const TextInput alone[] = {{part}};
    windows.push_back(classify(runner, tokenizer(), alone)[0].logits);
  }
  std::vector<float> mean(3);
  for (std::size_t label = 0; label < 3; ++label) {
    for (const auto& window : windows) mean[label] += window[label] / 4;
  }
  LongTexts options{.max_length = 6, .stride = 2};
  check_close(classify(runner, tokenizer(), texts)[0].logits, scores[0].logits);
  check_close(classify(runner, tokenizer(), texts, options)[1].logits, mean);
  check_close(classify(runner, tokenizer(), texts, options)[0].logits, scores[0].logits);
  options.pooling = LongTexts::Pooling::Surest;
  const std::vector<float> surest = classify(runner, tokenizer(), texts, options)[1].logits;
  CHECK(std::ranges::any_of(windows, [&](const auto& window) { return std::abs(window[0] - surest[0]) < 1e-5; }));
  // Without a stride the end is cut off.
  options.stride = 0;
  check_close(classify(runner, tokenizer(), texts, options)[1].logits, windows[0]);
}

TEST_CASE("a pair's second text is cut into windows, and a first text that fills them is refused") {
  BertRunner runner = runner_of(BertHead::SequenceClassification);
  const TextInput pair[] = {{"the man", "a b c d e f"}}, longer[] = {{"a b c d e f g", "h i"}};
  const LongTexts options{.max_length = 8, .stride = 3};
  const TextInput first[] = {{"the man", "a b c"}}, second[] = {{"the man", "d e f"}};
  const float mean =
      (classify(runner, tokenizer(), first)[0].logits[1] + classify(runner, tokenizer(), second)[0].logits[1]) / 2;
  CHECK(classify(runner, tokenizer(), pair, options)[0].logits[1] == doctest::Approx(mean).epsilon(1e-4));
  CHECK_THROWS_WITH_AS(classify(runner, tokenizer(), longer, options), doctest::Contains("no room for text"), Error);
  CHECK_THROWS_WITH_AS(classify(runner, tokenizer(), pair, {.max_length = 25}), doctest::Contains("give 4 to 24"),
                       Error);
}

TEST_CASE("masks: all of a text, by the softmax over the vocabulary") {
  BertRunner runner = runner_of(BertHead::MaskedLm);
  const std::string_view texts[] = {"the [MASK] .", "no mask", "[MASK] [MASK]"};
  const auto masks = fill_mask(runner, tokenizer(), texts, 1000);
  REQUIRE(masks[0].size() == 1);
  CHECK(masks[0][0].place == TokenSpan{4, 10});
  CHECK(masks[1].empty());
  REQUIRE(masks[2].size() == 2);
  CHECK(masks[2][0].guesses[0].probability > 0);
  CHECK(masks[0][0].guesses.size() == static_cast<std::size_t>(tokenizer().size()));
  double sum = 0;
  for (const TokenGuess& guess : masks[0][0].guesses) sum += guess.probability;
  CHECK(sum == doctest::Approx(1.0));
  CHECK(std::ranges::is_sorted(masks[0][0].guesses, std::ranges::greater(), &TokenGuess::probability));
}

TEST_CASE("tags: the first piece's label, of windows where a sentence is long") {
  BertRunner runner = runner_of(BertHead::TokenClassification, {"O", "B-X", "I-X"});
  const std::vector<std::vector<std::string>> sentences{{"the", "manx", "\u200b", "."}};
  const std::vector<WordTag> tags = tag_words(runner, tokenizer(), sentences)[0];
  REQUIRE(tags.size() == 4);
  const Tensor logits = runner.logits(std::vector{tokenizer().encode("the manx .")})[0];  // the man ##x .
  for (const auto& [word, row] : {std::pair{0, 1}, {1, 2}, {3, 4}}) {
    const std::vector<float> expected = probabilities_of(logits, static_cast<std::size_t>(row) * 3, 3);
    const WordTag& tag = tags[static_cast<std::size_t>(word)];
    CHECK(tag.probability == doctest::Approx(std::ranges::max(expected)).epsilon(1e-4));
    CHECK(tag.probability == doctest::Approx(expected[static_cast<std::size_t>(tag.label)]).epsilon(1e-4));
  }
  CHECK(tags[2].label == -1);  // a zero width space: nothing is left of it

  const std::string_view raw[] = {"the manx ."};
  const TaggedText text = tag_texts(runner, tokenizer(), raw)[0];
  CHECK(text.words == std::vector<TokenSpan>{{0, 3}, {4, 8}, {9, 10}});
  CHECK(text.tags[1].probability == tags[1].probability);

  // Windows of four letters in steps of two: the third is decided in the first window, the fourth in the second.
  const std::vector<std::vector<std::string>> letters{{"a", "b", "c", "d", "e", "f"}}, first{{"a", "b", "c", "d"}},
      second{{"c", "d", "e", "f"}};
  const auto in_windows = tag_words(runner, tokenizer(), letters, {.max_length = 6, .stride = 2})[0];
  CHECK(in_windows[2].probability == tag_words(runner, tokenizer(), first)[0][2].probability);
  CHECK(in_windows[3].probability == tag_words(runner, tokenizer(), second)[0][1].probability);
  CHECK(in_windows[5].probability == tag_words(runner, tokenizer(), second)[0][3].probability);
}

TEST_CASE("pairs, vectors and answers go through the heads that they need") {
  BertRunner pairs = runner_of(BertHead::Pretraining), answers = runner_of(BertHead::QuestionAnswering);
  const TextInput texts[] = {{"the man", "a"}, {"b", "the"}}, alone[] = {{"a"}};
  const std::vector<float> follows = next_sentence(pairs, tokenizer(), texts);
  const Tensor logits = pairs.logits(std::vector{tokenizer().encode_pair("b", "the")})[0];
  CHECK(follows[1] == doctest::Approx(probabilities_of(logits, 0, 2)[0]).epsilon(1e-4));
  CHECK_THROWS_WITH_AS(next_sentence(pairs, tokenizer(), alone), doctest::Contains("no second"), Error);
  CHECK(embed(pairs, tokenizer(), alone, {}).shape() == Shape{1, 32});

  std::vector<ReadingQuestion> questions(2);
  for (ReadingQuestion& question : questions) question.question = "the";
  questions[0].context = std::make_shared<const std::string>("a b c d e f g h i j k l m n o p q r s t u v w x y z");
  questions[1].context = std::make_shared<const std::string>("the man");
  const std::vector<ReadAnswer> read = answer(answers, tokenizer(), questions, {.stride = 5});
  const ReadAnswer short_one = answer(answers, tokenizer(), std::span(questions).last(1))[0];
  CHECK(read[1].text == short_one.text);
  CHECK(read[1].candidates[0].score == doctest::Approx(short_one.candidates[0].score).epsilon(1e-4));
  const TokenSpan place = read[0].place;
  CHECK(questions[0].context->substr(place.begin, place.end - place.begin) == read[0].text);
  CHECK_THROWS_WITH_AS(answer(pairs, tokenizer(), questions), doctest::Contains("needs a BertForQuestionAnswering"),
                       Error);
  CHECK_THROWS_WITH_AS(classify(pairs, tokenizer(), alone), doctest::Contains("the model is a BertForPreTraining"),
                       Error);
}
