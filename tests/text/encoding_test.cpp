// Windows, padding and batches, against what Hugging Face's tokenizers give (tests/parity/tokenizer_parity.py compares
// many more settings with the library itself).
#include "scoria/text/encoding.h"

#include <doctest/doctest.h>

#include <random>

#include "error_message.h"
#include "scoria/text/tokenizer.h"

using namespace scoria;

namespace {

using Words = std::vector<std::string>;
using Bits = std::vector<std::uint8_t>;

const Tokenizer& letters() {
  static const Tokenizer tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "d", "e", "f", "g"});
  return tokenizer;
}

/// Tokens with a space between, windows apart by " | ".
std::string shown(const Encoding& encoding) {
  std::string out;
  for (const std::string& token : letters().tokens(encoding.ids)) out.append(out.empty() ? "" : " ").append(token);
  for (const Encoding& window : encoding.overflow) out.append(" | ").append(shown(window));
  return out;
}

EncodeOptions truncated(std::uint32_t max_length, std::uint32_t stride = 0,
                        Truncation truncation = Truncation::LongestFirst, Side side = Side::Right) {
  EncodeOptions options;
  options.add_special_tokens = false;
  options.truncation = truncation;
  options.max_length = max_length;
  options.stride = stride;
  options.truncation_side = side;
  return options;
}

std::string cut(const TextInput& input, const EncodeOptions& options) {
  return shown(letters().encode(input, options));
}

}  // namespace

TEST_CASE("windows of one text, their stride and their side") {
  CHECK(cut({"a b c d e"}, truncated(5)) == "a b c d e");
  CHECK(cut({"a b c d e"}, truncated(2)) == "a b | c d | e");
  CHECK(cut({"a b c d e"}, truncated(3, 1)) == "a b c | c d e");
  CHECK(cut({"a b c d e f"}, truncated(3, 2)) == "a b c | b c d | c d e | d e f");
  CHECK(cut({"a b c d e"}, truncated(2, 0, Truncation::LongestFirst, Side::Left)) == "d e | b c | a");
  CHECK(cut({"a b c d e"}, truncated(3, 1, Truncation::LongestFirst, Side::Left)) == "c d e | a b c");
  EncodeOptions with_special = truncated(4);
  with_special.add_special_tokens = true;
  CHECK(cut({"a b c"}, with_special) == "[CLS] a b [SEP] | [CLS] c [SEP]");
  with_special.max_length = 2;
  CHECK(cut({"a b c"}, with_special) == "[CLS] [SEP] | [CLS] a b c [SEP]");  // as Hugging Face: then all of it
}

TEST_CASE("pairs: the longest first, or one of the two") {
  CHECK(cut({"a b c d e", "f g"}, truncated(5)) == "a b c f g | d e f g");
  CHECK(cut({"a", "b c d e"}, truncated(3)) == "a b c | a d e");
  CHECK(cut({"a b c d", "d e f g"}, truncated(5)) == "a b d e f | c d d e f | c d g | a b g");
  CHECK(cut({"a b c d", "e f g"}, truncated(3)) == "a b e | c d e | c d f | c d g | a b f | a b g");
  CHECK(cut({"a b c d e", "f g"}, truncated(4, 0, Truncation::OnlyFirst)) == "a b f g | c d f g | e f g");
  CHECK(cut({"a b", "c d e"}, truncated(3, 0, Truncation::OnlySecond)) == "a b c | a b d | a b e");
}

TEST_CASE("every list has one entry a token") {
  EncodeOptions options = truncated(7);
  options.add_special_tokens = true;
  options.padding = Padding::Fixed;
  options.padded_length = 9;
  const Encoding e = letters().encode({"a b c", "d e f"}, options);
  CHECK(shown(e) ==
        "[CLS] a b [SEP] d e [SEP] [PAD] [PAD] | [CLS] c [SEP] d e [SEP] [PAD] [PAD] [PAD] | "
        "[CLS] c [SEP] f [SEP] [PAD] [PAD] [PAD] [PAD] | [CLS] a b [SEP] f [SEP] [PAD] [PAD] [PAD]");
  CHECK(e.ids.size() == 9);
  CHECK(e.segments == std::vector<std::int32_t>{0, 0, 0, 0, 1, 1, 1, 0, 0});
  CHECK(e.attention_mask == Bits{1, 1, 1, 1, 1, 1, 1, 0, 0});
  CHECK(e.special_tokens_mask == Bits{1, 0, 0, 1, 0, 0, 1, 1, 1});
  CHECK(e.offsets == std::vector<TokenSpan>{{0, 0}, {0, 1}, {2, 3}, {0, 0}, {0, 1}, {2, 3}, {0, 0}, {0, 0}, {0, 0}});
  for (const Encoding& window : e.overflow) CHECK(window.ids.size() == 9);
}

TEST_CASE("padding") {
  const std::vector<TextInput> texts = {{"a"}, {"a b c"}, {""}};
  EncodeOptions options;
  options.padding = Padding::Longest;
  std::vector<Encoding> batch = letters().encode_batch(texts, options, 1);
  CHECK(shown(batch[0]) == "[CLS] a [SEP] [PAD] [PAD]");
  CHECK(shown(batch[1]) == "[CLS] a b c [SEP]");
  CHECK(shown(batch[2]) == "[CLS] [SEP] [PAD] [PAD] [PAD]");
  options.pad_to_multiple_of = 4;
  options.padding_side = Side::Left;
  batch = letters().encode_batch(texts, options, 1);
  CHECK(shown(batch[0]) == "[PAD] [PAD] [PAD] [PAD] [PAD] [CLS] a [SEP]");
  CHECK(batch[0].attention_mask == Bits{0, 0, 0, 0, 0, 1, 1, 1});
  options.padding = Padding::Fixed;
  options.padded_length = 2;
  CHECK(shown(letters().encode({"a"}, options)) == "[PAD] [CLS] a [SEP]");
  CHECK(shown(letters().encode({"a b c"}, options)) == "[CLS] a b c [SEP]");  // longer than padded: stays
}

TEST_CASE("offsets in code points") {
  EncodeOptions options;
  options.add_special_tokens = false;
  options.offset_unit = OffsetUnit::CodePoints;
  const Encoding e = letters().encode({"\u4e2d a", "\u00e9\u00e9 b"}, options);
  CHECK(e.offsets == std::vector<TokenSpan>{{0, 1}, {2, 3}, {0, 2}, {3, 4}});
}

TEST_CASE("a batch is the same on any number of threads, and so is its error") {
  std::mt19937 random(3);
  std::vector<std::string> storage(1000);
  std::vector<TextInput> inputs;
  for (std::string& text : storage) {
    for (unsigned i = random() % 30; i > 0; --i) text.append(1, static_cast<char>('a' + random() % 9)).append(" ");
    inputs.push_back({text});
    if (random() % 2) inputs.back().second = storage[0];
  }
  EncodeOptions options = truncated(20, 2);
  options.padding = Padding::Longest;
  const std::vector<Encoding> one = letters().encode_batch(inputs, options, 1);
  for (const int threads : {2, 5}) CHECK(letters().encode_batch(inputs, options, threads) == one);
  for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(one[i].ids.size() >= 20);

  for (TextInput& input : inputs) input = {"a"};
  inputs[700] = inputs[301] = {"a b c d"};
  options.truncation = Truncation::OnlySecond;
  options.max_length = 3;
  for (const int threads : {1, 2, 5}) {
    const std::string message =
        error_message(ErrorKind::Usage, [&] { letters().encode_batch(inputs, options, threads); });
    CHECK(has(message, "input 301: encode: only the second text may be truncated"));
  }
}

TEST_CASE("options that cannot be met") {
  const auto refused = [](const TextInput& input, const EncodeOptions& options) {
    return error_message(ErrorKind::Usage, [&] { letters().encode(input, options); });
  };
  CHECK(has(refused({"a b c d"}, truncated(3, 3)), "a stride of 3 in windows that hold 3 tokens"));
  CHECK(has(refused({"a b c", "d e f"}, truncated(2, 0, Truncation::OnlyFirst)), "the first text has 3 tokens"));
  CHECK(has(refused({"a b c d"}, truncated(3, 0, Truncation::OnlySecond)), "there is none"));
  EncodeOptions small = truncated(1);
  small.add_special_tokens = true;
  CHECK(has(refused({"a"}, small), "max_length is 1; the special tokens alone are 2"));
}

TEST_CASE("decoding without the clean-up") {
  const Tokenizer tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "do", "n", "'", "t", ".", "##n't", "n't"});
  const std::vector<std::int32_t> ids = {5, 11, 9};
  CHECK(tokenizer.decode(ids) == "don't.");
  CHECK(tokenizer.decode(ids, true, false) == "do n't .");
}

TEST_CASE("a text after normalization, with its sources") {
  const std::vector<NormalizedWord> words = letters().normalize("A\u00c9 [MASK]\u4e2d");
  REQUIRE(words.size() == 3);
  CHECK(words[0].text == "ae");
  CHECK(words[0].sources == std::vector<TokenSpan>{{0, 1}, {1, 3}});
  CHECK(words[1].text == "[MASK]");
  CHECK(words[1].sources.front() == TokenSpan{4, 5});
  CHECK(words[2].sources == std::vector<TokenSpan>(3, {10, 13}));
}
