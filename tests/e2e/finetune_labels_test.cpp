// finetune on labels as people's files have them: several a text, integers, other capitals.

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

/// Texts of three words, each of which says whether a label holds.
struct LabelFolder {
  TemporaryFolder folder;

  LabelFolder() {
    put_bytes(folder / "vocab.txt",
              "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nmad\ncalm\nrude\npolite\nlong\nshort\nanna\nparis\nsaw\n");
    for (const auto& [part, count] : {std::pair{"train", 256}, {"dev", 64}}) write_texts(part, count);
  }

  void write_texts(const std::string& part, int count) const {
    std::string lists, columns = "id,text,angry,rude,long\n", array = "[", single = "text\tlabel\n", upper = single;
    for (int i = 0; i < count; ++i) {
      const bool angry = (i & 1) != 0, rude = (i & 2) != 0, is_long = (i & 4) != 0;
      const std::string text =
          std::string(angry ? "mad " : "calm ") + (rude ? "rude " : "polite ") + (is_long ? "long" : "short");
      Json labels = Json::array();
      if (angry) labels.push_back("angry");
      if (rude) labels.push_back("rude");
      if (is_long) labels.push_back("long");
      lists += Json{{"text", text}, {"labels", labels}}.dump() + "\n";
      const Json flags{angry ? 1.0 : 0.0, rude ? 1.0 : 0.0, is_long ? 1.0 : 0.0};
      array += (i > 0 ? "," : "") + Json{{"text", text}, {"labels", flags}}.dump(1);
      columns += std::to_string(i) + "x," + text + "," + (angry ? "1," : "0,") + (rude ? "1," : "0,") +
                 (is_long ? "1\n" : "0\n");
      single += text + "\t" + (angry ? "mad\n" : "calm\n");
      upper += text + "\t" + (angry ? "MAD\n" : "CALM\n");
    }
    put_bytes(folder / (part + ".jsonl"), lists);
    put_bytes(folder / (part + ".json"), array + "]");
    put_bytes(folder / (part + ".csv"), columns);
    put_bytes(folder / (part + ".tsv"), single);
    put_bytes(folder / (part + ".upper.tsv"), upper);
  }

  ChildResult train(const std::string& model, const std::string& task, const std::string& file, const std::string& out,
                    std::vector<std::string> flags = {}) const {
    std::vector<std::string> arguments{program_path("finetune"),
                                       "--model",
                                       model,
                                       "--task",
                                       task,
                                       "--train",
                                       folder / file,
                                       "--out",
                                       folder / out,
                                       "--lr",
                                       "1e-3",
                                       "--batch",
                                       "16",
                                       "--seq-len",
                                       "16",
                                       "--device",
                                       "cpu",
                                       "--json",
                                       "--vocab",
                                       folder / "vocab.txt"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return run_program(arguments);
  }

  ChildResult evaluate(const std::string& out, const std::string& task, const std::string& file) const {
    return run_program({program_path("finetune"), "--model", folder / (out + "/best"), "--task", task, "--dev",
                        folder / file, "--eval-only", "--seq-len", "16", "--device", "cpu", "--json"});
  }
};

Json result_of(const ChildResult& result) {
  CAPTURE(result.talk);
  REQUIRE(result.code == 0);
  return Json::parse(result.output);
}

bool says(const ChildResult& result, const std::string& text) { return result.talk.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("finetune learns several labels a text, from lists, lists of 0 and 1, and columns") {
  const LabelFolder files;
  const ChildResult lists =
      files.train("tiny", "classify", "train.jsonl", "lists",
                  {"--dev", files.folder / "dev.jsonl", "--epochs", "20", "--class-weights", "balanced"});
  const Json learned = result_of(lists);
  CHECK(learned["metric"] == "f1_micro");
  const Json& scores = learned["runs"][0]["scores"];
  for (const char* metric : {"f1_micro", "f1_macro", "f1_samples", "subset_accuracy"}) {
    CAPTURE(metric);
    // A text without labels counts 0 in the mean over texts, as scikit-learn has it: an eighth of them.
    CHECK(scores[metric].get<double>() > (metric == std::string("f1_samples") ? 0.85 : 0.95));
  }
  const Json config = Json::parse(file_bytes(files.folder / "lists/best/config.json"));
  CHECK(config["problem_type"] == "multi_label_classification");
  CHECK(config["id2label"] == Json{{"0", "angry"}, {"1", "long"}, {"2", "rude"}});
  const std::string predictions = file_bytes(files.folder / "lists/predictions.jsonl");
  CHECK(Json::parse(predictions.substr(0, predictions.find('\n')))["labels"] == Json::array());

  CHECK(result_of(files.evaluate("lists", "classify", "dev.csv"))["scores"]["f1_micro"] == scores["f1_micro"]);

  const ChildResult columns = files.train("tiny", "classify", "train.csv", "columns", {"--epochs", "1"});
  result_of(columns);
  const ChildResult again =
      files.train(files.folder / "columns/best", "classify", "train.json", "again", {"--epochs", "3"});
  result_of(again);
  CHECK_FALSE(says(again, "starts anew"));
  CHECK(Json::parse(file_bytes(files.folder / "again/best/config.json"))["id2label"] ==
        Json{{"0", "angry"}, {"1", "rude"}, {"2", "long"}});
  CHECK(result_of(files.evaluate("again", "classify", "dev.json"))["scores"]["f1_micro"].get<double>() > 0.95);
}

TEST_CASE("a model of several labels and one of classes are never taken for each other without a word") {
  const LabelFolder files;
  result_of(files.train("tiny", "classify", "train.jsonl", "several", {"--epochs", "1"}));
  result_of(files.train("tiny", "classify", "train.tsv", "one", {"--epochs", "1"}));
  const ChildResult refused = files.evaluate("one", "classify", "dev.jsonl");
  CHECK(refused.code == 2);
  CHECK(says(refused, "the model's classes exclude each other; give a model with \"problem_type\""));
  const ChildResult mixed =
      files.train("tiny", "classify", "train.tsv", "mixed", {"--dev", files.folder / "dev.jsonl"});
  CHECK(mixed.code == 2);
  CHECK(says(mixed, "give both files the same kind of labels"));
  const ChildResult becomes =
      files.train(files.folder / "one/best", "classify", "train.jsonl", "becomes", {"--epochs", "1"});
  result_of(becomes);
  CHECK(says(becomes, "it becomes multi-label"));
  CHECK(says(becomes, "starts anew: classifier"));
  put_bytes(files.folder / "single.tsv", "text\tlabel\nmad\tangry\nrude\trude\nlong\tlong\n");
  const ChildResult alone =
      files.train(files.folder / "several/best", "classify", "single.tsv", "alone", {"--epochs", "1"});
  result_of(alone);
  CHECK(says(alone, "a text's label is taken for the only one it has"));
  CHECK(file_bytes(files.folder / "alone/best/config.json").find("multi_label_classification") != std::string::npos);
  const ChildResult other =
      files.train(files.folder / "several/best", "classify", "train.tsv", "other", {"--epochs", "1"});
  result_of(other);
  CHECK(says(other, "becomes a model of classes that exclude each other"));
  CHECK(file_bytes(files.folder / "other/best/config.json").find("single_label_classification") != std::string::npos);
}

TEST_CASE("labels in other capitals: the same accuracy, and training keeps the head") {
  const LabelFolder files;
  result_of(files.train("tiny", "classify", "train.tsv", "lower", {"--epochs", "2"}));
  const Json lower = result_of(files.evaluate("lower", "classify", "dev.tsv"));
  CHECK(lower["scores"]["accuracy"].get<double>() > 0.9);
  CHECK(result_of(files.evaluate("lower", "classify", "dev.upper.tsv"))["scores"] == lower["scores"]);
  const ChildResult kept =
      files.train(files.folder / "lower/best", "classify", "train.upper.tsv", "kept", {"--epochs", "1"});
  result_of(kept);
  CHECK_FALSE(says(kept, "starts anew"));
  result_of(files.train("tiny", "classify", "train.jsonl", "several", {"--epochs", "1"}));
  put_bytes(files.folder / "two.jsonl", R"({"text": "mad", "labels": ["ANGRY"]}
{"text": "rude", "labels": ["Rude"]})");
  const ChildResult two = files.train(files.folder / "several/best", "classify", "two.jsonl", "two", {"--epochs", "1"});
  result_of(two);
  CHECK_FALSE(says(two, "starts anew"));
  CHECK(says(two, "labels: 1 of the model's 3 do not occur in"));
}

// transformers writes no names where there are two labels of its default ones.
TEST_CASE("a classifier of two labels without names: known by number and as LABEL_1, its head kept") {
  const LabelFolder files;
  for (const char* part : {"train", "dev"}) {
    std::string numbers = "text\tlabel\n", names = numbers;
    for (int i = 0; i < (part[0] == 't' ? 256 : 64); ++i) {
      const std::string text = i % 2 != 0 ? "mad rude\t" : "calm polite\t";
      numbers += text + std::to_string(i % 2) + "\n";
      names += text + "LABEL_" + std::to_string(i % 2) + "\n";
    }
    put_bytes(files.folder / (std::string(part) + ".number.tsv"), numbers);
    put_bytes(files.folder / (std::string(part) + ".name.tsv"), names);
  }
  result_of(files.train("tiny", "classify", "train.number.tsv", "two", {"--epochs", "2"}));
  const fs::path config = files.folder / "two/best/config.json";
  Json fields = Json::parse(std::ifstream(config));
  fields.erase("id2label");
  fields.erase("label2id");
  put_bytes(config, fields.dump());
  for (const char* file : {"dev.number.tsv", "dev.name.tsv"})
    CHECK(result_of(files.evaluate("two", "classify", file))["scores"]["accuracy"].get<double>() > 0.9);
  const ChildResult kept =
      files.train(files.folder / "two/best", "classify", "train.number.tsv", "kept", {"--epochs", "1"});
  result_of(kept);
  CHECK_FALSE(says(kept, "starts anew"));
}

TEST_CASE("tags as integers: named by --labels, by the model's labels, or refused") {
  const LabelFolder files;
  std::string numbers = "[", names;
  for (int i = 0; i < 128; ++i) {
    const bool person = i % 2 == 0;
    numbers += std::string(i > 0 ? ",\n" : "") + R"({"tokens": ["saw", ")" + (person ? "anna" : "paris") +
               R"("], "ner_tags": [0, )" + (person ? "1" : "2") + "]}";
    names += std::string("# id ") + std::to_string(i) + "-aa\tdomain=en\nsaw _ O\n" +
             (person ? "anna _ B-PER" : "paris _ B-LOC") + "\n\n";
  }
  put_bytes(files.folder / "tags.json", numbers + "]");
  put_bytes(files.folder / "tags.conll", names);
  const ChildResult refused = files.train("tiny", "tag", "tags.json", "refused");
  CHECK(refused.code == 2);
  CHECK(
      says(refused,
           "its tags are numbers, and the model has no labels to name them; give their names in order with --labels"));
  result_of(files.train("tiny", "tag", "tags.json", "tags", {"--labels", "O,B-PER,B-LOC", "--epochs", "4"}));
  const Json by_number = result_of(files.evaluate("tags", "tag", "tags.json"));
  CHECK(by_number["scores"]["f1"].get<double>() > 0.95);
  const ChildResult by_name = files.evaluate("tags", "tag", "tags.conll");
  CHECK(result_of(by_name)["scores"] == by_number["scores"]);
  CHECK(says(by_name, "128 lines are comments"));
  const ChildResult kept = files.train(files.folder / "tags/best", "tag", "tags.json", "kept", {"--epochs", "1"});
  result_of(kept);
  CHECK_FALSE(says(kept, "starts anew"));
  put_bytes(files.folder / "more.jsonl", R"({"tokens": ["saw"], "ner_tags": [3]})");
  const ChildResult unknown = files.evaluate("tags", "tag", "more.jsonl");
  CHECK(unknown.code == 2);
  CHECK(says(unknown, "line 1: unknown tag \"3\", expected one of O, B-PER, B-LOC, by number 0 to 2"));
}
