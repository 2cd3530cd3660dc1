// Data that prepare made, and the kinds of data that pretrain takes.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/run_metrics.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A corpus, a vocabulary, and the programs on them.
struct World {
  TemporaryFolder folder;
  std::string corpus = folder / "corpus.txt", vocabulary = folder / "first", data = folder / "data";

  World() {
    write_small_corpus(corpus);
    put_bytes(folder / "tiny.json",
              R"({"model_type": "bert", "vocab_size": 200, "hidden_size": 32, "num_hidden_layers": 1,
      "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 128})");
    REQUIRE(pretrain("first", {"--corpus", corpus, "--vocab-size", "150", "--steps", "1"}).code == 0);
  }
  ChildResult pretrain(const std::string& out, const Arguments& extra) const {
    return run_program(Arguments{program_path("pretrain"), "--device", "cpu", "--model", folder / "tiny.json",
                                 "--batch", "4", "--out", folder / out, "--log-every", "1"} +
                       extra);
  }
  ChildResult prepare(const Arguments& arguments) const {
    return run_program(Arguments{program_path("prepare")} + arguments);
  }
  void make_documents() const {
    REQUIRE(prepare({"documents", "--corpus", corpus, "--vocab", vocabulary, "--out", data}).code == 0);
  }
  std::string weights(const std::string& out) const { return file_bytes(folder / (out + "/model.safetensors")); }
};

void check_refusal(const ChildResult& result, int code, const Arguments& words) {
  CAPTURE(result.talk);
  CHECK(result.code == code);
  CHECK(result.output.empty());
  const std::string line = result.talk.substr(std::min(result.talk.find("pre"), result.talk.size()));
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(line.find(word) != std::string::npos);
  }
}

constexpr int kUsage = 1, kInput = 2;

}  // namespace

TEST_CASE("a run on prepared documents is the run on the corpus, bit for bit") {
  const World world;
  world.make_documents();
  const Arguments flags{"--seq-len", "32", "--steps", "3", "--vocab", world.vocabulary};
  REQUIRE(world.pretrain("text", Arguments{"--corpus", world.corpus} + flags).code == 0);
  REQUIRE(world.pretrain("shards", {"--data", world.data, "--seq-len", "32", "--steps", "3"}).code == 0);
  CHECK(world.weights("shards") == world.weights("text"));
}

TEST_CASE("a resumed run finds its shards again, and makes them anew for another corpus") {
  const World world;
  const Arguments flags{"--corpus", world.corpus, "--vocab", world.vocabulary, "--seq-len", "32", "--resume"};
  REQUIRE(world.pretrain("run", flags + Arguments{"--steps", "2"}).code == 0);
  ChildResult again = world.pretrain("run", flags + Arguments{"--steps", "3"});
  CHECK(again.code == 0);
  CHECK(again.talk.find("is used again") != std::string::npos);
  put_bytes(world.corpus, file_bytes(world.corpus) + "\nAnother document. It has two sentences.\n");
  again = world.pretrain("run", flags + Arguments{"--steps", "4"});
  CHECK(again.code == 0);
  CHECK(again.talk.find("is used again") == std::string::npos);
  CHECK(again.talk.find("not bit-exact, changed data") != std::string::npos);
}

TEST_CASE("length bins: of documents and of finished examples, the same again from the same command") {
  const World world;
  world.make_documents();
  const std::string examples = world.folder / "examples";
  REQUIRE(world
              .prepare({"examples", "--data", world.data, "--out", examples, "--seq-len", "64", "--max-predictions",
                        "10", "--dupe-factor", "2"})
              .code == 0);
  for (const std::string& data : {world.data, examples}) {
    CAPTURE(data);
    const Arguments flags{"--data", data, "--length-bins", "4", "--steps", "4", "--accumulate", "2", "--seq-len", "64"};
    const ChildResult one = world.pretrain("one", flags), two = world.pretrain("two", flags);
    CAPTURE(one.talk);
    CHECK(one.code == 0);
    CHECK(one.talk.find("seq-len 64, packed, length-bins 4, ") != std::string::npos);
    CHECK(world.weights("one") == world.weights("two"));
    fs::remove_all(world.folder / "one");
    fs::remove_all(world.folder / "two");
  }
  check_refusal(world.pretrain("other", {"--data", world.data, "--length-bins", "9", "--seq-len", "64"}), kUsage,
                {"length_bins must be 1 to 8"});
}

TEST_CASE("finished examples train, and resume where they were") {
  const World world;
  world.make_documents();
  const std::string examples = world.folder / "examples";
  REQUIRE(world
              .prepare({"examples", "--data", world.data, "--out", examples, "--seq-len", "32", "--max-predictions",
                        "5", "--dupe-factor", "2"})
              .code == 0);
  const Arguments flags{"--data", examples, "--checkpoint-every", "2"};
  REQUIRE(world.pretrain("whole", flags + Arguments{"--steps", "4"}).code == 0);
  REQUIRE(world.pretrain("parts", flags + Arguments{"--steps", "4"}).code == 0);
  fs::remove_all(world.folder / "parts/checkpoint-4");
  const ChildResult resumed = world.pretrain("parts", flags + Arguments{"--steps", "4", "--resume"});
  CAPTURE(resumed.talk);
  CHECK(resumed.code == 0);
  CHECK(resumed.talk.find("checkpoint-2, step 2") != std::string::npos);
  CHECK(world.weights("parts") == world.weights("whole"));
  check_refusal(world.pretrain("other", flags + Arguments{"--seq-len", "64"}), kUsage, {"--seq-len", "finished"});
  check_refusal(world.pretrain("other", flags + Arguments{"--no-nsp"}), kUsage, {"--no-nsp", "finished"});
}

TEST_CASE("without next sentences: a BertForMaskedLM, its metrics, and a resume to the bit") {
  const World world;
  const Arguments flags{"--corpus", world.corpus, "--vocab",       world.vocabulary,     "--seq-len",
                        "32",       "--no-nsp",   "--whole-words", "--checkpoint-every", "2"};
  REQUIRE(world.pretrain("whole", flags + Arguments{"--steps", "4"}).code == 0);
  const std::string weights = world.weights("whole");
  CHECK(weights.find("cls.predictions.bias") != std::string::npos);
  CHECK(weights.find("pooler") == std::string::npos);
  CHECK(weights.find("seq_relationship") == std::string::npos);
  const auto config = nlohmann::json::parse(file_bytes(world.folder / "whole/config.json"));
  CHECK(config["architectures"][0] == "BertForMaskedLM");
  std::istringstream lines(file_bytes(world.folder / "whole/metrics.jsonl"));
  int evaluations = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    CHECK(line.find("nsp") == std::string::npos);
    evaluations += object.contains("eval_mlm_loss");
    if (object.contains("loss")) CHECK(object["loss"] == object["mlm_loss"]);
  }
  CHECK(evaluations > 0);
  REQUIRE(world.pretrain("parts", flags + Arguments{"--steps", "4"}).code == 0);
  fs::remove_all(world.folder / "parts/checkpoint-4");
  REQUIRE(world.pretrain("parts", flags + Arguments{"--steps", "4", "--resume"}).code == 0);
  CHECK(world.weights("parts") == weights);
  CHECK(metrics_without_times(world.folder / "parts") == metrics_without_times(world.folder / "whole"));
}

TEST_CASE("data that cannot be used: one line, and nothing is left") {
  const World world;
  world.make_documents();
  check_refusal(world.pretrain("run", {"--data", world.folder / "none"}), kInput, {"none"});
  check_refusal(world.pretrain("run", {"--data", world.data, "--corpus", world.corpus}), kUsage, {"--data"});
  check_refusal(world.pretrain("run", {"--data", world.data, "--vocab", world.folder / "first/vocab.txt", "--cased"}),
                kInput, {"data", "another"});
  const std::string shard = world.data + "/shard-00000.bin";
  std::string bytes = file_bytes(shard);
  bytes[400] = static_cast<char>(bytes[400] ^ 1);
  put_bytes(shard, bytes);
  check_refusal(world.pretrain("run", {"--data", world.data}), kInput,
                {"shard-00000.bin: byte ", "checksum", "prepare"});

  const std::string out = world.folder / "new";
  check_refusal(
      world.prepare({"documents", "--corpus", world.folder / "none.txt", "--vocab", world.vocabulary, "--out", out}),
      kInput, {"none.txt"});
  put_bytes(world.folder / "empty-words.txt", "  \n\n \n");
  check_refusal(world.prepare({"documents", "--corpus", world.folder / "empty-words.txt", "--vocab", world.vocabulary,
                               "--out", out}),
                kInput, {"no words"});
  check_refusal(world.prepare({"examples", "--data", world.folder / "none", "--out", out}), kInput, {"none"});
  for (const auto& entry : fs::directory_iterator(world.folder.path()))
    CHECK(entry.path().filename().string().find("new") == std::string::npos);
  check_refusal(
      world.prepare({"documents", "--corpus", world.corpus, "--vocab", world.vocabulary, "--out", world.data}), kUsage,
      {"--out", "already"});
}
