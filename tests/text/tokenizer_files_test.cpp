#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "error_message.h"
#include "scoria/text/tokenizer.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

const std::string kSpecials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

std::string load_error(const std::string& vocabulary) {
  const TemporaryFolder folder;
  put_bytes(folder / "vocab.txt", vocabulary);
  return error_message(ErrorKind::Input, [&] { Tokenizer::load(folder / "vocab.txt"); });
}

}  // namespace

TEST_CASE("vocab.txt: the line number is the id; CRLF, trailing space and a byte-order mark do not matter") {
  const TemporaryFolder folder;
  put_bytes(folder / "vocab.txt", "\xEF\xBB\xBF[PAD]\r\n[UNK]\r\n[CLS] \r\n[SEP]\n[MASK]\t\nlast");
  const Tokenizer tokenizer = Tokenizer::load(folder / "vocab.txt");
  CHECK(tokenizer.size() == 6);
  CHECK(tokenizer.id("[PAD]") == 0);
  CHECK(tokenizer.cls_id() == 2);
  CHECK(tokenizer.id("last") == 5);
}

TEST_CASE("a wrong vocabulary is refused by file and line") {
  CHECK(has(load_error("[PAD]\n[UNK]\n[CLS]\n[SEP]\nword\n"), "[MASK] is missing"));
  CHECK(has(load_error(""), "no tokens"));
  CHECK(has(load_error(kSpecials + "\xff\n"), "vocab.txt:6: a token that is not valid UTF-8"));
  CHECK(has(load_error(kSpecials + std::string(1001, 'a') + "\n"), "vocab.txt:6: a token of 1001 bytes"));
  CHECK(has(error_message(ErrorKind::Input, [] { Tokenizer(std::vector<std::string>{"a"}); }), "[PAD] is missing"));
}

TEST_CASE("a path that is not there, and a folder without a tokenizer") {
  const TemporaryFolder folder;
  CHECK(has(error_message(ErrorKind::Input, [&] { Tokenizer::load(folder / "none.txt"); }),
            "none.txt: cannot be opened"));
  CHECK(has(error_message(ErrorKind::Input, [&] { Tokenizer::load(folder.path()); }),
            "holds neither vocab.txt nor tokenizer.json"));
}

TEST_CASE("save and load: the same tokenizer, from the folder and from tokenizer.json alone") {
  WordPieceOptions options;
  options.text.lower_case = false;
  options.text.strip_accents = true;
  options.text.split_ideographs = false;
  options.max_word_characters = 17;
  const Tokenizer original({"[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "Caf\u00e9", "\"", "\\", "##\u4e2d"},
                           options);
  const TemporaryFolder folder;
  original.save(folder.path(), 64);
  for (const bool with_vocabulary : {true, false}) {
    if (!with_vocabulary) std::filesystem::remove(folder / "vocab.txt");
    const Tokenizer loaded = Tokenizer::load(folder.path());
    CHECK(loaded.vocab_txt() == original.vocab_txt());
    CHECK(loaded.tokenizer_json() == original.tokenizer_json());
    CHECK(loaded.options().text.lower_case == false);
    CHECK(loaded.options().text.strip_accents == true);
    CHECK(loaded.options().text.split_ideographs == false);
    CHECK(loaded.options().max_word_characters == 17);
    CHECK(loaded.pad_id() == 1);
  }
  const auto config = nlohmann::json::parse(file_bytes(folder / "tokenizer_config.json"));
  CHECK(config.at("model_max_length") == 64);
  CHECK(config.at("do_lower_case") == false);
  CHECK(nlohmann::json::parse(file_bytes(folder / "special_tokens_map.json")).at("mask_token") == "[MASK]");
  CHECK(has(error_message(ErrorKind::Io, [&] { original.save(folder / "missing"); }), "cannot be written"));
}

TEST_CASE("tokenizer_config.json overrules tokenizer.json, and options overrule both") {
  const Tokenizer original({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "A"});
  const TemporaryFolder folder;
  original.save(folder.path());
  put_bytes(folder / "tokenizer_config.json", R"({"do_lower_case": false})");
  CHECK(Tokenizer::load(folder.path()).encode("A", false).ids == std::vector<std::int32_t>{6});
  CHECK(Tokenizer::load(folder.path(), {}).encode("A", false).ids == std::vector<std::int32_t>{5});
}

TEST_CASE("a tokenizer.json that is not BERT's, or broken, is refused") {
  const Tokenizer original({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"});
  const std::string good = original.tokenizer_json();
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    put_bytes(folder / "tokenizer.json", text.replace(at, from.size(), to));
    return error_message(ErrorKind::Input, [&] { Tokenizer::load(folder.path()); });
  };
  // Each part that is not BERT's is named.
  CHECK(has(refused("\"type\": \"WordPiece\", \"unk", "\"type\": \"BPE\", \"unk"),
            "unsupported model: \"WordPiece\" is expected, got \"BPE\""));
  CHECK(has(refused("BertNormalizer", "NFC"), "unsupported normalizer"));
  CHECK(has(refused("BertPreTokenizer", "Whitespace"), "unsupported pre_tokenizer"));
  CHECK(has(refused("TemplateProcessing", "ByteLevel"), "unsupported post_processor"));
  CHECK(has(refused("\"single\": [", "\"single\": [{}, "), "unsupported post_processor: a list with A once, such as [CLS] A [SEP] is expected"));
  CHECK(has(refused("\"ids\": [2]", "\"ids\": [3]"), "post_processor, the id of \"[CLS]\": 2 is expected, got 3"));
  CHECK(has(refused("\"decoder\": {\"type\": \"WordPiece\"", "\"decoder\": {\"type\": \"Metaspace\""),
            "unsupported decoder"));
  CHECK(has(refused("\"prefix\": \"##\"", "\"prefix\": \"@@\""), "unsupported decoder.prefix"));
  CHECK(has(refused("\"continuing_subword_prefix\": \"##\"", "\"continuing_subword_prefix\": \"\""),
            "unsupported model.continuing_subword_prefix"));
  CHECK(has(refused("\"content\": \"[PAD]\"", "\"content\": \"<s>\""), "the added token \"<s>\" has the id 0, where"));
  CHECK(has(refused("\"content\": \"[PAD]\"", "\"content\": \"[UNK]\""), "the added token \"[UNK]\" has the id 0, where"));
  CHECK(has(refused("\"a\": 5", "\"a\": 4"), "\"[MASK]\" and \"a\" have the id 4"));
  CHECK(has(refused("\"a\": 5", "\"a\": 4194304"), "the id of \"a\" is 4194304; ids must be 0 to 4194303"));
  CHECK(has(refused("\"a\": 5", "\"a\": -1"), "the id of \"a\" is -1"));
  CHECK(has(refused("\"a\": 5", "\"[PAD]\": 5"), "the added token \"[PAD]\" has the id 0"));  // the last counts
  CHECK(has(refused("\"lowercase\": true", "\"lowercase\": 1"), "lowercase must be true or false, got 1"));
  CHECK(has(refused("{", std::string(100, '[')), "tokenizer.json"));
  CHECK(has(refused("100,", "1e999,"), "not valid JSON"));  // found by fuzzing
}

TEST_CASE("the other ways in which Hugging Face writes the same") {
  const Tokenizer original({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"});
  nlohmann::json json = nlohmann::json::parse(original.tokenizer_json());
  const TemporaryFolder folder;
  const auto loaded = [&] {
    put_bytes(folder / "tokenizer.json", json.dump());
    return Tokenizer::load(folder.path());
  };
  json["post_processor"] = {{"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
  json["decoder"] = nullptr;
  json["padding"] = {{"strategy", "BatchLongest"}};  // the caller's to choose
  CHECK(loaded().tokenizer_json() == original.tokenizer_json());
  CHECK(loaded().encode("[MASK]", false).ids.size() == 1);
  json["added_tokens"] = nlohmann::json::array();  // then special tokens are text like any other
  CHECK(loaded().encode("[MASK]", false).ids.size() == 3);
}

TEST_CASE("saving leaves no partial file where it fails") {
  const Tokenizer original({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"});
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "tokenizer.json" / "in the way");
  CHECK(has(error_message(ErrorKind::Io, [&] { original.save(folder.path()); }), "tokenizer.json: cannot be written"));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK(entry.path().string().find(".tmp-") == std::string::npos);
}

TEST_CASE("a file cut at any byte is refused or read, never worse") {
  const Tokenizer original({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##\u00e9"});
  const TemporaryFolder folder;
  const std::string good = original.tokenizer_json();
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    put_bytes(folder / "tokenizer.json", good.substr(0, size));
    CHECK_THROWS_AS(Tokenizer::load(folder.path()), Error);
  }
}

TEST_CASE("a folder that cannot take all files is left as it was") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tokenizer_config.json");
  const Tokenizer tokenizer(std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"});
  CHECK(has(error_message(ErrorKind::Io, [&] { tokenizer.save(folder.path()); }),
            "tokenizer_config.json: cannot be written: it is a folder"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  CHECK(names == std::vector<std::string>{"tokenizer_config.json"});
}
