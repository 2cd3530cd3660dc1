#include "scoria/text/tokenizer.h"

#include <doctest/doctest.h>

#include <random>

#include "error_message.h"

using namespace scoria;

namespace {

using Words = std::vector<std::string>;

const Words kVocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "want", "##want", "##ed",   "wa", "un",
                           "runn",  "##ing", ",",     "low",   "lowest", "e",    "##e",    "\u4e2d", "!",  "naive"};

Tokenizer small(WordPieceOptions options = {}) { return Tokenizer(kVocabulary, options); }

Words tokens_of(const Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.tokens(tokenizer.encode(text, false).ids);
}

Words words_of(std::string_view text, TextOptions options = {}) {
  WordPieceOptions all;
  all.text = options;
  Words out;
  for (const NormalizedWord& word : small(all).normalize(text)) out.push_back(word.text);
  return out;
}

}  // namespace

TEST_CASE("the longest piece from the left, or [UNK] for the whole word") {
  const Tokenizer tokenizer = small();
  CHECK(tokens_of(tokenizer, "") == Words{});
  CHECK(tokens_of(tokenizer, "unwanted running") == Words{"un", "##want", "##ed", "runn", "##ing"});
  CHECK(tokens_of(tokenizer, "unwantedX running") == Words{"[UNK]", "runn", "##ing"});
  CHECK(tokens_of(tokenizer, "UNwant\u00e9d,running") == Words{"un", "##want", "##ed", ",", "runn", "##ing"});
  CHECK(tokens_of(tokenizer, "lowest low lowes") == Words{"lowest", "low", "[UNK]"});
  CHECK(tokens_of(tokenizer, "wanted") == Words{"want", "##ed"});
  CHECK(tokens_of(tokenizer, "ing") == Words{"[UNK]"});  // only the continuation is in the vocabulary
}

TEST_CASE("words: clean-up, case, accents, ideographs, punctuation") {
  CHECK(words_of(" \tHeLLo!how  \n Are yoU?  ") == Words{"hello", "!", "how", "are", "you", "?"});
  CHECK(words_of("H\u00e9llo") == Words{"hello"});
  CHECK(words_of("ah\u535a\u63a8zz") == Words{"ah", "\u535a", "\u63a8", "zz"});
  CHECK(words_of("a\n'll !!to?'d of, can't.") ==
        Words{"a", "'", "ll", "!", "!", "to", "?", "'", "d", "of", ",", "can", "'", "t", "."});
  CHECK(words_of("\u200e\u200f") == Words{});
  CHECK(words_of(std::string("a\0b", 3)) == Words{"ab"});
  CHECK(words_of("a\u00adb\u200bc") == Words{"abc"});                      // format characters vanish inside words
  CHECK(words_of("a\u3000b\u00a0c\u2028d") == Words{"a", "b", "c", "d"});  // every kind of space
  CHECK(words_of("\u2260 \u037e") == Words{"=", ";"});                     // punctuation only once decomposed
  CHECK(words_of("x\u2014y\u3002") == Words{"x", "\u2014", "y", "\u3002"});
  CHECK(words_of("\u304b\u306a\u30ab\u30ca") == Words{"\u304b\u306a\u30ab\u30ca"});  // kana are not split
}

TEST_CASE("Hangul comes apart into jamo when accents are stripped, and only then") {
  CHECK(words_of("\ud55c") == Words{"\u1112\u1161\u11ab"});
  CHECK(words_of("\ud55c", {.lower_case = false}) == Words{"\ud55c"});
  CHECK(words_of("\ud55c", {.strip_accents = false}) == Words{"\ud55c"});
}

TEST_CASE("lower-casing and accents are separate switches") {
  CHECK(words_of("H\u00c4LLO", {.strip_accents = false}) == Words{"h\u00e4llo"});
  CHECK(words_of("H\u00c4llo", {.lower_case = false}) == Words{"H\u00c4llo"});
  CHECK(words_of("H\u00c4llo", {.lower_case = false, .strip_accents = true}) == Words{"HAllo"});
  CHECK(words_of("\u0130", {.strip_accents = false}) == Words{"i\u0307"});
  CHECK(words_of("\u0130") == Words{"i"});
  CHECK(words_of("\u535a\u63a8", {.split_ideographs = false}) == Words{"\u535a\u63a8"});
}

TEST_CASE("the two contracts differ where they are said to") {
  const TextOptions google{.contract = TextContract::Google};
  const char* final_sigma = "\u039f\u0394\u039f\u03a3.";  // capital sigma at the end of a word
  CHECK(words_of(final_sigma) == Words{"\u03bf\u03b4\u03bf\u03c3", "."});
  CHECK(words_of(final_sigma, google) == Words{"\u03bf\u03b4\u03bf\u03c2", "."});
  CHECK(words_of("\u03a3 \u03a3\u0391", google) ==
        Words{"\u03c3", "\u03c3\u03b1"});  // alone and at the start: not final
  const char* ideograph = "a\U0002B825b";  // in Google's ranges, in the gap of Hugging Face's
  CHECK(words_of(ideograph) == Words{ideograph});
  CHECK(words_of(ideograph, google) == Words{"a", "\U0002B825", "b"});
  CHECK(words_of("a\ue000b") == Words{"ab"});
  CHECK(words_of("a\ue000b", google) == Words{"a\ue000b"});

  WordPieceOptions options;
  options.text.contract = TextContract::Google;
  CHECK(tokens_of(small(), "[MASK]low") == Words{"[MASK]", "low"});
  CHECK(tokens_of(small(options), "[MASK]low") == Words{"[UNK]", "[UNK]", "[UNK]", "low"});
  options.keep_special_tokens = true;
  CHECK(tokens_of(small(options), "[MASK]low") == Words{"[MASK]", "low"});
}

TEST_CASE("a word over the limit is [UNK], counted in characters after normalization") {
  const auto repeated = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  const Tokenizer tokenizer = small();
  CHECK(tokens_of(tokenizer, repeated("e", 100)).size() == 100);
  CHECK(tokens_of(tokenizer, repeated("e", 101)) == Words{"[UNK]"});
  CHECK(tokens_of(tokenizer, repeated("e\u0301", 100)).size() == 100);
  CHECK(tokens_of(tokenizer, repeated("\u00e9", 101)) == Words{"[UNK]"});
  WordPieceOptions google;
  google.text.contract = TextContract::Google;
  CHECK(tokens_of(small(google), repeated("e", 200)).size() == 200);
  CHECK(tokens_of(small(google), repeated("e", 201)) == Words{"[UNK]"});
  WordPieceOptions three;
  three.max_word_characters = 3;
  CHECK(tokens_of(small(three), "eee eeee") == Words{"e", "##e", "##e", "[UNK]"});
}

TEST_CASE("special tokens in raw text are whole, as written, wherever they stand") {
  const Tokenizer tokenizer = small();
  CHECK(tokens_of(tokenizer, "low[MASK]low [SEP][CLS]") == Words{"low", "[MASK]", "low", "[SEP]", "[CLS]"});
  CHECK(tokens_of(tokenizer, "[mask]") == Words{"[UNK]", "[UNK]", "[UNK]"});
  CHECK(tokens_of(tokenizer, "[[MASK]") == Words{"[UNK]", "[MASK]"});
  CHECK(tokens_of(tokenizer, "[MAS") == Words{"[UNK]", "[UNK]"});
}

TEST_CASE("offsets are raw bytes, through every change of length") {
  const Tokenizer tokenizer = small();
  const std::string text = "UNWANT\u00c9D, \u4e2d na\u00efve";
  const Encoding encoding = tokenizer.encode(text);
  Words parts;
  for (const TokenSpan& span : encoding.offsets) parts.push_back(text.substr(span.begin, span.end - span.begin));
  CHECK(tokenizer.tokens(encoding.ids) == Words{"[CLS]", "un", "##want", "##ed", ",", "\u4e2d", "naive", "[SEP]"});
  CHECK(parts == Words{"", "UN", "WANT", "\u00c9D", ",", "\u4e2d", "na\u00efve", ""});
  // A dropped character inside a token belongs to it, one at its edge does not.
  const Encoding dropped = tokenizer.encode("\u200blo\u200bw\u200b", false);
  CHECK(dropped.offsets == std::vector<TokenSpan>{{3, 9}});
}

TEST_CASE("offsets in code points") {
  const std::string text = "\u4e2d \xff low";
  std::vector<TokenSpan> spans = {{0, 3}, {6, 9}};
  to_code_points(text, spans);
  CHECK(spans == std::vector<TokenSpan>{{0, 1}, {4, 7}});
}

TEST_CASE("pairs and segments") {
  const Tokenizer tokenizer = small();
  const Encoding pair = tokenizer.encode_pair("low", "un want");
  CHECK(tokenizer.tokens(pair.ids) == Words{"[CLS]", "low", "[SEP]", "un", "want", "[SEP]"});
  CHECK(pair.segments == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
  CHECK(pair.offsets[3] == TokenSpan{0, 2});
  const Encoding plain = tokenizer.encode_pair("low", "un", false);
  CHECK(plain.segments == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("decoding") {
  const Tokenizer tokenizer = small();
  CHECK(tokenizer.decode(tokenizer.encode("Unwanted, LOW!").ids) == "unwanted, low!");
  CHECK(tokenizer.decode(tokenizer.encode("low").ids, false) == "[CLS] low [SEP]");
  CHECK(tokenizer.decode(std::vector<std::int32_t>{7, 5}) == "##ed want");  // a text that starts inside a word
  CHECK(has(error_message(ErrorKind::Usage, [&] { tokenizer.decode(std::vector<std::int32_t>{20}); }),
            "id 20 is outside the vocabulary of 20"));
  CHECK(has(error_message(ErrorKind::Usage, [&] { tokenizer.token(-1); }), "id -1"));
}

TEST_CASE("tokens and ids") {
  const Tokenizer tokenizer = small();
  CHECK(tokenizer.size() == 20);
  CHECK(tokenizer.mask_id() == 4);
  CHECK(tokenizer.is_special(2));
  CHECK_FALSE(tokenizer.is_special(5));
  CHECK(tokenizer.id("##ing") == 11);
  CHECK_FALSE(tokenizer.id("nowhere").has_value());
}

TEST_CASE("a vocabulary without continuations, or of specials alone") {
  const Tokenizer tokenizer({"[MASK]", "[SEP]", "[CLS]", "[UNK]", "[PAD]"});
  CHECK(tokenizer.pad_id() == 4);
  CHECK(tokens_of(tokenizer, "any [SEP] \u4e2d") == Words{"[UNK]", "[SEP]", "[UNK]"});
}

TEST_CASE("hostile bytes: every span lies in the text, in order, and covers no other token") {
  const Tokenizer tokenizer = small();
  std::mt19937 random(7);
  const Words pieces = {"\xff",
                        "\xc3",
                        "\xe4\xb8",
                        "\xf0\x9f\x98",
                        "\xed\xa0\x80",
                        "\xc0\x80",
                        std::string(1, '\0'),
                        "low",
                        "e",
                        "\u0301",
                        "\u302e",
                        "[MASK]",
                        "[",
                        "\u4e2d",
                        " ",
                        ",",
                        "\x85",
                        "\u1e9b\u0323",
                        "\U0010ffff",
                        "\xf4\x90\x80\x80"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (unsigned i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
    const Encoding encoding = tokenizer.encode(text, false);
    REQUIRE(encoding.ids.size() == encoding.offsets.size());
    std::uint32_t before = 0;
    for (const TokenSpan& span : encoding.offsets) {
      REQUIRE(span.begin >= before);
      REQUIRE(span.end > span.begin);
      REQUIRE(span.end <= text.size());
      before = span.begin;
    }
    std::vector<std::int32_t> ids;
    tokenizer.append_ids(text, ids);
    REQUIRE(ids == encoding.ids);
  }
}

TEST_CASE("long hostile texts take time in proportion") {
  const Tokenizer tokenizer = small();
  for (const std::string& piece : Words{"e", "\u0301", "[", "\u03a3", "\u302e", "\xff", "[MASK]"}) {
    std::string text;
    while (text.size() < 400000) text += piece;
    for (const auto contract : {TextContract::HuggingFace, TextContract::Google}) {
      WordPieceOptions options;
      options.text.contract = contract;
      CHECK(small(options).encode(text).ids.size() >= 2);
    }
  }
}
