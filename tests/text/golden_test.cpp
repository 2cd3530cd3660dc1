// Against encodings that other implementations were recorded to give. The files are not part of the repository.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scoria/text/tokenizer.h"
#include "shared_data.h"
#include "support/temporary_folder.h"

using namespace scoria;
using Json = nlohmann::json;

namespace {

bool missing(const std::string& name) {
  if (has_shared_data(name)) return false;
  MESSAGE("skipped: no " << shared_data(name).string() << " (SCORIA_SHARED names its folder)");
  return true;
}

Tokenizer load(const std::string& vocabulary, bool lower_case, TextContract contract = TextContract::HuggingFace) {
  WordPieceOptions options;
  options.text.lower_case = lower_case;
  options.text.contract = contract;
  return Tokenizer::load(shared_data("vocab/" + vocabulary + "/vocab.txt"), options);
}

}  // namespace

TEST_CASE("recorded from llama.cpp: awkward strings") {
  const std::string name = "golden/bert-base-uncased.llamacpp-cases.json";
  if (missing(name)) return;
  const Tokenizer tokenizer = load("bert-base-uncased", true);
  int cases = 0;
  const Json file = Json::parse(file_bytes(shared_data(name)));
  for (const Json& golden : file.at("cases")) {
    CAPTURE(golden.at("text").dump());
    CHECK(tokenizer.encode(golden.at("text").get<std::string>(), false).ids ==
          golden.at("ids").get<std::vector<std::int32_t>>());
    ++cases;
  }
  CHECK(cases == 47);
}

TEST_CASE("recorded from Hugging Face: tokens and offsets in code points") {
  const std::string name = "golden/hf-bert-tokenizer-unit-cases.json";
  if (missing(name)) return;
  const Json file = Json::parse(file_bytes(shared_data(name)));
  CHECK(file.at("offsets").size() == 2);
  for (const Json& golden : file.at("offsets")) {
    const Tokenizer tokenizer = load(golden.at("vocab"), golden.at("do_lower_case"));
    const std::string text = golden.at("text");
    Encoding encoding = tokenizer.encode(text);
    to_code_points(text, encoding.offsets);
    Json offsets = Json::array();
    for (const TokenSpan& span : encoding.offsets) offsets.push_back({span.begin, span.end});
    CHECK(Json(tokenizer.tokens(encoding.ids)) == golden.at("tokens"));
    CHECK(offsets == golden.at("offsets"));
  }
}

TEST_CASE("recorded from Hugging Face: 10570 questions") {
  const std::string name = "golden/bert-base-uncased.squad-questions.jsonl.xz";
  if (missing(name)) return;
  const Tokenizer tokenizer = load("bert-base-uncased", true);
  int cases = 0;
  each_line(unpacked(shared_data(name)), [&](const std::string& line) {
    const Json golden = Json::parse(line);
    const Encoding encoding = tokenizer.encode(golden.at("text").get<std::string>(), false);
    ++cases;
    if (encoding.ids != golden.at("ids").get<std::vector<std::int32_t>>()) FAIL_CHECK(golden.at("text").dump());
  });
  if (cases == 0) MESSAGE("skipped: the xz program is missing");
  CHECK((cases == 0 || cases == 10570));
}

TEST_CASE("made by Google's tokenization.py: 840 lines in 260 languages, 6 vocabularies") {
  const std::string name = "golden/reference-tokenizer.multilingual.jsonl.xz";
  if (missing(name)) return;
  struct Setting {
    const char* key;
    const char* vocabulary;
    bool lower_case;
  };
  const Setting settings[] = {{"bert-base-uncased", "bert-base-uncased", true},
                              {"bert-base-cased", "bert-base-cased", false},
                              {"bert-base-multilingual-cased", "bert-base-multilingual-cased", false},
                              {"bert-base-multilingual-uncased", "bert-base-multilingual-uncased", true},
                              {"bert-base-chinese-lower", "bert-base-chinese", true},
                              {"bert-base-chinese", "bert-base-chinese", false}};
  const std::string lines = unpacked(shared_data(name));
  if (lines.empty()) MESSAGE("skipped: the xz program is missing");
  for (const Setting& setting : settings) {
    const Tokenizer tokenizer = load(setting.vocabulary, setting.lower_case, TextContract::Google);
    int different = 0;
    each_line(lines, [&](const std::string& line) {
      const Json golden = Json::parse(line);
      const Json& ids = golden.at("ids").at(setting.key);
      if (ids.is_null()) return;
      if (tokenizer.encode(golden.at("text").get<std::string>(), false).ids == ids.get<std::vector<std::int32_t>>())
        return;
      if (different++ < 3) MESSAGE(setting.key << ": " << golden.at("text").dump());
    });
    CAPTURE(setting.key);
    CHECK(different == 0);
  }
}

TEST_CASE("tokenizer.json files in the wild") {
  for (const std::string name : {"bert-base-uncased", "bert-base-cased", "bert-base-chinese"}) {
    if (missing("vocab/" + name)) return;
    const Tokenizer from_folder = Tokenizer::load(shared_data("vocab/" + name));
    const TemporaryFolder alone;
    put_bytes(alone / "tokenizer.json", file_bytes(shared_data("vocab/" + name + "/tokenizer.json")));
    CHECK(Tokenizer::load(alone.path()).vocab_txt() == from_folder.vocab_txt());
    CHECK(from_folder.options().text.lower_case == (name == "bert-base-uncased"));
  }
}
