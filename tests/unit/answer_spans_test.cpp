// The choice of answers from logits made by hand.

#include "tasks/answer_spans.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "scoria/tasks/text_windows.h"

using namespace scoria;

namespace {

Tokenizer letters() {
  std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (char c = 'a'; c <= 'z'; ++c) tokens.push_back(std::string(1, c));
  return Tokenizer(tokens);
}

const std::string kContext = "a b c d e f g h";

ReadingQuestion question_on(const std::string& context, const std::string& question = "q") {
  ReadingQuestion result;
  result.question = question;
  result.context = std::make_shared<const std::string>(context);
  return result;
}

// One word of question, so that the context's tokens begin at 3.
std::vector<ReadingWindow> windows_of(const AnswerOptions& options, std::int64_t max_length = 384) {
  return reading_windows(letters(), question_on(kContext), options, max_length);
}

// Logits [2, n], -5 but for the places given.
struct Peak {
  std::size_t place;
  float logit;
};
Tensor logits_of(const ReadingWindow& window, const std::vector<Peak>& starts, const std::vector<Peak>& ends) {
  const std::size_t n = window.text.ids.size();
  std::vector<float> values(2 * n, -5.0f);
  for (const Peak& peak : starts) values[peak.place] = peak.logit;
  for (const Peak& peak : ends) values[n + peak.place] = peak.logit;
  return Tensor::from({2, static_cast<std::int64_t>(n)}, values);
}

std::vector<std::string> texts_of(const ReadAnswer& answer) {
  std::vector<std::string> texts;
  for (const AnswerCandidate& candidate : answer.candidates) texts.push_back(candidate.text);
  return texts;
}

}  // namespace

TEST_CASE("an answer is cut from the raw context, within the context alone") {
  const auto windows = windows_of({});
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].first == 3);
  // [CLS], the question and [SEP] would be better starts.
  const Tensor logits = logits_of(windows[0], {{0, 9}, {1, 9}, {2, 9}, {4, 3}}, {{0, 9}, {1, 9}, {11, 9}, {5, 2}});
  const ReadAnswer answer = best_answer(windows, std::vector{logits}, kContext, {.best_count = 5});
  CHECK(answer.text == "b c");
  CHECK(answer.place == TokenSpan{2, 5});
  CHECK(answer.candidates[0].score == 5.0);
  CHECK(answer.null_odds == 0.0);
}

TEST_CASE("ends before starts and answers too long are no answers") {
  const auto windows = windows_of({});
  const Tensor logits = logits_of(windows[0], {{5, 4}, {3, 3}}, {{4, 4}, {8, 3}});
  const std::vector one{logits};
  // 5..8 scores 7, as much as 3..4; 5..4 would score 8, 3..8 scores 6 and is one too many.
  CHECK(texts_of(best_answer(windows, one, kContext, {.best_count = 2})) == std::vector<std::string>{"c d e f", "a b"});
  CHECK(texts_of(best_answer(windows, one, kContext, {.best_count = 2, .max_answer = 4})) ==
        std::vector<std::string>{"c d e f", "a b"});
  CHECK(texts_of(best_answer(windows, one, kContext, {.best_count = 2, .max_answer = 3})) ==
        std::vector<std::string>{"a b"});
  CHECK(texts_of(best_answer(windows, one, kContext, {.best_count = 1})) == std::vector<std::string>{""});
}

TEST_CASE("candidates are as many as asked for, with probabilities among them") {
  const auto windows = windows_of({});
  const Tensor logits = logits_of(windows[0], {{3, 1}, {4, 2}}, {{6, 1}, {7, 3}});
  const ReadAnswer answer = best_answer(windows, std::vector{logits}, kContext, {.best_count = 3});
  CHECK(texts_of(answer) == std::vector<std::string>{"b c d e", "a b c d e", "b c d"});
  const double sum = std::exp(5.0) + std::exp(4.0) + std::exp(3.0);
  CHECK(answer.candidates[1].probability == doctest::Approx(std::exp(4.0) / sum));
}

TEST_CASE("a start counts only in the window where it has most context") {
  // Parts of 5 in steps of 3: a b c d e, d e f g h.
  const AnswerOptions options{.stride = 3};
  const auto windows = windows_of(options, 9);
  REQUIRE(windows.size() == 2);
  CHECK(windows[1].part.begin == 3);
  CHECK(windows[1].part.end == 8);
  // d has 1 piece on its shorter side in the first, 0 in the second; e has 0 and 1.
  const Tensor first = logits_of(windows[0], {{6, 1}, {7, 9}}, {{7, 1}});
  const Tensor second = logits_of(windows[1], {{3, 9}, {4, 2}}, {{4, 1}});
  const ReadAnswer answer = best_answer(windows, std::vector{first, second}, kContext, {.best_count = 2});
  CHECK(texts_of(answer) == std::vector<std::string>{"e", "d e"});
  CHECK(answer.candidates[0].score == 3.0);
}

TEST_CASE("no answer, where there may be none") {
  const auto windows = windows_of({.stride = 3}, 9);
  // [CLS] scores 6 in the first window and 2 in the second: the least counts.
  const std::vector<Tensor> logits{logits_of(windows[0], {{0, 3}, {4, 2}}, {{0, 3}, {4, 1}}),
                                   logits_of(windows[1], {{0, 1}}, {{0, 1}})};
  AnswerOptions options{.may_be_impossible = true};
  ReadAnswer answer = best_answer(windows, logits, kContext, options);
  CHECK(answer.null_odds == -1.0);
  CHECK(answer.text == "b");
  CHECK(texts_of(answer)[1].empty());
  options.null_threshold = -1.5;
  CHECK(best_answer(windows, logits, kContext, options).text.empty());
  options.null_threshold = -1.0;
  CHECK(best_answer(windows, logits, kContext, options).text == "b");
}

TEST_CASE("a text that stands twice is one candidate, and ties go to the first") {
  const std::string context = "a b a b a b a b";
  const auto windows = reading_windows(letters(), question_on(context), {}, 384);
  const Tensor logits = logits_of(windows[0], {{5, 2}, {3, 2}, {7, 2}}, {{3, 1}, {5, 1}, {7, 1}});
  const ReadAnswer answer = best_answer(windows, std::vector{logits}, context, {.best_count = 3});
  CHECK(texts_of(answer) == std::vector<std::string>{"a", "a b a", "a b a b a"});
  CHECK(answer.place == TokenSpan{0, 1});
}

TEST_CASE("questions are cut, contexts go on in windows") {
  const ReadingQuestion question = question_on(kContext, "a b c d e f");
  const auto windows = reading_windows(letters(), question, {.stride = 2, .max_question = 3}, 10);
  // [CLS] a b c [SEP] and four of the context's eight.
  REQUIRE(windows.size() == 3);
  CHECK(letters().decode(windows[1].text.ids, false) == "[CLS] a b c [SEP] c d e f [SEP]");
  CHECK(windows[1].text.segments == std::vector<std::int32_t>{0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  CHECK(windows[2].part.end == 8);
  CHECK_THROWS_WITH_AS(reading_windows(letters(), question, {}, 8), doctest::Contains("no room for text"), Error);
  const auto empty = reading_windows(letters(), question_on(""), {}, 384);
  REQUIRE(empty.size() == 1);
  const ReadAnswer answer = best_answer(empty, std::vector{logits_of(empty[0], {}, {})}, "", {});
  CHECK(answer.candidates.size() == 1);
  CHECK(answer.text.empty());
}

TEST_CASE("windows cover a text, whatever the step") {
  const Encoding whole = letters().encode("a b c d e f g h i j");
  for (const std::size_t stride : {1u, 3u, 4u, 100u}) {
    std::vector<std::int32_t> last;
    std::size_t covered = 1;
    for (const Encoding& window : text_windows(whole, 1, 6, stride)) {
      CHECK(window.ids.size() <= 6);
      CHECK(window.ids.front() == 2);
      CHECK(window.ids.back() == 3);
      const auto at = static_cast<std::size_t>(std::ranges::find(whole.ids, window.ids[1]) - whole.ids.begin());
      CHECK(at <= covered);
      covered = at + window.ids.size() - 2;
    }
    CHECK(covered == whole.ids.size() - 1);
  }
  CHECK(text_windows(whole, 1, 12, 0) == std::vector{whole});
  CHECK_THROWS_AS(text_windows(whole, 1, 6, 0), Error);
}
