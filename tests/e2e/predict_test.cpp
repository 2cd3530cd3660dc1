// predict as a program: every task as text and as JSON, streaming, and what is wrong with its input.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/cpu_isa.h"
#include "scoria/model/bert_files.h"
#include "scoria/text/tokenizer.h"
#include "support/child_process.h"

using namespace scoria;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Folders with a small model of random weights for each task.
struct Models {
  TemporaryFolder folder;

  Models() {
    std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "man", "sea", "the", "old"};
    for (char c = 'a'; c <= 'z'; ++c) tokens.insert(tokens.end(), {std::string(1, c), "##" + std::string(1, c)});
    const Tokenizer tokenizer(tokens);
    for (const BertHead head : {BertHead::MaskedLm, BertHead::NextSentence, BertHead::SequenceClassification,
                                BertHead::TokenClassification, BertHead::QuestionAnswering, BertHead::Pooler}) {
      make(std::string(architecture(head)), head, {"O", "B-PER", "I-PER"}, tokenizer);
    }
    make("score", BertHead::SequenceClassification, {"score"}, tokenizer);
    make("several", BertHead::SequenceClassification, {"a", "b"}, tokenizer);
    make("regression", BertHead::SequenceClassification, {"score"}, tokenizer);
    make("padded", BertHead::MaskedLm, {}, tokenizer);
  }

  void make(const std::string& name, BertHead head, const std::vector<std::string>& labels,
            const Tokenizer& tokenizer) const {
    BertConfig config = BertConfig::preset("tiny");
    config.vocab_size = tokenizer.size();
    config.hidden_size = 32;
    config.intermediate_size = 64;
    config.num_attention_heads = 2;
    config.max_position_embeddings = 48;
    config.initializer_range = 0.5f;
    if (head == BertHead::SequenceClassification || head == BertHead::TokenClassification) config.labels = labels;
    if (name == "several") config.other_keys = R"({"problem_type": "multi_label_classification"})";
    if (name == "regression") config.other_keys = R"({"problem_type": "regression"})";
    if (name == "padded") config.vocab_size += 900;  // most guesses are no token
    save_bert(folder / name, BertModel::make(config, head, 7));
    tokenizer.save(folder / name);
  }
};

struct Predict {
  const Models& models = made_once();
  TemporaryFolder folder;
  std::string in = folder / "in.txt", out = folder / "out.txt";

  static const Models& made_once() {
    static const Models models;
    return models;
  }

  std::vector<std::string> command(const std::string& model, std::vector<std::string> options) const {
    std::vector<std::string> words{program_path("predict"), "--device", "cpu", "--model", models.folder / model};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  ChildResult run(const std::string& model, std::vector<std::string> options, const std::string& input) const {
    put_bytes(in, input);
    if (std::ranges::find(options, "--task-file") == options.end()) options.insert(options.end(), {"--in", in});
    return run_program(command(model, options));
  }
  std::string output(const std::string& model, const std::vector<std::string>& options,
                     const std::string& input) const {
    const ChildResult result = run(model, options, input);
    CAPTURE(result.talk);
    CHECK(result.code == 0);
    return result.output;
  }
  std::vector<Json> objects(const std::string& model, std::vector<std::string> options,
                            const std::string& input) const {
    options.emplace_back("--json");
    std::vector<Json> list;
    std::istringstream lines(output(model, options, input));
    for (std::string line; std::getline(lines, line);) list.push_back(Json::parse(line));
    return list;
  }

  /// This exit code, one line that has the words (after the one on the device, where it comes to that), and no output
  /// file, finished or not.
  void refuses(const std::string& model, std::vector<std::string> options, const std::string& input, int code,
               const std::string& words) const {
    const ChildResult result = run(model, options, input);
    CAPTURE(result.talk);
    const bool has_device = result.talk.starts_with("device: ");
    CHECK(result.code == code);
    CHECK(std::count(result.talk.begin(), result.talk.end(), '\n') == (has_device ? 2 : 1));
    CHECK(result.talk.find(words) != std::string::npos);
    for (const auto& entry : fs::directory_iterator(folder.path()))
      CHECK(entry.path().filename().string().find("out.txt") == std::string::npos);
  }
};

constexpr const char* kMasks = "BertForMaskedLM";
constexpr const char* kPairs = "BertForNextSentencePrediction";
constexpr const char* kClasses = "BertForSequenceClassification";
constexpr const char* kTags = "BertForTokenClassification";
constexpr const char* kAnswers = "BertForQuestionAnswering";
constexpr const char* kPlain = "BertModel";

std::int64_t lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::string too_long_for_a_mask() {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "[MASK] ";
  return text;
}

std::vector<std::string> many_lines() {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < 70; ++i) {
    std::string line = "the";
    for (std::size_t word = 0; word < i * 7 % 23; ++word) line += word % 2 == 0 ? " old" : " man";
    lines.push_back(line + " [MASK]");
  }
  return lines;
}

}  // namespace

TEST_CASE("predict: missing words") {
  const Predict predict;
  const std::string text = "the [MASK] man\n[MASK] and [MASK] .\n";
  CHECK(lines_of(predict.output(kMasks, {}, text)) == 2);
  const std::vector<Json> lines = predict.objects(kMasks, {"--top-k", "3"}, text);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["masks"][0]["start"] == 4);
  CHECK(lines[0]["masks"][0]["end"] == 10);
  CHECK(lines[1]["masks"].size() == 2);
  const Json& guesses = lines[1]["masks"][1]["guesses"];
  REQUIRE(guesses.size() == 3);
  CHECK(guesses[0]["probability"] >= guesses[1]["probability"]);
  CHECK(guesses[0]["token"].is_string());
}

TEST_CASE("predict: classes and scores of texts and pairs") {
  const Predict predict;
  const std::vector<Json> best = predict.objects(kClasses, {}, "the old man\nsea\n");
  REQUIRE(best.size() == 2);
  CHECK(best[0]["probability"] > 0.3);
  const Json all = predict.objects(kClasses, {"--top-k", "9"}, "the old man\n")[0]["labels"];
  REQUIRE(all.size() == 3);
  CHECK(all[0]["label"] == best[0]["label"]);
  CHECK(all[0]["probability"].get<double>() + all[1]["probability"].get<double>() +
            all[2]["probability"].get<double>() ==
        doctest::Approx(1.0));
  CHECK(predict.output(kClasses, {"--task", "pair"}, "a\tb\n").find('\t') != std::string::npos);
  CHECK(predict.objects("score", {}, "sea\n")[0]["score"].is_number());
  CHECK(lines_of(predict.output("score", {"--task", "regress"}, "sea\nsea\tman\n")) == 2);
  const Json pair = predict.objects(kPairs, {}, "the man\tthe sea\n")[0];
  CHECK(pair["probability"] > 0.0);
  CHECK(pair["probability"] < 1.0);
}

TEST_CASE("predict: one label is a sigmoid, unless the configuration says otherwise") {
  const Predict predict;
  const double sure = predict.objects("score", {}, "sea\tman\n")[0]["score"];
  const double logit = predict.objects("regression", {}, "sea\tman\n")[0]["score"];
  CHECK(sure == doctest::Approx(1 / (1 + std::exp(-logit))).epsilon(1e-6));
  const fs::path said = predict.folder / "said";
  fs::copy(predict.models.folder / "score", said);
  Json config = Json::parse(file_bytes(said / "config.json"));
  config["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.activation.Tanh"}};
  put_bytes(said / "config.json", config.dump());
  CHECK(predict.objects(said, {}, "sea\tman\n")[0]["score"] == doctest::Approx(std::tanh(logit)).epsilon(1e-6));
}

TEST_CASE("predict: a guess without a token is shown as its id, and the rest answered") {
  const Predict predict;
  const std::vector<Json> lines = predict.objects("padded", {"--top-k", "3"}, "the [MASK] man\nold [MASK]\n");
  REQUIRE(lines.size() == 2);
  const Json& guess = lines[0]["masks"][0]["guesses"][0];
  CHECK(guess["token"] == "[" + std::to_string(guess["id"].get<int>()) + "]");
  CHECK(lines_of(predict.output("padded", {}, "the [MASK] man\nold [MASK]\n")) == 2);
}

TEST_CASE("predict: what stands in the place of a model's files is told in a line") {
  const Predict predict;
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 438007538\n";
  for (const char* name : {"model.safetensors", "config.json", "vocab.txt"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    fs::copy(predict.models.folder / kMasks, folder.path(), fs::copy_options::recursive);
    put_bytes(folder / name, pointer);
    predict.refuses(folder.path(), {}, "[MASK]\n", 2, std::string(name) + " is a Git LFS pointer, not the file itself");
    put_bytes(folder / name, "<!DOCTYPE html>\n<html><body>Not found</body></html>\n");
    predict.refuses(folder.path(), {}, "[MASK]\n", 2, std::string(name) + " is a web page");
  }
  const TemporaryFolder folder;
  fs::copy(predict.models.folder / kMasks, folder.path(), fs::copy_options::recursive);
  fs::remove(folder / "model.safetensors");
  put_bytes(folder / "tf_model.h5", "x");
  predict.refuses(folder.path(), {}, "[MASK]\n", 2, "tf_model.h5 is weights of TensorFlow; load it there and save it");
}

TEST_CASE("predict: tags with their places, in code points and in bytes") {
  const Predict predict;
  const Json words = predict.objects(kTags, {"--words"}, "\u00e9\u00e9 men.\n")[0]["words"];
  REQUIRE(words.size() == 3);
  CHECK(words[1]["text"] == "men");
  CHECK(words[1]["start"] == 3);
  CHECK(words[1]["end"] == 6);
  CHECK(predict.objects(kTags, {"--words", "--byte-offsets"}, "\u00e9\u00e9 men.\n")[0]["words"][1]["start"] == 5);
  CHECK(predict.output(kTags, {"--words"}, "old men\n").starts_with("old\t"));
  CHECK(lines_of(predict.output(kTags, {}, "old men\n\nsea\n")) == 3);
  put_bytes(predict.in, "old X\nman X\n\nsea X\n");
  const std::string columns = predict.output(kTags, {"--task-file", predict.in}, "old X\nman X\n\nsea X\n");
  CHECK(columns.starts_with("old\t"));
  CHECK(columns.find("\n\nsea\t") != std::string::npos);
}

TEST_CASE("predict: answers from lines and from SQuAD's files") {
  const Predict predict;
  const Json line = predict.objects(kAnswers, {"--top-k", "2"}, "who?\tthe old man and the sea\n")[0];
  const std::string context = "the old man and the sea", text = line["text"];
  CHECK(context.substr(line["start"], text.size()) == text);
  CHECK(line["answers"].size() == 2);
  const Json asked = predict.objects(kAnswers, {"--json-lines", "--no-answer"},
                                     "{\"id\": 5, \"question\": \"who\", \"context\": \"the man\"}\n")[0];
  CHECK(asked["id"] == 5);
  CHECK(asked["null_odds"].is_number());
  const Json file = {{"data",
                      {{{"paragraphs",
                         {{{"context", context},
                           {"qas", {{{"id", "q1"}, {"question", "who"}}, {{"id", "q2"}, {"question", "a b"}}}}}}}}}}};
  const std::string nbest = predict.folder / "nbest.json", odds = predict.folder / "odds.json";
  const Json predictions = Json::parse(predict.output(
      kAnswers, {"--task-file", predict.in, "--no-answer", "--nbest", nbest, "--null-odds", odds}, file.dump()));
  CHECK(predictions.size() == 2);
  CHECK(predictions["q2"].is_string());
  CHECK(Json::parse(file_bytes(nbest))["q1"].size() > 1);
  CHECK(Json::parse(file_bytes(odds))["q2"].is_number());
}

TEST_CASE("predict: vectors as text, JSON and .npy") {
  const Predict predict;
  const std::string text = "the old man\nsea\n", npy = predict.folder / "v.npy";
  const std::vector<Json> vectors = predict.objects(kPlain, {"--normalize"}, text);
  REQUIRE(vectors.size() == 2);
  double squares = 0;
  for (const double x : vectors[1]["vector"]) squares += x * x;
  CHECK(squares == doctest::Approx(1.0));
  CHECK(predict.output(kPlain, {"--npy", npy}, text).empty());
  const std::string bytes = file_bytes(npy);
  CHECK(bytes.find("'shape': (2, 32)") != std::string::npos);
  CHECK(predict.output(kPlain, {"--pooling", "cls"}, text) != predict.output(kPlain, {"--layer", "1"}, text));
  // Any model has an encoder.
  CHECK(predict.objects(kMasks, {"--task", "embed"}, text)[0]["vector"].size() == 32);
}

TEST_CASE("predict: the same line for a text whatever runs beside it, in the order of the input") {
  const Predict predict;
  std::string all;
  for (const std::string& line : many_lines()) all += line + "\n";
  const std::string output = predict.output(kMasks, {"--batch", "4", "--json"}, all);
  CHECK(output == predict.output(kMasks, {"--batch", "1", "--json"}, all));
  CHECK(output == predict.output(kMasks, {"--batch", "64", "--json"}, all));
  CHECK(lines_of(output) == 70);
  std::istringstream lines(output);
  for (const std::string& text : many_lines()) {
    std::string line;
    std::getline(lines, line);
    if (text.size() % 3 == 0) CHECK(predict.output(kMasks, {"--json"}, text) == line + "\n");
  }
}

TEST_CASE("predict: 1,000 texts in batches of 1, 7, 32 and 64: the same bytes, on every instruction set") {
  const Predict predict;
  const std::vector<std::string> lines = many_lines();
  std::mt19937 random(11);
  std::string texts;
  for (int i = 0; i < 1000; ++i) {
    // One to four pieces of text: 4 to 48 tokens.
    for (std::uint32_t pieces = 1 + random() % 4; pieces > 0; --pieces) texts += lines[random() % lines.size()] + " ";
    texts += "\n";
  }
  for (const CpuIsa isa : {CpuIsa::Baseline, CpuIsa::Avx2, CpuIsa::Avx512}) {
    if (isa > processor_isa()) continue;
    ::setenv("SCORIA_CPU_ISA", std::string(cpu_isa_name(isa)).c_str(), 1);
    for (const char* model : {kPlain, kClasses}) {
      const auto in_batches = [&](const char* size) {
        return predict.output(model, {"--batch", size, "--json", "--max-length", "48"}, texts);
      };
      const std::string one_by_one = in_batches("1");
      CHECK(lines_of(one_by_one) == 1000);
      for (const char* size : {"7", "32", "64"}) CHECK(in_batches(size) == one_by_one);
    }
  }
  ::unsetenv("SCORIA_CPU_ISA");
}

TEST_CASE("predict: of independent labels all that are more likely than not, or as many as are asked for") {
  const Predict predict;
  std::string texts;
  for (const std::string& line : many_lines()) texts += line + "\n";
  const std::vector<Json> all = predict.objects("several", {"--top-k", "2"}, texts);
  const std::vector<Json> likely = predict.objects("several", {}, texts);
  std::set<std::size_t> counts;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i]["labels"].size() == 2);
    Json expected = Json::array();
    for (const Json& label : all[i]["labels"]) {
      if (label["probability"] >= 0.5) expected.push_back(label);
    }
    CHECK(likely[i]["labels"] == expected);
    counts.insert(expected.size());
  }
  CHECK(counts.size() > 1);
}

TEST_CASE("predict: long texts in windows") {
  const Predict predict;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "old ";
  text += "sea";
  const std::string cut = predict.output(kClasses, {}, text);
  CHECK(cut == predict.output(kClasses, {}, text + " sea sea"));
  CHECK(cut != predict.output(kClasses, {"--window", "16"}, text));
  CHECK(predict.output(kClasses, {"--window", "16", "--window-pool", "surest"}, text) !=
        predict.output(kClasses, {"--window", "16"}, text));
  CHECK(predict.objects(kTags, {"--words"}, text)[0]["words"].size() == 101);
  CHECK(predict.objects(kAnswers, {"--window", "16", "--stride", "4"}, "who\t" + text + "\n")[0]["text"].is_string());
}

TEST_CASE("predict: nothing in, nothing out") {
  const Predict predict;
  for (const char* model : {kMasks, kPairs, kClasses, kTags, kAnswers, kPlain}) {
    CAPTURE(model);
    CHECK(predict.output(model, {}, "").empty());
  }
  CHECK(predict.output(kPlain, {"--npy", predict.folder / "v.npy"}, "").empty());
  CHECK(file_bytes(predict.folder / "v.npy").find("'shape': (0, 32)") != std::string::npos);
}

TEST_CASE("predict --strict: the first wrong line ends it, told by its number, and no file is half written") {
  const Predict predict;
  const std::vector<std::string> to_file{"--strict", "--out", predict.out};
  std::vector<std::string> json = to_file, answers;
  json.emplace_back("--json-lines");
  answers = json;
  answers.insert(answers.end(), {"--window", "48"});
  predict.refuses(kPairs, to_file, "a\tb\nc\n", 2, "in.txt:2: expected two texts apart by one TAB");
  predict.refuses(kPairs, to_file, "a\tb\tc\n", 2, "in.txt:1: expected two texts");
  predict.refuses(kMasks, to_file, "[MASK]\nno mask\n", 2, "in.txt:2: no [MASK]");
  predict.refuses(kClasses, json, "{\"text\": \"a\"}\n{\"text\"\n", 2, "in.txt:2: expected {\"text\"");
  predict.refuses(kClasses, json, "{\"texts\": 3}\n", 2, "\"text\" is missing or no string");
  predict.refuses(kAnswers, answers, "{\"question\": \"a\"}\n", 2, "\"context\" is missing");
  predict.refuses(kPlain, json, "{\"text\": \"a\", \"text_b\": \"b\"}\n", 2, "\"text_b\" says nothing to --task embed");
  predict.refuses(kMasks, to_file, "[MASK]\n" + too_long_for_a_mask(), 2, "in.txt:2: 62 tokens, and the model reads 48");
  // What was right before it is printed.
  const ChildResult result = predict.run(kMasks, {"--json", "--strict"}, "[MASK]\nthe [MASK]\nno mask\n[MASK]\n");
  CHECK(result.code == 2);
  CHECK(lines_of(result.output) == 2);
}

TEST_CASE("predict: a wrong line is told and keeps its place, the others are answered as without it, the exit code is 2") {
  const Predict predict;
  std::string right, mixed;
  std::set<std::size_t> wrong;
  for (std::size_t i = 0; const std::string& line : many_lines()) {
    for (const std::string& bad : {std::string("no mask"), too_long_for_a_mask()}) {
      if (i % 7 != 3) continue;
      wrong.insert(static_cast<std::size_t>(lines_of(mixed)));
      mixed += bad + "\n";
    }
    right += line + "\n";
    mixed += line + "\n";
    ++i;
  }
  for (const char* batch : {"1", "4", "64"}) {
    for (const bool json : {false, true}) {
      CAPTURE(batch);
      CAPTURE(json);
      std::vector<std::string> options{"--batch", batch};
      if (json) options.emplace_back("--json");
      const ChildResult result = predict.run(kMasks, options, mixed);
      CHECK(result.code == 2);
      std::string answered;
      std::istringstream lines(result.output);
      std::size_t at = 0;
      for (std::string line; std::getline(lines, line); ++at) {
        if (!wrong.contains(at)) {
          answered += line + "\n";
        } else if (json) {
          CHECK(Json::parse(line)["error"].is_string());
        } else {
          CHECK(line.empty());
        }
        if (wrong.contains(at))
          CHECK(result.talk.find(predict.in + ":" + std::to_string(at + 1) + ": ") != std::string::npos);
      }
      CHECK(at == wrong.size() + many_lines().size());
      CHECK(answered == predict.output(kMasks, options, right));
      CHECK(result.talk.ends_with("predict: 20 of 90 could not be answered; --strict ends at the first\n"));
    }
  }
}

TEST_CASE("predict: wrong lines of every task, by id, in a file that appears whole") {
  const Predict predict;
  const auto lenient = [&](const char* model, std::vector<std::string> options, const std::string& input) {
    options.insert(options.end(), {"--out", predict.out});
    fs::remove(predict.out);
    const ChildResult result = predict.run(model, options, input);
    CAPTURE(result.talk);
    CHECK(result.code == 2);
    CHECK(result.output.empty());
    return file_bytes(predict.out);
  };
  const std::string pairs = lenient(kPairs, {}, "a\tb\nc\na\tb\tc\na\tb\n");
  CHECK(lines_of(pairs) == 4);
  CHECK(pairs.find("\n\n\n") != std::string::npos);
  const std::string objects =
      lenient(kClasses, {"--json-lines", "--json"}, "{\"text\": \"a\"}\n{\"text\"\n{\"id\": \"x7\", \"texts\": 3}\n");
  std::istringstream lines(objects);
  std::vector<Json> list;
  for (std::string line; std::getline(lines, line);) list.push_back(Json::parse(line));
  REQUIRE(list.size() == 3);
  CHECK(list[0].contains("label"));
  CHECK(list[1]["error"].get<std::string>().starts_with("expected {\"text\""));
  CHECK(list[2]["id"] == "x7");
  CHECK(list[2]["error"].is_string());
  // Bytes that are no UTF-8 in a message, a line over 16 MiB, with and without an end.
  const std::string huge((std::size_t{17} << 20), 'a');
  CHECK(lines_of(lenient(kClasses, {"--json-lines", "--json"}, "\"\xff\xfe\n\"a\"\n" + huge + "\n\"b\"\n" + huge)) == 5);
  // Rows of a matrix stay those of the texts.
  const std::string npy = predict.folder / "v.npy";
  predict.run(kPlain, {"--json-lines", "--npy", npy}, "\"a\"\n3\n\"b\"\n");
  const std::string bytes = file_bytes(npy);
  CHECK(bytes.find("'shape': (3, 32)") != std::string::npos);
  std::vector<float> values(96);
  std::memcpy(values.data(), bytes.data() + bytes.size() - 96 * sizeof(float), 96 * sizeof(float));
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::isnan(values[i]) == (i / 32 == 1));
}

TEST_CASE("predict: wrong rows of a task file") {
  const Predict predict;
  // A row that does not fit keeps its place, however few rows there are; --strict and the readers' own rule end it.
  const std::string table = "sentence\tnote\nold man\tx\nsea\nthe sea\ty\n", csv = predict.folder / "rows.tsv";
  put_bytes(csv, table);
  const ChildResult rows = predict.run(kClasses, {"--task-file", csv}, "");
  CAPTURE(rows.talk);
  CHECK(rows.code == 2);
  CHECK(lines_of(rows.output) == 3);
  CHECK(rows.output.find("\n\n") != std::string::npos);
  CHECK(rows.talk.find("rows.tsv:3: columns: expected 2 as in the first row, got 1") != std::string::npos);
  // Several on one line too.
  const std::string array = predict.folder / "rows.json";
  put_bytes(array, R"([{"text": "old man"}, {"text": 3}, {"text": "sea"}])");
  const ChildResult objects = predict.run(kClasses, {"--task-file", array, "--json"}, "");
  CAPTURE(objects.talk);
  CHECK(objects.code == 2);
  std::istringstream lines(objects.output);
  std::vector<bool> is_error;
  for (std::string line; std::getline(lines, line);) is_error.push_back(Json::parse(line).contains("error"));
  CHECK(is_error == std::vector<bool>{false, true, false});
  const ChildResult strict = predict.run(kClasses, {"--task-file", csv, "--strict"}, "");
  CHECK(strict.code == 2);
  CHECK(strict.output.empty());
  const ChildResult pairs = predict.run(
      kPairs, {"--task-file", predict.in, "--text-column", "text"}, "text\na\nb\n");
  CHECK(pairs.code == 2);
  CHECK(pairs.output == "\n\n");
  CHECK(pairs.talk.find("in.txt:3: one text, expected a pair") != std::string::npos);
}

TEST_CASE("predict: a default never makes a valid call fail") {
  const Predict predict;
  // 48 positions: windows of 384 and questions of 64 are usual.
  std::string question;
  for (int i = 0; i < 70; ++i) question += "old ";
  const ChildResult result = predict.run(kAnswers, {}, question + "\tthe old man and the sea\n");
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  CHECK(result.talk.find("window: 48, the model's positions (384 is usual)\n") != std::string::npos);
  CHECK(predict.run(kAnswers, {"--window", "16"}, question + "\tthe old man\n").code == 0);
  predict.refuses(kAnswers, {"--window", "49"}, "a\tb\n", 1, "--window must be at most the model's 48 positions");
  predict.refuses(kAnswers, {"--window", "32", "--max-question", "29"}, "a\tb\n", 1, "give --max-question 28 at most");
  CHECK(predict.run(kClasses, {"--top-k", "100"}, "a\n").code == 0);
  CHECK(predict.run(kMasks, {"--top-k", "5000"}, "[MASK]\n").code == 0);
}

TEST_CASE("predict: texts are cut to the tokenizer's model_max_length, and it is told") {
  const Predict predict;
  std::string words;
  for (int i = 0; i < 20; ++i) words += "old ";
  const ChildResult whole = predict.run(kClasses, {"--max-length", "12"}, words + "\n");
  const fs::path folder = predict.models.folder / "cut";
  fs::copy(predict.models.folder / kClasses, folder);
  put_bytes(folder / "tokenizer_config.json", R"({"model_max_length": 12})");
  const ChildResult cut = predict.run("cut", {}, words + "\n");
  CAPTURE(cut.talk);
  CHECK(cut.code == 0);
  CHECK(cut.output == whole.output);
  CHECK(cut.output != predict.run(kClasses, {}, words + "\n").output);
  CHECK(cut.talk.find("max-length: 12 tokens, the tokenizer's model_max_length (the model has 48 positions)\n") !=
        std::string::npos);
  put_bytes(folder / "tokenizer_config.json", R"({"model_max_length": 1})");
  predict.refuses("cut", {}, "a\n", 2, "\"model_max_length\" is 1, expected 4 or more");
}

TEST_CASE("predict: what is odd and answered all the same is told") {
  const Predict predict;
  const ChildResult bytes = predict.run(kClasses, {}, "the old man\ncaf\xe9 \xe9\n\xe9\n");
  CHECK(bytes.code == 0);
  CHECK(bytes.talk.find("in.txt:2: 2 bytes are not UTF-8") != std::string::npos);
  CHECK(bytes.talk.find("in.txt:3") == std::string::npos);
  const ChildResult tags = predict.run(kClasses, {"--task", "tag"}, "the old man\n");
  CHECK(tags.code == 0);
  CHECK(tags.talk.find("a BertForSequenceClassification, whose classifier is taken for that of a "
                       "BertForTokenClassification") != std::string::npos);
  CHECK(predict.run(kClasses, {"--json-lines"}, "{\"text\": \"a\", \"text_b\": null}\n").output ==
        predict.run(kClasses, {}, "a\n").output);
}

TEST_CASE("predict: --in reads an array of JSON as lines of it") {
  const Predict predict;
  const std::string one = R"({"id": 1, "text": "the old man"})", two = R"("the sea")";
  const ChildResult array = predict.run(kClasses, {"--json-lines", "--json"}, "[" + one + ",\n 7,\n" + two + "]\n");
  const ChildResult lines = predict.run(kClasses, {"--json-lines", "--json"}, one + "\n7\n" + two + "\n");
  CHECK(array.code == 2);
  CHECK(array.output == lines.output);
  CHECK(array.talk.find("in.txt:2: expected") != std::string::npos);
}

TEST_CASE("predict: what is wrong with the command line") {
  const Predict predict;
  predict.refuses(kClasses, {"--layer", "1"}, "a\n", 1, "--layer says nothing to --task classify");
  predict.refuses(kClasses, {"--stride", "4"}, "a\n", 1, "--stride is of windows");
  predict.refuses(kClasses, {"--max-length", "49"}, "a\n", 1, "texts of 49 tokens; give 4 to 48");
  predict.refuses("score", {"--task", "classify"}, "a\n", 1, "take --task regress");
  predict.refuses(kClasses, {"--task", "regress"}, "a\n", 1, "take --task classify");
  predict.refuses(kPlain, {"--layer", "3"}, "a\n", 1, "layer 3 of a model of 2");
  predict.refuses(kPlain, {"--task", "fill-mask"}, "a\n", 2, "cls.predictions");
  predict.refuses(kTags, {"--task", "guess"}, "a\n", 1, "guess");
}

TEST_CASE("predict: a line is answered when it comes, and Ctrl-C ends the program") {
  const Predict predict;
  const std::string pipe = predict.folder / "pipe", printed = predict.folder / "printed";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string command = "exec";
  for (const std::string& word : predict.command(kMasks, {})) command += " '" + word + "'";
  ChildProcess child({"/bin/sh", "-c", command + " < '" + pipe + "' > '" + printed + "'"});
  const int input = ::open(pipe.c_str(), O_WRONLY);
  const auto answered = [&](const std::string& text, std::int64_t lines) {
    REQUIRE(::write(input, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    while (lines_of(file_bytes(printed)) < lines && child.is_running())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(lines_of(file_bytes(printed)) == lines);
  };
  answered("the [MASK]\n", 1);
  answered("a [MASK]\nb [MASK]\n", 3);
  answered("half a [MASK]", 3);
  child.send(SIGINT);
  const ChildResult result = child.wait();
  ::close(input);
  CHECK(result.code == 130);
  CHECK(lines_of(file_bytes(printed)) == 3);
}
