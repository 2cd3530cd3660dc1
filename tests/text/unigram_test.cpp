// Unigram models: ids, offsets and texts as Hugging Face's tokenizers 0.23.3 gives them for the same file.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "error_message.h"
#include "scoria/text/tokenizer.h"
#include "support/temporary_folder.h"
#include "text/unigram_scores.h"
#include "unigram_json.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

using Ids = std::vector<std::int32_t>;

Tokenizer tokenizer_of(const std::string& json) {
  const TemporaryFolder folder;
  put_bytes(folder / "tokenizer.json", json);
  put_bytes(folder / "tokenizer_config.json",
            R"({"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "<s>", "sep_token": "</s>",
                "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"})");
  return Tokenizer::load(folder.path());
}

/// The file with one part changed.
std::string changed(const char* pointer, const Json& value) {
  Json json = Json::parse(unigram_json());
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

std::string refusal(const std::string& json) {
  return error_message(ErrorKind::Input, [&] { tokenizer_of(json); });
}

Encoding encoded(const Tokenizer& tokenizer, const char* text) {
  return tokenizer.encode({text}, {.add_special_tokens = false, .offset_unit = OffsetUnit::CodePoints});
}

const char* ids_text(const Ids& ids) {
  static std::string text;
  text.clear();
  for (const std::int32_t id : ids) text += std::to_string(id) + " ";
  return text.c_str();
}

}  // namespace

TEST_CASE("unigram: ids, offsets and text again") {
  const Tokenizer tokenizer = tokenizer_of(unigram_json());
  struct Case {
    const char* text;
    Ids ids;
    std::vector<TokenSpan> offsets;
    const char* decoded;
  };
  const Case cases[] = {
      {"ab a", {9, 5}, {{0, 2}, {2, 4}}, "ab a"},
      {"the  ab", {13, 9}, {{0, 3}, {4, 7}}, "the ab"},  // two spaces are one, the second
      {"\u2122\x01"
       "b",
       {4, 10, 11, 7},
       {{0, 1}, {0, 1}, {1, 2}, {2, 3}},
       "TMb"},  // what is new takes the place of what is removed behind it
      {"\x01"
       "ab a",
       {9, 5},
       {{0, 2}, {2, 4}},
       "ab a"},  // removed at the start: all offsets are one too early, theirs as well
      {"a\u00e9\u0301", {5, 12}, {{0, 1}, {1, 2}}, "ae"},  // the entry stands for the whole cluster
      {"a \u4e2d\u6587"
       "b",
       {5, 4, 3, 7},
       {{0, 1}, {1, 2}, {2, 4}, {4, 5}},
       "a <unk>b"},  // unknown ones are one
      {"the <mask> a", {13, 14, 5}, {{0, 3}, {3, 10}, {10, 12}}, "the<mask> a"},
      {"abab", {9, 8}, {{0, 2}, {2, 4}}, "abab"},  // "ab" and "a", "b" cost the same: the longer
      {"\u2581"
       "a b",
       {5, 4, 7},
       {{0, 2}, {2, 3}, {3, 4}},
       "a b"},
      {" a", {5}, {{0, 2}}, "a"},
      {"a ", {5, 4}, {{0, 1}, {1, 2}}, "a "},
      {"", {}, {}, ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    const Encoding encoding = encoded(tokenizer, one.text);
    CHECK_MESSAGE(encoding.ids == one.ids, ids_text(encoding.ids));
    CHECK(encoding.offsets == one.offsets);
    CHECK(tokenizer.decode(encoding.ids, false) == one.decoded);
    Ids ids;
    tokenizer.append_ids(one.text, ids);
    CHECK(ids == one.ids);
  }
}

TEST_CASE("unigram: what stands around a text and a pair, words, names") {
  const Tokenizer tokenizer = tokenizer_of(unigram_json());
  const Encoding pair = tokenizer.encode_pair("ab", "a");
  CHECK(pair.ids == Ids{0, 9, 2, 2, 5, 2});
  CHECK(pair.segments == Ids{0, 0, 0, 0, 0, 0});
  CHECK(tokenizer.encode("a").ids == Ids{0, 5, 2});
  CHECK(tokenizer.mask_id() == 14);
  CHECK(tokenizer.pad_id() == 1);
  CHECK(tokenizer.continues_word(6));
  CHECK_FALSE(tokenizer.continues_word(5));
  CHECK_FALSE(tokenizer.continues_word(14));
  const std::vector<NormalizedWord> words = tokenizer.normalize("the ab");
  REQUIRE(words.size() == 2);
  CHECK(words[1].text == "\u2581"
                         "ab");
}

TEST_CASE("unigram: files that are written are read as the same tokenizer") {
  const Tokenizer tokenizer = tokenizer_of(unigram_json());
  const TemporaryFolder folder;
  tokenizer.save(folder.path());
  const Tokenizer again = Tokenizer::load(folder.path());
  CHECK_FALSE(std::filesystem::exists(folder / "vocab.txt"));
  CHECK(again.tokenizer_json() == tokenizer.tokenizer_json());
  CHECK(again.encode("the \u2122 <mask>").ids == tokenizer.encode("the \u2122 <mask>").ids);
}

TEST_CASE("unigram: bytes stand for what is unknown, where the vocabulary has all of them") {
  Json json = Json::parse(unigram_json());
  json["model"]["byte_fallback"] = true;
  for (const char* token : {"<0xE4>", "<0xB8>"}) json["model"]["vocab"].push_back({token, -20.0});
  CHECK(encoded(tokenizer_of(json.dump()), "\u4e2d").ids == Ids{4, 3});
  json["model"]["vocab"].push_back({"<0xAD>", -20.0});
  json["decoder"] = {{"type", "Sequence"},
                     {"decoders", {{{"type", "ByteFallback"}}, json["decoder"], {{"type", "Fuse"}}}}};
  const Tokenizer tokenizer = tokenizer_of(json.dump());
  const Encoding encoding = encoded(tokenizer, "a\u4e2d");
  CHECK(encoding.ids == Ids{5, 15, 16, 17});
  CHECK(encoding.offsets == std::vector<TokenSpan>{{0, 1}, {1, 2}, {1, 2}, {1, 2}});
  CHECK(tokenizer.decode(encoding.ids) == "a\u4e2d");
  CHECK(tokenizer.decode(Ids{15, 16}) == "\ufffd\ufffd");
}

TEST_CASE("unigram: no unknown token") {
  Json json = Json::parse(unigram_json());
  json["model"]["unk_id"] = nullptr;
  const Tokenizer tokenizer = tokenizer_of(json.dump());
  CHECK(encoded(tokenizer, "ab").ids == Ids{9});
  CHECK(has(error_message(ErrorKind::Input, [&] { tokenizer.encode("x"); }), "no token covers U+0078"));
}

TEST_CASE("unigram: pre-tokenizers") {
  const auto ids = [](const Json& pre_tokenizer, const char* text) {
    return encoded(tokenizer_of(changed("/pre_tokenizer", pre_tokenizer)), text).ids;
  };
  const Json spaces = {{"type", "WhitespaceSplit"}};
  Json mark = {{"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "never"}};
  CHECK(ids(mark, "ab ab") == Ids{8, 9});
  mark["prepend_scheme"] = "first";
  CHECK(ids(mark, "ab ab") == Ids{9, 9});
  CHECK(ids(mark, "<mask>ab") == Ids{14, 8});
  CHECK(ids({{"type", "Sequence"}, {"pretokenizers", {spaces, mark}}}, "ab ab") == Ids{9, 8});
  CHECK(ids({{"type", "Metaspace"}, {"replacement", "\u2581"}, {"add_prefix_space", false}}, "ab") == Ids{8});
  CHECK(ids(spaces, "ab ab") == Ids{8, 8});
  CHECK(ids(nullptr, "ab ab") == Ids{8, 3, 8});
}

TEST_CASE("unigram: what is not honoured is refused by name") {
  CHECK(has(refusal(changed("/normalizer", {{"type", "ByteLevel"}})),
            "normalizer: {\"type\":\"ByteLevel\"} is not among"));
  CHECK(has(refusal(changed("/normalizer/normalizers/1/pattern", {{"Regex", "\\s+"}})),
            "normalizer.normalizers[1]: of regular"));
  CHECK(has(refusal(changed("/pre_tokenizer", {{"type", "Digits"}, {"individual_digits", true}})), "pre_tokenizer: "));
  CHECK(has(refusal(changed("/pre_tokenizer/replacement", "ab")), "replacement must be one character"));
  CHECK(has(refusal(changed("/decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}})), "decoder: "));
  CHECK(has(refusal(changed("/model/unk_id", 99)), "model: unk_id must be 0 to 14, got 99"));
  CHECK(has(refusal(changed("/model/vocab", Json::array())), "model: vocab must be a list"));
  CHECK(has(refusal(changed("/model/vocab/5", {"a", "-1"})), "vocab[5] must be [token, score]"));
  CHECK(has(refusal(changed("/model/alpha", 0.1)), "the key \"alpha\" is not known"));
}

TEST_CASE("unigram: charsmaps that lead astray are refused") {
  const auto with = [](const std::string& map) {
    return refusal(changed("/normalizer/normalizers/0/precompiled_charsmap", base64(map)));
  };
  CHECK(has(refusal(changed("/normalizer/normalizers/0/precompiled_charsmap", "a*==")), "not base64"));
  CHECK(has(with("ab"), "2 bytes"));
  CHECK(has(with(std::string("\xff\xff\xff\x7f", 4)), "a trie of 2147483647 bytes"));
  std::string map = small_charsmap({{"a", "b"}});
  CHECK(has(with(map.substr(0, map.size() - 2) + "\xff"), "not UTF-8"));
  map[5] = '\xff';  // the root's offset
  map[6] = '\xff';
  CHECK(has(with(map), "leads outside itself"));
  map = small_charsmap({{"a", "b"}});
  map[4 + 4 * 1] = 100;  // the value of "a"
  CHECK(has(with(map), "outside its texts"));
}

TEST_CASE("unigram: a SentencePiece model alone is refused with a way out") {
  const TemporaryFolder folder;
  put_bytes(folder / "sentencepiece.bpe.model", "model");
  const std::string message = error_message(ErrorKind::Input, [&] { Tokenizer::load(folder.path()); });
  CHECK(has(message, "sentencepiece.bpe.model: "));
  CHECK(has(message, "save_pretrained"));
}

TEST_CASE("unigram: a score that is written is read as the same double") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-30, 5);
  std::size_t neighbours = 0;
  for (int i = 0; i < 100'000; ++i) {
    // Read before: there are doubles that no number is read as.
    const double drawn = i % 2 == 0 ? uniform(random) : std::ldexp(uniform(random), static_cast<int>(random() % 80) - 60);
    const double score = read_score(nlohmann::json(drawn).dump());
    const std::string text = written_score(score);
    if (read_score(text) != score) FAIL(text);
    neighbours += text != nlohmann::json(score).dump();
  }
  CHECK(neighbours > 1'000);
  CHECK(written_score(-2.5) == "-2.5");
  CHECK(written_score(0) == "0.0");
}

TEST_CASE("unigram: scores whose sum is minus infinity still cover a text") {
  Json json = Json::parse(unigram_json());
  for (Json& entry : json["model"]["vocab"]) entry[1] = -1e308;
  const Encoding encoding = encoded(tokenizer_of(json.dump()), "a b ab a");
  REQUIRE_FALSE(encoding.ids.empty());
  for (const std::int32_t id : encoding.ids) CHECK(id >= 0);
}

TEST_CASE("unigram: scores are read as tokenizers reads them") {
  CHECK(read_score("-3.5072651616821346") == -3.507265161682134);  // the nearest double is ...1346
  CHECK(read_score("-7.2349679060022964") == -7.234967906002296);
  CHECK(read_score("-2.5") == -2.5);
  CHECK(read_score("0.0") == 0.0);
  CHECK(read_score("-1e-5") == -1e-5);
  CHECK(read_score("1.5e3") == 1500.0);
  CHECK(read_score("123456789012345678901234") == 12345678901234567890.0 * 1e4);  // 20 digits fit
  CHECK(read_scores(R"({"model": {"vocab": [["a", 1]], "vocab": [["b", -2.5], ["c", 0]]}})") ==
        std::vector<double>{-2.5, 0});
}
