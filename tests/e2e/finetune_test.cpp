// finetune on files that a small model learns in seconds: every task, bad input, a signal.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/child_process.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

using namespace scoria;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

const std::vector<std::string> kNouns{"stone", "river", "cloud", "table", "paper", "horse", "metal", "glass"};
const std::vector<std::string> kGood{"bright", "lovely", "clever", "gentle"},
    kBad{"dreary", "awful", "stupid", "cruel"};
const std::vector<std::string> kNames{"anna", "boris", "carla", "dimitri"}, kTowns{"oslo", "paris", "lima", "kyoto"};

struct Draw {
  std::uint32_t state;
  std::size_t below(std::size_t n) {
    state = state * 1664525u + 1013904223u;
    return static_cast<std::size_t>((std::uint64_t{state} * n) >> 32);
  }
  const std::string& of(const std::vector<std::string>& words) { return words[below(words.size())]; }
};

/// A folder with a vocabulary, and files of every task in it.
struct TaskFolder {
  TemporaryFolder folder;

  TaskFolder() {
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n?\nwhich\ntown\n##s\n";
    for (const auto* words : {&kNouns, &kGood, &kBad, &kNames, &kTowns}) {
      for (const std::string& word : *words) vocabulary += word + "\n";
    }
    put_bytes(folder / "vocab.txt", vocabulary);
    write_files("train", 240, 1);
    write_files("dev", 60, 2);
  }

  void write_files(const std::string& part, int count, std::uint32_t seed) const {
    Draw draw{seed};
    std::string texts = "sentence\tlabel\n", pairs = "sentence1\tsentence2\tlabel\n";
    std::string scores = "sentence1\tsentence2\tscore\n", tags;
    Json questions = Json::array();
    for (int i = 0; i < count; ++i) {
      const bool good = draw.below(2) == 1;
      const std::string before = draw.of(kNouns), after = draw.of(kNouns), word = draw.of(good ? kGood : kBad);
      texts += before + " " + word + " " + after + "\t" + (good ? "good" : "bad") + "\n";
      pairs += before + "\t" + word + " " + after + "\t" + (good ? "1" : "0") + "\n";
      scores += before + "\t" + word + " " + after + "\t" + (good ? "4.5" : "0.5") + "\n";
      tags += before + "\tO\n" + draw.of(kNames) + "\tB-person\n" + draw.of(kNames) + "s\tI-person\n" + after +
              "\tO\n" + draw.of(kTowns) + "\tB-place\n\n";
      const std::string town = draw.of(kTowns), context = before + " " + word + " " + town + " " + after;
      questions.push_back({{"id", part + std::to_string(i)},
                           {"question", "which town?"},
                           {"answers", {{{"text", town}, {"answer_start", context.find(town)}}}},
                           {"context", context}});
    }
    put_bytes(folder / (part + ".texts.tsv"), texts);
    put_bytes(folder / (part + ".pairs.tsv"), pairs);
    put_bytes(folder / (part + ".scores.tsv"), scores);
    put_bytes(folder / (part + ".conll"), tags);
    put_bytes(folder / (part + ".squad.json"), squad(questions).dump());
  }

  static Json squad(const Json& questions) {
    Json paragraphs = Json::array();
    for (const Json& question : questions) {
      Json asked = question;
      asked.erase("context");
      paragraphs.push_back({{"context", question["context"]}, {"qas", {asked}}});
    }
    return {{"version", "1.1"}, {"data", {{{"title", "towns"}, {"paragraphs", paragraphs}}}}};
  }

  std::vector<std::string> command(const std::string& task, const std::string& ending,
                                   const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> arguments{program_path("finetune"), "--model", "tiny", "--vocab",
                                       folder / "vocab.txt",     "--task",  task};
    const std::vector<std::pair<std::string, std::string>> defaults{{"--train", folder / ("train" + ending)},
                                                                    {"--dev", folder / ("dev" + ending)},
                                                                    {"--out", folder / "out"},
                                                                    {"--lr", "1e-3"},
                                                                    {"--batch", "16"},
                                                                    {"--epochs", "6"},
                                                                    {"--seq-len", "96"},
                                                                    {"--device", "cpu"}};
    for (const auto& [flag, value] : defaults) {
      if (std::find(flags.begin(), flags.end(), flag) == flags.end()) arguments.insert(arguments.end(), {flag, value});
    }
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return arguments;
  }
};

Json result_of(const ChildResult& result) {
  CAPTURE(result.talk);
  REQUIRE(result.code == 0);
  return Json::parse(result.output);
}

/// Learns the task and gives the score, which the saved model must reach again.
double learn(const std::string& task, const std::string& ending, const std::vector<std::string>& flags = {"--json"}) {
  const TaskFolder files;
  const Json learned = result_of(run_program(files.command(task, ending, flags)));
  const Json& run = learned["runs"][0];
  CHECK(fs::exists(run["predictions"].get<std::string>()));
  CHECK(file_bytes(files.folder / "out/metrics.jsonl").find("\"best\":true") != std::string::npos);
  const Json again = result_of(
      run_program({program_path("finetune"), "--model", run["model"], "--task", task, "--dev",
                   files.folder / ("dev" + ending), "--seq-len", "96", "--eval-only", "--json", "--device", "cpu"}));
  const std::string metric = learned["metric"];
  const double score = run["scores"][metric];
  CHECK(again["scores"][metric].get<double>() == doctest::Approx(score).epsilon(0.02));
  return score;
}

std::string refusal(const TaskFolder& files, const std::string& task, const std::string& ending,
                    const std::vector<std::string>& flags, int code) {
  const ChildResult result = run_program(files.command(task, ending, flags));
  CAPTURE(result.talk);
  CHECK(result.code == code);
  CHECK(result.output.empty());
  CHECK_FALSE(fs::exists(files.folder / "out/best"));
  const std::size_t line = result.talk.rfind("finetune: ");
  return line == std::string::npos ? result.talk : result.talk.substr(line);
}

}  // namespace

TEST_CASE("finetune learns classes of texts") { CHECK(learn("classify", ".texts.tsv") > 0.95); }
TEST_CASE("finetune learns classes of pairs") { CHECK(learn("pair", ".pairs.tsv") > 0.95); }
TEST_CASE("finetune learns scores") { CHECK(learn("regress", ".scores.tsv") > 0.95); }
TEST_CASE("finetune learns tags") { CHECK(learn("tag", ".conll") > 0.95); }
TEST_CASE("finetune learns answers") { CHECK(learn("qa", ".squad.json") > 95); }

TEST_CASE("finetune learns on Vulkan what it learns on the CPU") {
  if (!test::vulkan_test_device()) {
    MESSAGE("skipped: " << test::vulkan_test_device_refusal());
    return;
  }
  const std::string device = test::vulkan_test_device()->info().name;
  CHECK(learn("classify", ".texts.tsv", {"--json", "--device", device, "--epochs", "4"}) > 0.95);
}

TEST_CASE("several seeds in one call: a folder each, their mean and deviation") {
  const TaskFolder files;
  const Json learned =
      result_of(run_program(files.command("classify", ".texts.tsv", {"--json", "--seeds", "2", "--epochs", "1"})));
  REQUIRE(learned["runs"].size() == 2);
  const double first = learned["runs"][0]["scores"]["accuracy"], second = learned["runs"][1]["scores"]["accuracy"];
  CHECK(learned["mean"].get<double>() == doctest::Approx((first + second) / 2));
  CHECK(learned["deviation"].get<double>() == doctest::Approx(std::abs(first - second) / std::sqrt(2.0)));
  CHECK(fs::exists(files.folder / "out/seed-0/best/model.safetensors"));
  CHECK(fs::exists(files.folder / "out/seed-1/best/model.safetensors"));
}

TEST_CASE("finetune refuses bad input with one line and writes no model") {
  const TaskFolder files;
  put_bytes(files.folder / "odd.tsv", "sentence\tlabel\nstone\tugly\nriver\tgood\n");
  CHECK(refusal(files, "classify", ".texts.tsv", {"--dev", files.folder / "odd.tsv"}, 2).find("ugly") !=
        std::string::npos);
  put_bytes(files.folder / "one.tsv", "sentence\tlabel\nstone\tgood\nriver\tgood\n");
  CHECK(refusal(files, "classify", ".texts.tsv", {"--train", files.folder / "one.tsv"}, 2)
            .find("all rows have the label \"good\"") != std::string::npos);
  CHECK(refusal(files, "pair", ".texts.tsv", {}, 2).find("one text a row, expected pairs") != std::string::npos);
  CHECK(refusal(files, "regress", ".texts.tsv", {}, 2).find("train.texts.tsv") != std::string::npos);
  CHECK(refusal(files, "classify", ".texts.tsv", {"--train", files.folder / "none.tsv"}, 2).find("none.tsv") !=
        std::string::npos);
  CHECK(refusal(files, "classify", ".texts.tsv", {"--metric", "pearson"}, 1)
            .find("--metric must be one of accuracy, f1, matthews") != std::string::npos);
  CHECK(refusal(files, "classify", ".texts.tsv", {"--class-weights", "1,2,3"}, 1).find("3 of them for 2 labels") !=
        std::string::npos);
  CHECK(refusal(files, "classify", ".texts.tsv", {"--seq-len", "513"}, 1).find("512 positions") != std::string::npos);
  CHECK(refusal(files, "qa", ".conll", {}, 2).find("train.conll") != std::string::npos);
}

TEST_CASE("finetune does not write over a model") {
  const TaskFolder files;
  fs::create_directories(files.folder / "out/best");
  const ChildResult result = run_program(files.command("classify", ".texts.tsv"));
  CHECK(result.code == 1);
  CHECK(result.talk.find("already holds a fine-tuned model; give another --out") != std::string::npos);
}

TEST_CASE("a signal ends finetune after the step, the best so far kept") {
  const TaskFolder files;
  ChildProcess child(files.command("classify", ".texts.tsv", {"--epochs", "10000", "--eval-every", "5"}));
  REQUIRE(child.wait_for("(best so far)"));
  child.send(SIGINT);
  const ChildResult result = child.wait();
  CAPTURE(result.talk);
  CHECK(result.code == 130);
  CHECK(result.talk.find("is kept") != std::string::npos);
  CHECK(fs::exists(files.folder / "out/best/model.safetensors"));
}

TEST_CASE("a model of few positions is fine-tuned at its length, which is told; a length that was asked for is not changed") {
  const TaskFolder files;
  const std::string model = files.folder / "short.json";
  put_bytes(model, R"({"model_type": "bert", "vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 1,
      "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 24})");
  const auto tune = [&](const std::string& task, const std::string& ending, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{program_path("finetune"), "--model", model, "--vocab", files.folder / "vocab.txt",
                                       "--task", task, "--train", files.folder / ("train" + ending), "--out",
                                       files.folder / ("short-" + task), "--epochs", "1", "--device", "cpu"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  };
  for (const auto& [task, ending, usual] :
       {std::tuple{"classify", ".texts.tsv", "128"}, {"pair", ".pairs.tsv", "128"}, {"regress", ".scores.tsv", "128"},
        {"tag", ".conll", "128"}, {"qa", ".squad.json", "384"}}) {
    CAPTURE(task);
    const ChildResult result = tune(task, ending, {});
    CAPTURE(result.talk);
    CHECK(result.code == 0);
    CHECK(result.talk.find(std::string("seq-len: 24, the model's positions (") + usual + " is usual)\n") !=
          std::string::npos);
  }
  CHECK(tune("classify", ".texts.tsv", {"--seq-len", "25"}).talk.find("at most the model's 24 positions, got 25") !=
        std::string::npos);
  CHECK(tune("qa", ".squad.json", {"--max-question", "21"}).talk.find("give --max-question 20 at most") !=
        std::string::npos);
}
