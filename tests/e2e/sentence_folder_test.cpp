// The programs on a folder of sentence-transformers, in the layout of today and in that from before its version 2.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "scoria/io/safetensors.h"
#include "scoria/model/bert_files.h"
#include "scoria/text/tokenizer.h"
#include "support/child_process.h"

using namespace scoria;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* kModules = R"([{"name": "0", "path": "WHERE", "type": "sentence_transformers.models.Transformer"},
    {"name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
    {"name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}])";

/// [CLS] and the mean of 32 numbers each, to 6 of length 1, from texts of at most 8 tokens after a default prompt.
struct SentenceFolder {
  TemporaryFolder folder;
  fs::path model = folder / "model";

  explicit SentenceFolder(const std::string& transformer = "") {
    std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", "query", "old"};
    for (char c = 'a'; c <= 'z'; ++c) tokens.insert(tokens.end(), {std::string(1, c), "##" + std::string(1, c)});
    const Tokenizer tokenizer(tokens);
    BertConfig config = BertConfig::preset("tiny");
    config.vocab_size = tokenizer.size();
    config.hidden_size = 32;
    config.intermediate_size = 64;
    config.num_attention_heads = 2;
    config.max_position_embeddings = 16;
    config.initializer_range = 0.5f;
    fs::create_directories(model / transformer);
    save_bert(model / transformer, BertModel::make(config, BertHead::MaskedLm, 7));
    tokenizer.save(model / transformer);
    put(fs::path(transformer) / "sentence_bert_config.json", R"({"max_seq_length": 8, "do_lower_case": false})");
    if (!transformer.empty()) put("config.json", R"({"__version__": "0.2.5.1"})");
    std::string modules = kModules;
    put("modules.json", modules.replace(modules.find("WHERE"), 5, transformer));
    put("config_sentence_transformers.json",
        R"({"prompts": {"query": "query: ", "plain": ""}, "default_prompt_name": "query"})");
    put("1_Pooling/config.json", R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})");
    put("2_Dense/config.json", R"({"in_features": 64, "out_features": 6})");
    Tensor weight(DType::f32, {6, 64});
    const Tensor bias = Tensor::from({6}, std::vector<float>(6, 0.1f));
    for (std::size_t i = 0; i < 6 * 64; ++i) weight.values<float>()[i] = static_cast<float>(i * 37 % 11) / 20 - 0.25f;
    write_safetensors((model / "2_Dense" / "model.safetensors").string(),
                      std::vector<SafetensorsItem>{{"linear.weight", weight.desc(), weight.bytes()},
                                                   {"linear.bias", bias.desc(), bias.bytes()}});
  }

  void put(const fs::path& name, const std::string& text) const {
    fs::create_directories((model / name).parent_path());
    put_bytes(model / name, text);
  }
  ChildResult predict(const fs::path& path, std::vector<std::string> options, const std::string& input) const {
    put_bytes(folder / "in.txt", input);
    options.insert(options.begin(), {program_path("predict"), "--device", "cpu", "--model", path, "--in",
                                     folder / "in.txt"});
    return run_program(options);
  }
  std::vector<std::vector<double>> vectors(const std::vector<std::string>& options, const std::string& input,
                                           const fs::path& inner = "") const {
    const ChildResult result = predict(model / inner, options, input);
    CAPTURE(result.talk);
    CHECK(result.code == 0);
    std::vector<std::vector<double>> rows;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream numbers(line);
      rows.emplace_back();
      for (double number; numbers >> number;) rows.back().push_back(number);
    }
    return rows;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("predict makes vectors of a sentence-transformers folder by itself, and says how") {
  const SentenceFolder with;
  const ChildResult result = with.predict(with.model, {"--npy", with.folder / "v.npy"}, "old\na b c\n");
  CHECK(result.code == 0);
  CHECK(has(result.talk, "model: vectors of 6 numbers: cls + mean pooling, Dense 64 to 6 with Tanh, Normalize; at most "
                         "8 tokens; the prompt \"query: \" before every text; compared by cosine"));
  CHECK(has(file_bytes(with.folder / "v.npy"), "'shape': (2, 6)"));
  const auto rows = with.vectors({}, "old\na b c\n");
  REQUIRE(rows.size() == 2);
  double squares = 0;
  for (const double x : rows[1]) squares += x * x;
  CHECK(squares == doctest::Approx(1.0));
}

TEST_CASE("predict puts a model's prompt before texts, another one, or none") {
  const SentenceFolder with;
  const auto usual = with.vectors({}, "old\n"), none = with.vectors({"--prompt", ""}, "old\nquery: old\n");
  CHECK(none[1] == usual[0]);
  CHECK(none[0] != usual[0]);
  CHECK(with.vectors({"--prompt", "plain"}, "old\n")[0] == none[0]);
  CHECK(with.vectors({"--prompt", "query: "}, "old\n")[0] == usual[0]);
  const ChildResult unknown = with.predict(with.model, {"--prompt", "passage"}, "old\n");
  CHECK(unknown.code == 1);
  CHECK(has(unknown.talk, "the model has no prompt \"passage\", only document, plain, query"));
}

TEST_CASE("predict cuts texts to the folder's limit, and changes one thing an option") {
  const SentenceFolder with;
  const std::string option = "--prompt";
  CHECK(with.vectors({option, ""}, "a b c d e f\n") == with.vectors({option, ""}, "a b c d e f g h i j k l m\n"));
  CHECK(with.vectors({option, "", "--max-length", "9"}, "a b c d e f\n") !=
        with.vectors({option, "", "--max-length", "9"}, "a b c d e f g h i j k l m\n"));
  CHECK(with.vectors({"--truncate-dim", "4"}, "old\n")[0].size() == 4);
  const ChildResult narrow = with.predict(with.model, {"--pooling", "cls"}, "old\n");
  CHECK(narrow.code == 2);
  CHECK(has(narrow.talk, "Dense is for vectors of 64 numbers, and those before it have 32"));
}

TEST_CASE("the layout from before sentence-transformers 2 gives the same vectors, by either of its folders") {
  const SentenceFolder with, old("0_Transformer");
  const auto expected = with.vectors({}, "old\na b c d e f g h\n");
  CHECK(old.vectors({}, "old\na b c d e f g h\n") == expected);
  CHECK(old.vectors({}, "old\na b c d e f g h\n", "0_Transformer") == expected);
  CHECK(has(old.predict(old.model / "0_Transformer", {}, "a\n").talk, "whose modules.json is followed"));
  // Other tasks and programs find the transformer too.
  CHECK(old.predict(old.model, {"--task", "fill-mask"}, "[MASK]\n").code == 0);
  CHECK(run_program({program_path("inspect"), "--model", old.model, "--text", "old", "--device", "cpu", "--out",
                     old.folder / "page.html"})
            .code == 0);
}

TEST_CASE("finetune says what of a sentence-transformers folder it leaves out") {
  const SentenceFolder with;
  std::string texts = "sentence\tlabel\n";
  for (int i = 0; i < 16; ++i) texts += i % 2 == 0 ? "old\tgood\n" : "a b\tbad\n";
  put_bytes(with.folder / "train.tsv", texts);
  const std::string file = with.folder / "train.tsv";
  const ChildResult result =
      run_program({program_path("finetune"), "--model", with.model, "--task", "classify", "--train", file, "--dev",
                   file, "--out", with.folder / "tuned", "--epochs", "1", "--seq-len", "16", "--device", "cpu"});
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  CHECK(has(result.talk, "its pooling, modules, prompts and limit of length are left out"));
}
