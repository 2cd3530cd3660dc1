// The tokenizer against the slow and obvious one, on random text of nasty pieces and under every switch.
#include <doctest/doctest.h>

#include <random>

#include "scoria/text/tokenizer.h"
#include "slow_tokenizer.h"

using namespace scoria;

namespace {

const std::vector<std::string> kVocabulary = {
    "[PAD]",    "[UNK]",  "[CLS]", "[SEP]", "[MASK]", "a",        "b",        "ab",           "##a",
    "##b",      "##ab",   "e",     "##e",   "A",      "\u00e9",   "##\u0301", "\u03c3",       "##\u03c3",
    "##\u03b1", ".",      ",",     "[",     "]",      "mask",     "\u4e2d",   "\u1112",       "##\u1161",
    "##\u11ab", "\ud55c", "i",     "##i",   "\u0307", "##\u0307", ";",        "##\U0001F600", "x"};

const std::vector<std::string> kPieces = {"a",
                                          "B",
                                          "ab",
                                          "e\u0301",
                                          "\u00c9",
                                          "\u0301",
                                          "\u0323",
                                          "\u302e",
                                          "\u0345",
                                          "\ud55c",
                                          "\u1112",
                                          "\u11ab",
                                          "\u03a3",
                                          "\u0130",
                                          "\u4e2d",
                                          "\uf900",
                                          "\U0002B825",
                                          "\U0001F600",
                                          "\u200d",
                                          "\ufe0f",
                                          "\ue000",
                                          "\u0378",
                                          "\u202e",
                                          "\ufffd",
                                          "\u037e",
                                          "\u2260",
                                          "\u1e9b\u0323",
                                          "[MASK]",
                                          "[",
                                          "[SEP",
                                          "]",
                                          " ",
                                          "\t",
                                          "\u00a0",
                                          "\u3000",
                                          "\v",
                                          "\u0085",
                                          "\r\n",
                                          ".",
                                          "\u2014",
                                          "\xff",
                                          "\xc3",
                                          "\xe4\xb8",
                                          "\xf0\x9f\x98",
                                          "\xed\xa0\x80",
                                          "\xc0\x80",
                                          "\xf4\x90\x80\x80",
                                          "\U0001d165",
                                          "\u0f71\u0f72"};

}  // namespace

TEST_CASE("the fast tokenizer and the slow one give the same ids and offsets") {
  std::mt19937 random(11);
  int with_tokens = 0;
  for (unsigned setting = 0; setting < 24; ++setting) {
    TextOptions options;
    options.lower_case = setting & 1;
    options.clean_text = setting & 2;
    options.split_ideographs = setting & 4;
    if (setting >= 8) options.strip_accents = setting >= 16;
    WordPieceOptions all;
    all.text = options;
    const Tokenizer fast(kVocabulary, all);
    const SlowTokenizer slow(kVocabulary, options);
    for (int round = 0; round < 400; ++round) {
      std::string text;
      for (unsigned i = random() % 10; i > 0; --i) text += kPieces[random() % kPieces.size()];
      if (round == 0) text = std::string(100, 'a') + " " + std::string(101, 'a');
      const Encoding encoding = fast.encode(text, false);
      std::vector<SlowTokenizer::Token> tokens;
      for (std::size_t i = 0; i < encoding.ids.size(); ++i) tokens.push_back({encoding.ids[i], encoding.offsets[i]});
      with_tokens += !tokens.empty();
      CAPTURE(text);
      CAPTURE(setting);
      REQUIRE(tokens == slow.encode(text));
    }
  }
  CHECK(with_tokens > 8000);
}
