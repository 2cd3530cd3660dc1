// What a user can get wrong, one test each: the exit code and the one line that says what to do.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/small_run.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

// What the program says at its end, of itself.
std::string refusal_of(const std::string& talk) {
  const std::size_t begin = talk.rfind("pretrain: ");
  return begin == std::string::npos ? "" : talk.substr(begin);
}

// The program ends with this code and one line that has these words.
void check_refusal(const ChildResult& result, int code, const std::vector<std::string>& words, int lines = 1) {
  const std::string line = refusal_of(result.talk);
  CAPTURE(result.talk);
  CHECK(result.code == code);
  CHECK(result.output.empty());
  CHECK(std::count(line.begin(), line.end(), '\n') == lines);
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(line.find(word) != std::string::npos);
  }
}

constexpr int kUsage = 1, kInput = 2, kMemory = 3, kDevice = 4, kIo = 5, kNumeric = 6;

}  // namespace

TEST_CASE("a right run is right") {
  const SmallRun run;
  const ChildResult result = run({});
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  CHECK(result.output == run.out + "\n");
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json", "metrics.jsonl", "checkpoint-2"}) {
    CAPTURE(name);
    CHECK(fs::exists(fs::path(run.out) / name));
  }
}

TEST_CASE("corpus: missing") {
  const SmallRun run;
  check_refusal(run({"--corpus", run.folder / "none.txt"}), kInput, {"none.txt"});
}
TEST_CASE("corpus: empty") {
  const SmallRun run;
  check_refusal(run({"--corpus", run.file("e.txt", "")}), kInput, {"e.txt", "empty"});
}
TEST_CASE("corpus: white space only") {
  const SmallRun run;
  check_refusal(run({"--corpus", run.file("w.txt", "  \n\n \n")}), kInput, {"no words"});
}
TEST_CASE("corpus: binary") {
  const SmallRun run;
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  check_refusal(run({"--corpus", run.file("b.bin", bytes)}), kInput, {"b.bin"});
}
TEST_CASE("corpus: one word") {
  const SmallRun run;
  check_refusal(run({"--corpus", run.file("o.txt", "word\n")}), kInput, {"document"});
}
TEST_CASE("corpus: one document") {
  const SmallRun run;
  check_refusal(run({"--corpus", run.file("d.txt", "One sentence here. Another one there.\nA third one.\n")}), kInput,
                {"document"});
}
TEST_CASE("corpus: not given") {
  const SmallRun run;
  check_refusal(run_program({program_path("pretrain"), "--out", run.out}), kUsage, {});
}

TEST_CASE("vocabulary: too small for the alphabet") {
  const SmallRun run;
  check_refusal(run({"--vocab-size", "10"}), kUsage, {"10"});
}
TEST_CASE("vocabulary: with a lower alphabet limit it fits, and what it does to the text is told") {
  const SmallRun run;
  const ChildResult result = run({"--vocab-size", "16", "--alphabet-limit", "5"});
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  const std::size_t words = result.talk.find("words: ");
  REQUIRE(words != std::string::npos);
  const std::string line = result.talk.substr(words, result.talk.find('\n', words) - words);
  CAPTURE(line);
  for (const char* part :
       {" different; ", " % of the characters in the alphabet, ", " % of the words [UNK], ", " tokens a word; "})
    CHECK(line.find(part) != std::string::npos);
  CHECK(line.find(" 0.0000 % of the words [UNK]") == std::string::npos);
}
TEST_CASE("vocabulary: missing") {
  const SmallRun run;
  CHECK(run({"--vocab", run.folder / "none.txt"}).code != 0);
}
TEST_CASE("vocabulary: a token twice") {
  const SmallRun run;
  check_refusal(run({"--vocab", run.file("v.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\na\nthe\n")}), kInput,
                {"v.txt", "the"});
}
TEST_CASE("vocabulary: no [MASK]") {
  const SmallRun run;
  check_refusal(run({"--vocab", run.file("v.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n")}), kInput, {"v.txt", "[MASK]"});
}
TEST_CASE("vocabulary: larger than the model's") {
  const SmallRun run;
  const std::string model = run.file("m.json", R"({"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 1,
      "num_attention_heads": 2, "intermediate_size": 64})");
  check_refusal(run({"--model", model}), kInput, {"vocab_size is 100"});
}
TEST_CASE("vocabulary: both read and learned") {
  const SmallRun run;
  check_refusal(run({"--vocab", "v.txt", "--vocab-size", "100"}), kUsage, {});
}

TEST_CASE("model: unknown name") {
  const SmallRun run;
  check_refusal(run({"--model", "huge"}), kUsage, {"huge", "tiny, mini"});
}
TEST_CASE("options: what no corpus could make right is refused before one is read") {
  const SmallRun run;
  const std::vector<std::vector<std::string>> wrong{
      {"--model", "huge"}, {"--seq-len", "65"}, {"--lr", "nan"}, {"--warmup", "3"}};
  for (const std::vector<std::string>& flags : wrong) {
    std::vector<std::string> arguments = flags;
    arguments.insert(arguments.end(), {"--corpus", run.folder / "none.txt"});
    CAPTURE(flags.front());
    check_refusal(run(arguments), kUsage, {});
  }
}
TEST_CASE("model: missing file") {
  const SmallRun run;
  check_refusal(run({"--model", run.folder / "none.json"}), kInput, {"none.json"});
}
TEST_CASE("model: not JSON") {
  const SmallRun run;
  check_refusal(run({"--model", run.file("m.json", "{\"vocab_size\":")}), kInput, {"m.json", "byte"});
}
TEST_CASE("model: numbers out of range") {
  const SmallRun run;
  check_refusal(run({"--model", run.file("m.json", R"({"vocab_size": 100, "hidden_size": 99999999})")}), kInput,
                {"hidden_size", "16384"});
}

TEST_CASE("steps: 0") {
  const SmallRun run;
  check_refusal(run({"--steps", "0"}), kUsage, {});
}
TEST_CASE("steps: a word") {
  const SmallRun run;
  check_refusal(run({"--steps", "many"}), kUsage, {});
}
TEST_CASE("batch: does not fit in memory, and what would is named") {
  const SmallRun run;
  check_refusal(run({"--model", "base", "--batch", "1000000", "--seq-len", "512"}), kMemory,
                {"GiB", "--batch", "would fit"});
}
TEST_CASE("sequence: longer than the model's positions") {
  const SmallRun run;
  check_refusal(run({"--seq-len", "65"}), kUsage, {"64"});
}
TEST_CASE("sequence: where none is given, as long as the model's positions allow, and told") {
  const SmallRun run;
  const std::vector<std::string> arguments{program_path("pretrain"), "--corpus", run.corpus,   "--out",
                                           run.out,                  "--model",  run.folder / "tiny.json",
                                           "--steps",                "1",        "--batch",    "2",
                                           "--device",               "cpu"};
  const ChildResult result = run_program(arguments);
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  CHECK(result.talk.find("seq-len: 64, the model's positions (128 is usual)\n") != std::string::npos);
  // Nor a vocabulary of more tokens than the configuration's 200.
  CHECK(result.talk.find("(200 asked for;") != std::string::npos);
}
TEST_CASE("learning rate: not a rate") {
  const SmallRun run;
  check_refusal(run({"--lr", "-1"}), kUsage, {"--lr"});
}
TEST_CASE("learning rate: one that drives the weights out of range") {
  const SmallRun run;
  check_refusal(run({"--lr", "10", "--weight-decay", "10", "--decay", "constant", "--steps", "100", "--warmup", "0",
                     "--checkpoint-every", "10"}),
                kNumeric, {"not finite for 20 steps", "--lr", "checkpoint-", "is kept"});
}
TEST_CASE("warm-up: longer than the run") {
  const SmallRun run;
  check_refusal(run({"--warmup", "3"}), kUsage, {"--warmup"});
}
TEST_CASE("seed: below zero") {
  const SmallRun run;
  check_refusal(run({"--seed", "-1"}), kUsage, {"--seed"});
}
TEST_CASE("unknown flag") {
  const SmallRun run;
  check_refusal(run({"--stepz", "3"}), kUsage, {"--stepz 3"});
}
TEST_CASE("optimizer: lamb is not there yet, and says so") {
  const SmallRun run;
  check_refusal(run({"--optimizer", "lamb"}), kUsage, {"lamb", "adamw"});
}
TEST_CASE("precision: f16 and bf16 are not there yet, and say so") {
  const SmallRun run;
  check_refusal(run({"--precision", "f16"}), kDevice, {"f16", "f32"});
  check_refusal(run({"--precision", "bf16"}), kDevice, {"bf16", "f32"});
}
TEST_CASE("device: unknown") {
  const SmallRun run;
  check_refusal(run({"--device", "voodoo"}), kDevice, {"no device matches \"voodoo\"", "cpu"});
}

TEST_CASE("out: below a file") {
  const SmallRun run;
  check_refusal(run({"--out", run.file("file", "x") + "/out"}), kIo, {"file"});
}
TEST_CASE("out: not writable") {
  const SmallRun run;
  if (::geteuid() == 0) {
    // Root may write anywhere but where the kernel decides.
    check_refusal(run({"--out", "/proc/scoria"}), kIo, {"/proc/scoria"});
    return;
  }
  fs::create_directory(run.out);
  fs::permissions(run.out, fs::perms::owner_read | fs::perms::owner_exec);
  check_refusal(run({}), kIo, {"ermission"});
}
TEST_CASE("out: the disk fills while a checkpoint is written; the older one stays") {
  const SmallRun run;
  REQUIRE(run({"--steps", "1"}).code == 0);
  // Room for the text files, not for the weights.
  const ChildResult result = run_program(run.command({"--steps", "2", "--resume"}), 20000);
  check_refusal(result, kIo, {"cannot write", "checkpoint-1 is kept"});
  CHECK(run({"--steps", "2", "--resume"}).code == 0);
}
TEST_CASE("out: already a run") {
  const SmallRun run;
  REQUIRE(run({}).code == 0);
  check_refusal(run({}), kUsage, {"already holds a run, up to checkpoint-2", "--resume"});
}

TEST_CASE("resume: a damaged checkpoint is passed over, and named") {
  const SmallRun run;
  REQUIRE(run({"--steps", "4", "--checkpoint-every", "2"}).code == 0);
  const fs::path weights = fs::path(run.out) / "checkpoint-4/model.safetensors";
  fs::resize_file(weights, fs::file_size(weights) - 1);
  const ChildResult result = run({"--steps", "4", "--resume"});
  CAPTURE(result.talk);
  CHECK(result.code == 0);
  CHECK(result.talk.find("passed over a damaged checkpoint") != std::string::npos);
  CHECK(result.talk.find("checkpoint-2, step 2") != std::string::npos);
}
TEST_CASE("resume: no checkpoint is whole") {
  const SmallRun run;
  REQUIRE(run({}).code == 0);
  fs::remove(fs::path(run.out) / "checkpoint-2/manifest.json");
  check_refusal(run({"--resume"}), kInput, {"no checkpoint in", "is whole"});
}
TEST_CASE("resume: another vocabulary") {
  const SmallRun run;
  REQUIRE(run({}).code == 0);
  std::string tokens = file_bytes(fs::path(run.out) / "vocab.txt");
  std::swap(tokens[tokens.size() - 2], tokens[tokens.size() - 3]);
  check_refusal(run({"--resume", "--vocab", run.file("v.txt", tokens)}), kInput, {"not the vocabulary given now"});
}
TEST_CASE("resume: nothing there yet starts anew") {
  const SmallRun run;
  const ChildResult result = run({"--resume"});
  CHECK(result.code == 0);
  CHECK(result.talk.find("no checkpoint yet, starting from step 0") != std::string::npos);
}
