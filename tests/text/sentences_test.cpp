#include <doctest/doctest.h>

#include "scoria/data/corpus.h"
#include "shared_data.h"

using namespace scoria;

namespace {

using Texts = std::vector<std::string>;

Texts split(std::string_view text, LineMeaning meaning = LineMeaning::Prose) {
  std::vector<std::string_view> views;
  split_sentences(text, meaning, views);
  return {views.begin(), views.end()};
}

/// `marked` has a bar where a sentence ends.
void check(const std::string& marked) {
  Texts expected;
  std::string text;
  for (std::size_t at = 0; at <= marked.size();) {
    const std::size_t end = std::min(marked.find('|', at), marked.size());
    const std::string sentence = marked.substr(at, end - at);
    expected.push_back(sentence);
    text += sentence;
    // The bar stands for the space between, but after an ideographic mark, where there is none.
    const bool ideographic =
        sentence.ends_with("\u3002") || sentence.ends_with("\u300d") || sentence.ends_with("\uff01");
    if (end < marked.size() && !ideographic) text += ' ';
    at = end + 1;
  }
  CAPTURE(text);
  CHECK(split(text) == expected);
}

}  // namespace

TEST_CASE("ends of sentences") {
  check("One.|Two!|Three?|Four");
  check("No end here");
  check("\"Stop!\"|He stopped.");
  check("He said \"stop.\"|Then he left.");
  check("(It was late.)|They went.");
  check("\u201cIs it?\u201d|\u201cIt is.\u201d|And so on.");
  check("Wait...|What?!|No.");
  check("He waited\u2026|Nothing.");
  check("It was 1905.|He left.");
}

TEST_CASE("points that end nothing") {
  check("Pi is 3.14 or so.|Yes.");
  check("Mr. Smith and Dr. J. R. Jones met.|They spoke.");
  check("See e.g. Figure 3, i.e. The one above.");
  check("No. 5 is alive.|He said no.|Then he left.");
  check("pp. 12 to 14 of vol. 2 were lost.");
  check("The U.S. Navy came.|He lived in the U.S.|The war ended.");
  check("Apples, pears, etc. Smith ate.|Plums, etc.|They grew.");
  check("The Foo Inc. Building.|It is owned by Foo Inc.|The firm grew.");
  check("Visit example.com today.|Or not.");
  check("1. Of trees.|They grow.");
  check("\"What?\" he asked.|\"Nothing!\" she said.");
  check("It cost $5. \u2013 or did it?|Yes.");
}

TEST_CASE("other scripts") {
  check("\u4ed6\u8d70\u4e86\u3002|\u5979\u6765\u4e86\uff01|\u597d\u3002");
  check("\u300c\u597d\u3002\u300d|\u4ed6\u8bf4\u3002");
  check("\u041e\u043d \u0443\u0448\u0451\u043b.|\u041e\u043d\u0430 \u043f\u0440\u0438\u0448\u043b\u0430.");
  check("\u092f\u0939 \u0939\u0948\u0964|\u0935\u0939 \u0939\u0948\u0964");
}

TEST_CASE("a line ends a sentence; with one sentence a line nothing else does") {
  CHECK(split("A title\nIt is. So it is.") == Texts{"A title", "It is.", "So it is."});
  CHECK(split("A title\nIt is. So it is.", LineMeaning::Sentences) == Texts{"A title", "It is. So it is."});
  CHECK(split("") == Texts{});
  CHECK(split(". . .") == Texts{". . ."});
}

TEST_CASE("sentences are the text: nothing is lost but space, whatever it is") {
  const Texts pieces = {"A. ", "b", "?\"",   "(",   ") ",     "\u3002", "\u201d",
                        "1.",  " ", "U.S. ", "...", "\uFFFD", "'",      "e.g. X"};
  unsigned state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 10; ++i) {
      state = state * 1664525u + 1013904223u;
      text += pieces[(state >> 16) % pieces.size()];
    }
    std::string joined, expected;
    for (const std::string& sentence : split(text)) {
      REQUIRE_FALSE(sentence.empty());
      REQUIRE(sentence.front() != ' ');
      REQUIRE(sentence.back() != ' ');
      for (const char c : sentence) joined += c == ' ' ? "" : std::string(1, c);
    }
    for (const char c : text) expected += c == ' ' ? "" : std::string(1, c);
    REQUIRE(joined == expected);
  }
}

TEST_CASE("sentences of Wikipedia are of a sensible length") {
  const std::string name = "corpus/wikipedia-en.valid.txt.xz";
  const std::string text = has_shared_data(name) ? unpacked(shared_data(name)) : "";
  if (text.empty()) {
    MESSAGE("skipped: no " << shared_data(name).string() << " (SCORIA_SHARED names its folder), or no xz program");
    return;
  }
  const std::size_t sentences = split(text).size();
  const double mean_bytes = static_cast<double>(text.size()) / static_cast<double>(sentences);
  CHECK(mean_bytes > 90);
  CHECK(mean_bytes < 160);
}
