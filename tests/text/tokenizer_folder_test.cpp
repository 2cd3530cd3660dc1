// The files of a folder put together, as transformers 5.23 and tokenizers 0.23.3 do: what they give was seen there.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "error_message.h"
#include "scoria/log.h"
#include "scoria/text/tokenizer.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

using Ids = std::vector<std::int32_t>;
using Json = nlohmann::json;

// 12 tokens: the next id is 12.
const std::string kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ne\n##e\n1\n##1\ns\n##s\nE\n";

/// A folder with a vocab.txt and what else is put there; what is told while it is read.
class Folder {
 public:
  explicit Folder(const std::string& vocabulary = kVocabulary) { put("vocab.txt", vocabulary); }
  ~Folder() { set_log_sink({}); }

  Folder& put(const std::string& name, const std::string& bytes) {
    put_bytes(folder_ / name, bytes);
    return *this;
  }
  Folder& drop(const std::string& name) {
    std::filesystem::remove(folder_ / name);
    return *this;
  }
  Tokenizer load() {
    told.clear();
    set_log_sink([this](LogLevel, std::string_view line) { told.emplace_back(line); });
    return Tokenizer::load(folder_.path());
  }
  Ids ids(std::string_view text) { return load().encode(text, false).ids; }
  std::string refusal() { return error_message(ErrorKind::Input, [&] { load(); }); }
  std::filesystem::path path() const { return folder_.path(); }

  std::vector<std::string> told;

 private:
  TemporaryFolder folder_;
};

Json added(int id, const std::string& content, const std::vector<std::string>& flags = {}) {
  Json token = {{"id", id}, {"content", content}};
  for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized", "special"})
    token[flag] = std::find(flags.begin(), flags.end(), flag) != flags.end();
  return token;
}

Json tokenizer_json(const std::string& vocabulary = kVocabulary) {
  Folder folder(vocabulary);
  return Json::parse(folder.load().tokenizer_json());
}

}  // namespace

TEST_CASE("added tokens from any of the three places; the longest counts, inside words too") {
  Folder version_4;
  version_4.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})")
      .put("added_tokens.json", R"({"E1": 12, "E1s": 13, "[DIST]": 14})");
  CHECK(version_4.ids("e1 e1s") == Ids{12, 13});  // those of added_tokens.json are normalized
  CHECK(version_4.ids("see1e") == Ids{9, 6, 12, 5});
  CHECK(version_4.ids("[dist]") == Ids{14});
  CHECK(version_4.told.empty());

  Folder decoder;
  Json config = {{"tokenizer_class", "BertTokenizer"}};
  config["added_tokens_decoder"]["12"] = added(12, "E1");
  config["added_tokens_decoder"]["12"].erase("id");
  decoder.put("tokenizer_config.json", config.dump());
  CHECK(decoder.ids("E1 e1") == Ids{12, 5, 8});
  CHECK(decoder.ids("[MASK]") == Ids{4});  // named, if only by default

  Json json = tokenizer_json();
  json["added_tokens"].push_back(added(12, "E1", {"normalized"}));
  Folder filed;
  filed.drop("vocab.txt").put("tokenizer.json", json.dump());
  CHECK(filed.ids("E1 e1") == Ids{12, 12});
  CHECK(filed.load().size() == 13);
  filed.put("special_tokens_map.json", R"({"additional_special_tokens": ["e1"]})");
  CHECK(filed.ids("e1") == Ids{13});
}

TEST_CASE("flags of added tokens: single words, and the white space beside them") {
  Json json = tokenizer_json();
  json["added_tokens"].push_back(added(12, "<one>", {"single_word"}));
  json["added_tokens"].push_back(added(13, "<left>", {"lstrip"}));
  json["added_tokens"].push_back(added(14, "<right>", {"rstrip"}));
  Folder folder;
  folder.drop("vocab.txt").put("tokenizer.json", json.dump());
  const Tokenizer tokenizer = folder.load();
  CHECK(tokenizer.encode("<one> \u4e2d", false).ids == Ids{12, 1});
  CHECK(tokenizer.encode("e<one>", false).ids != Ids{5, 12});
  CHECK(tokenizer.encode("-<one>-", false).ids == Ids{1, 12, 1});
  CHECK(tokenizer.encode("<one>\u0301", false).ids.front() != 12);
  CHECK(tokenizer.encode("<one>_", false).ids.front() != 12);
  CHECK(tokenizer.encode("e \u3000<left> e", false).offsets == std::vector<TokenSpan>{{0, 1}, {1, 11}, {12, 13}});
  CHECK(tokenizer.encode("e <right>\t\ne", false).offsets == std::vector<TokenSpan>{{0, 1}, {2, 11}, {11, 12}});
  CHECK(tokenizer.encode("<right> <left>", false).offsets == std::vector<TokenSpan>{{0, 8}, {8, 14}});
  CHECK(tokenizer.decode(Ids{5, 12, 2}) == "e <one>");
}

TEST_CASE("added tokens that are the same after normalization: always one of them, and it is told") {
  Json json = tokenizer_json();
  json["added_tokens"].push_back(added(12, "[Dist]", {"normalized"}));
  json["added_tokens"].push_back(added(13, "[DIST]", {"normalized"}));
  json["added_tokens"].push_back(added(14, "[dist]"));  // looked for in raw text: no rival
  Folder folder;
  folder.drop("vocab.txt").put("tokenizer.json", json.dump());
  CHECK(folder.ids("[DIST] [Dist] [dist]") == Ids{12, 12, 14});
  REQUIRE(folder.told.size() == 1);
  CHECK(has(folder.told[0], R"("[Dist]" and "[DIST]" are both "[dist]" after normalization)"));
  json["added_tokens"][6]["special"] = true;
  CHECK(json["added_tokens"][6]["content"] == "[DIST]");
  folder.put("tokenizer.json", json.dump());
  CHECK(folder.ids("[Dist]") == Ids{13});
}

TEST_CASE("ids are what the file says: an empty line, a token twice, holes") {
  CHECK(Folder("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n\n\u2028\nb\n").ids("a b") == Ids{5, 8});
  Folder twice("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n$\na\n$\nb\n");
  CHECK(twice.ids("$ b") == Ids{7, 8});
  CHECK(twice.load().token(5).empty());
  CHECK(twice.load().vocab_txt() == "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n$\na\n$\nb\n");
  twice.load().save(twice.path());
  CHECK(twice.ids("$ b") == Ids{7, 8});
  CHECK(twice.told.empty());

  Json json = tokenizer_json();
  json["model"]["vocab"]["far"] = 40;
  Folder holes;
  holes.drop("vocab.txt").put("tokenizer.json", json.dump());
  CHECK(holes.ids("far") == Ids{40});
  CHECK(holes.load().size() == 41);
  json["added_tokens"].push_back(added(41, "E1"));  // tokenizers counts entries: it would be 13
  holes.put("tokenizer.json", json.dump());
  CHECK(has(holes.refusal(), "the added token \"E1\" has the id 41, where tokenizers and transformers make it 13"));
}

TEST_CASE("bytes that are no UTF-8 in a vocab.txt that is only compared") {
  Folder folder("[PAD]\n\xff?\n");
  folder.put("tokenizer.json", tokenizer_json().dump());
  CHECK(folder.ids("1") == Ids{7});
  REQUIRE(folder.told.size() == 1);
  CHECK(has(folder.told[0], "vocab.txt:2: "));
}

TEST_CASE("tokenizer.json is followed where vocab.txt differs, and the first difference is told") {
  Folder folder("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ne\n##e\nx\n");
  folder.put("tokenizer.json", tokenizer_json().dump());
  CHECK(folder.ids("1") == Ids{7});
  REQUIRE(folder.told.size() == 1);
  CAPTURE(folder.told[0]);
  CHECK(has(folder.told[0], "vocab.txt:8: \"x\" here, \"1\" in tokenizer.json, which is followed"));
}

TEST_CASE("what BertTokenizer makes of the settings is followed, and told where tokenizer.json says otherwise") {
  Json json = tokenizer_json();
  json["normalizer"]["lowercase"] = false;
  Folder folder;
  folder.put("tokenizer.json", json.dump()).put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizerFast"})");
  CHECK(folder.ids("E") == Ids{5});
  REQUIRE(folder.told.size() == 1);
  CHECK(has(folder.told[0], "tokenizer.json: lowercase is not what tokenizer_config.json makes of a BertTokenizer"));
  folder.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})");
  CHECK(folder.ids("E") == Ids{11});
  CHECK(folder.told.empty());
  folder.put("tokenizer_config.json", R"({"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": true})");
  CHECK(folder.ids("E") == Ids{11});
  folder.drop("tokenizer_config.json");
  CHECK(folder.ids("E") == Ids{11});
  folder.put("config.json", R"({"model_type": "bert"})");
  CHECK(folder.ids("E") == Ids{5});
}

TEST_CASE("special tokens by other names, and what is put around a text") {
  Folder folder("<pad>\n<unk>\n<s>\n</s>\n<mask>\ne\n");
  const std::string names =
      R"("cls_token": "<s>", "sep_token": {"content": "</s>", "lstrip": false}, "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>")";
  CHECK(has(folder.refusal(), "[UNK] is missing"));
  folder.put("special_tokens_map.json", "{" + names + "}");
  const Tokenizer tokenizer = folder.load();
  CHECK(tokenizer.encode_pair("e <mask>", "x").ids == Ids{2, 5, 4, 3, 1, 3});
  CHECK(tokenizer.encode_pair("e", "e").segments == Ids{0, 0, 0, 1, 1});
  CHECK(tokenizer.mask_id() == 4);
  CHECK(tokenizer.special_token_count(true) == 3);
  folder.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids", "attention_mask"], )" + names + "}");
  CHECK(folder.load().encode_pair("e", "e").segments == Ids{0, 0, 0, 0, 0});
  CHECK(folder.load().options().text.lower_case);
  folder.load().save(folder.path());
  CHECK(folder.load().encode_pair("e <mask>", "x").ids == Ids{2, 5, 4, 3, 1, 3});
  CHECK(folder.load().encode_pair("e", "e").segments == Ids{0, 0, 0, 0, 0});

  Json json = Json::parse(folder.load().tokenizer_json());
  json["post_processor"] = {{"type", "RobertaProcessing"}, {"sep", {"</s>", 3}}, {"cls", {"<s>", 2}}};
  folder.put("tokenizer.json", json.dump()).put("tokenizer_config.json", R"({"tokenizer_class": "PreTrainedTokenizerFast", )" + names + "}");
  CHECK(folder.load().encode_pair("e", "e").ids == Ids{2, 5, 3, 3, 5, 3});
  CHECK(folder.load().special_token_count(true) == 4);
  folder.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", )" + names + "}");
  CHECK(has(folder.refusal(), "its post_processor is not [CLS] A [SEP] B [SEP]"));
}

TEST_CASE("the longest input: model_max_length, and nothing where it is said to have no end") {
  Folder folder;
  CHECK_FALSE(folder.load().max_length());
  folder.put("tokenizer_config.json", R"({"model_max_length": 12})");
  CHECK(folder.load().max_length() == 12);
  folder.put("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  CHECK_FALSE(folder.load().max_length());
  folder.put("tokenizer_config.json", R"({"model_max_length": 0})");
  CHECK(has(folder.refusal(), "\"model_max_length\" must be a number of tokens, 1 or more, got 0"));
}

TEST_CASE("lower-cased first, and no more than that") {
  Folder folder("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ne\n\u00e9\nE\n");
  folder.put("tokenizer_config.json", R"({"do_lower_case": false})");
  const Tokenizer cased = folder.load();
  CHECK(cased.encode("E \u00c9", false).ids == Ids{7, 1});
  CHECK(cased.lower_cased().encode("E \u00c9 [MASK]", false).ids == Ids{5, 6, 4});
  folder.put("tokenizer_config.json", R"({"do_lower_case": true})");
  CHECK(folder.load().lower_cased().encode("E \u00c9", false).ids == Ids{5, 5});
}

TEST_CASE("classes whose words are not cut here are refused by name, whichever file names them") {
  for (const char* name : {"BertJapaneseTokenizer", "BertweetTokenizer", "HerbertTokenizerFast", "CanineTokenizer",
                           "PhobertTokenizer", "RoFormerTokenizer", "MPNetTokenizer", "MyOwnTokenizer"}) {
    Folder folder;
    folder.put("tokenizer_config.json", Json{{"tokenizer_class", name}, {"word_tokenizer_type", "mecab"}}.dump());
    CHECK(has(folder.refusal(), "tokenizer_config.json: \"tokenizer_class\" is \"" + std::string(name).substr(0, 8)));
    folder.put("tokenizer_config.json", "{}").put("config.json", Json{{"tokenizer_class", name}}.dump());
    CHECK(has(folder.refusal(), "/config.json: \"tokenizer_class\" is"));
  }
  Folder folder;
  folder.put("tokenizer_config.json", R"({"do_basic_tokenize": false})");
  CHECK(has(folder.refusal(), "\"do_basic_tokenize\" is false"));
  folder.put("tokenizer_config.json", R"({"padding_side": "left"})");
  CHECK(has(folder.refusal(), "\"padding_side\" is \"left\""));
}

TEST_CASE("files that transformers and tokenizers would read differently are refused") {
  Json json = tokenizer_json();
  json["added_tokens"].push_back(added(12, "E1"));
  Json config = {{"tokenizer_class", "BertTokenizer"}};
  config["added_tokens_decoder"]["4"] = {{"content", "[MASK]"}, {"special", true}};
  Folder folder;
  folder.put("tokenizer.json", json.dump()).put("tokenizer_config.json", config.dump());
  CHECK(has(folder.refusal(), "its added token \"E1\" is not in tokenizer_config.json"));
  config["added_tokens_decoder"]["12"] = {{"content", "E1"}, {"lstrip", true}, {"normalized", false}};
  folder.put("tokenizer_config.json", config.dump());
  CHECK(has(folder.refusal(), "its added token \"E1\" has other flags in tokenizer_config.json"));
  config["added_tokens_decoder"]["12"]["lstrip"] = false;
  folder.put("tokenizer_config.json", config.dump());
  CHECK(folder.ids("E1") == Ids{12});
  config["added_tokens_decoder"]["13"] = {{"content", "\u200d"}};
  folder.put("tokenizer_config.json", config.dump());
  CHECK(has(folder.refusal(), "nothing is left of the added token \"\\u200d\" after normalization"));
}

TEST_CASE("normalizers and pre-tokenizers that come to BERT's") {
  const auto ids = [](const Json& normalizer, const Json& pre_tokenizer, std::string_view text) {
    Json json = tokenizer_json();
    json["normalizer"] = normalizer;
    json["pre_tokenizer"] = pre_tokenizer;
    Folder folder;
    return folder.drop("vocab.txt").put("tokenizer.json", json.dump()).ids(text);
  };
  const Json bert = {{"type", "BertPreTokenizer"}};
  CHECK(ids(nullptr, bert, "E e\u0301") == Ids{11, 1});
  CHECK(ids({{"type", "Lowercase"}}, bert, "E \u00c9") == Ids{5, 1});
  const Json cased = {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true},
                      {"strip_accents", nullptr}, {"lowercase", false}};
  CHECK(ids({{"type", "Sequence"}, {"normalizers", {{{"type", "Lowercase"}}, cased}}}, bert, "E \u00c9") == Ids{5, 1});
  const Json split = {{"type", "Sequence"},
                      {"pretokenizers", {{{"type", "WhitespaceSplit"}}, {{"type", "Punctuation"}, {"behavior", "Isolated"}}}}};
  CHECK(ids(cased, split, "e-s") == Ids{5, 1, 9});
}
