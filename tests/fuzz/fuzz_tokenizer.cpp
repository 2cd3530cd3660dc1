// Any bytes as text, under switches that the first byte sets: the fast tokenizer gives the ids and offsets of the slow
// and obvious one, and its windows put together again are all of the text.
#include <map>

#include "base/check.h"
#include "scoria/text/tokenizer.h"
#include "target.h"
#include "text/slow_tokenizer.h"

using namespace scoria;

namespace {

const std::vector<std::string> kVocabulary = {
    "[PAD]",  "[UNK]", "[CLS]", "[SEP]",  "[MASK]",   "a",      "b",           "ab",       "##a",
    "##b",    "##ab",  "e",     "##e",    "A",        "\u00e9", "\u03c3",      "##\u03c3", "##\u0301",
    ".",      ",",     "[",     "]",      "mask",     "\u4e2d", "\u1112",      "##\u1161", "##\u11ab",
    "\ud55c", "i",     "##i",   "\u0307", "##\u0307", ";",      "##\U0001F600"};

struct Tokenizers {
  Tokenizer fast;
  SlowTokenizer slow;
};

/// Made once for each of the 32 settings: that costs more than an encoding.
const Tokenizers& tokenizers_for(unsigned switches) {
  static std::map<unsigned, Tokenizers> made;
  if (const auto found = made.find(switches); found != made.end()) return found->second;
  WordPieceOptions options;
  options.text.lower_case = switches & 1;
  options.text.clean_text = switches & 2;
  options.text.split_ideographs = switches & 4;
  if (switches & 8) options.text.strip_accents = (switches & 16) != 0;
  Tokenizers both{Tokenizer(kVocabulary, options), SlowTokenizer(kVocabulary, options.text)};
  return made.emplace(switches, std::move(both)).first->second;
}

void check_encoding(unsigned switches, std::string_view text) {
  const auto& [fast, slow] = tokenizers_for(switches % 32);
  const Encoding encoding = fast.encode(text, false);
  const std::vector<SlowTokenizer::Token> expected = slow.encode(text);
  SCORIA_CHECK(encoding.ids.size() == expected.size(), "as many tokens as the slow tokenizer");
  for (std::size_t i = 0; i < expected.size(); ++i)
    SCORIA_CHECK(encoding.ids[i] == expected[i].id && encoding.offsets[i] == expected[i].span,
                 "the slow tokenizer's token");

  EncodeOptions windows{.add_special_tokens = false, .truncation = Truncation::LongestFirst};
  windows.max_length = 1 + switches / 32;
  Encoding cut = fast.encode({text}, windows);
  for (const Encoding& window : cut.overflow) cut.ids.insert(cut.ids.end(), window.ids.begin(), window.ids.end());
  SCORIA_CHECK(cut.ids == encoding.ids, "windows without a stride are the text");
}

void check_google(std::string_view text) {
  static const Tokenizer tokenizer(kVocabulary, {.text = {.contract = TextContract::Google}});
  const Encoding encoding = tokenizer.encode(text, false);
  std::uint32_t before = 0;
  for (const TokenSpan& span : encoding.offsets) {
    SCORIA_CHECK(span.begin >= before && span.begin < span.end && span.end <= text.size(),
                 "spans lie in the text, in order");
    before = span.begin;
  }
}

}  // namespace

std::vector<std::string> seeds() {
  return {
      "\x07"
      "ab ab. [MASK]ab",
      "\x07"
      "E\u0301\u0323 \u03a3\u0345 \u0130 \u2260 \u037e",
      "\x06\ud55c\u1112\u1161\u11ab\u4e2d\U0002B825\uf900",
      "\x1f\U0001F600\u200d\ufe0f\u202e\ue000\u0378\u3000\u0085\v",
      "\x45"
      "a\xff\xc3\xe4\xb8 \xed\xa0\x80\xf4\x90\x80\x80",
      "\x07"
      "[SEP][MAS[[MASK]]",
      "\x02" + std::string(101, 'a')};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kLongest = 250;  // the slow tokenizer takes the square of it
  if (size == 0 || size > kLongest) return -1;
  const std::string_view text = as_text(bytes + 1, size - 1);
  check_encoding(bytes[0], text);
  check_google(text);
  return 0;
}
