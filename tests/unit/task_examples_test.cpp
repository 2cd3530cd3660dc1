#include "scoria/tasks/task_examples.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scoria/error.h"

using namespace scoria;

namespace {

using Ids = std::vector<std::int32_t>;

Tokenizer letters() {
  return Tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "d", "e", "f", "##x", "q"});
}

std::string text_of(const TaskExample& example) { return letters().decode(example.ids, false, false); }

LabelledText row(std::string first, std::optional<std::string> second = {}) { return {first, second, "", 1}; }

TaggedSentence sentence(std::vector<std::string> words) { return {std::move(words), {}, 1}; }

ReadingQuestion question(std::string context, std::vector<AnswerSpan> answers) {
  return {"1", "q", std::make_shared<const std::string>(std::move(context)), std::move(answers), false};
}

const Ids kClass{1};

}  // namespace

TEST_CASE("a text is one example, cut off or in windows that all learn its class") {
  const std::string text = "a b c d e f a b c d";
  const auto cut = text_examples(letters(), {row(text)}, kClass, {.max_length = 8});
  REQUIRE(cut.size() == 1);
  CHECK(text_of(cut[0]) == "[CLS] a b c d e f [SEP]");
  CHECK(cut[0].labels == kClass);
  const auto windows = text_examples(letters(), {row(text)}, kClass, {.max_length = 8, .stride = 4});
  REQUIRE(windows.size() == 2);
  CHECK(text_of(windows[1]) == "[CLS] e f a b c d [SEP]");
  CHECK(windows[1].labels == kClass);
  const std::vector<float> score{2.5f};
  CHECK(text_examples(letters(), {row("a", "b")}, score, {.max_length = 8})[0].score == 2.5f);
}

TEST_CASE("of a pair the second text goes on in windows, and segments tell them apart") {
  const auto windows = text_examples(letters(), {row("a b", "c d e f a b c")}, kClass, {.max_length = 9, .stride = 4});
  REQUIRE(windows.size() == 2);
  CHECK(text_of(windows[0]) == "[CLS] a b [SEP] c d e f [SEP]");
  CHECK(text_of(windows[1]) == "[CLS] a b [SEP] a b c [SEP]");
  CHECK(windows[1].segments == Ids{0, 0, 0, 0, 1, 1, 1, 1});
}

TEST_CASE("first pieces carry tags, or all of them") {
  const std::vector<std::string> names{"O", "B-LOC", "I-LOC"};
  const std::vector<TaggedSentence> sentences{sentence({"ax", "b", "\t", "cxx"})};
  const auto first = tagging_examples(letters(), sentences, {{1, 0, 0, 1}}, names, {.max_length = 16});
  REQUIRE(first.size() == 1);
  CHECK(text_of(first[0]) == "[CLS] ax b cxx [SEP]");
  CHECK(first[0].labels == Ids{-1, 1, -1, 0, 1, -1, -1, -1});
  const auto all = tagging_examples(letters(), sentences, {{1, 0, 0, 1}}, names, {.max_length = 16}, true);
  CHECK(all[0].labels == Ids{-1, 1, 2, 0, 1, 2, 2, -1});
}

TEST_CASE("in a sentence of several windows each word is learned once, where it has most context") {
  const std::vector<TaggedSentence> sentences{sentence({"a", "b", "c", "d", "e", "f", "a", "b", "c"})};
  const Ids tags{0, 1, 2, 3, 4, 5, 6, 7, 8};
  const auto windows = tagging_examples(letters(), sentences, {tags}, {}, {.max_length = 8, .stride = 3});
  REQUIRE(windows.size() == 2);
  CHECK(windows[0].labels == Ids{-1, 0, 1, 2, 3, 4, -1, -1});
  CHECK(windows[1].labels == Ids{-1, -1, -1, 5, 6, 7, 8, -1});
}

TEST_CASE("an answer is learned in the windows that hold all of it") {
  const auto one = answer_examples(letters(), {question("a b c d", {{"b c", 2}})});
  REQUIRE(one.size() == 1);
  CHECK(text_of(one[0]) == "[CLS] q [SEP] a b c d [SEP]");
  CHECK(one[0].labels == Ids{4, 5});
  // Windows of four: a b c d, c d e f. The answer d e is in the second alone.
  const AnswerOptions options{.max_length = 8, .stride = 2};
  const auto windows = answer_examples(letters(), {question("a b c d e f", {{"d e", 6}})}, options);
  REQUIRE(windows.size() == 2);
  CHECK(windows[0].labels == Ids{0, 0});
  CHECK(windows[1].labels == Ids{4, 5});
}

TEST_CASE("questions without an answer teach that there is none, those without its place nothing") {
  ReadingQuestion impossible = question("a b", {});
  impossible.impossible = true;
  const auto examples = answer_examples(letters(), {impossible, question("a b", {{"z", std::nullopt}}),
                                                    question("a b", {{"z", std::nullopt}, {"b", 2}})});
  REQUIRE(examples.size() == 2);
  CHECK(examples[0].labels == Ids{0, 0});
  CHECK(examples[1].labels == Ids{4, 4});
  // Longer than any window: no example says that it is not there.
  CHECK(answer_examples(letters(), {question("a b c d e f", {{"a b c d e f", 0}})}, {.max_length = 8, .stride = 2})
            .empty());
}

TEST_CASE("lengths that hold nothing are refused") {
  CHECK_THROWS_WITH_AS(text_examples(letters(), {row("a")}, kClass, {.max_length = 7}),
                       "--seq-len must be at least 8, got 7", Error);
  CHECK_THROWS_WITH_AS(tagging_examples(letters(), {}, {}, {}, {}), "--seq-len must be at least 8, got 0", Error);
  CHECK_THROWS_AS(answer_examples(letters(), {question("a", {{"a", 0}})}, {.max_length = 4}), Error);
}
