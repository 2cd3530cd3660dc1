#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "scoria/train/trainer.h"
#include "support/run_metrics.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSteps = 40;

// A model so small that 40 steps take a moment, on a corpus that 40 steps go through more than once.
struct World {
  TemporaryFolder folder;
  Device device = Device::open("cpu");
  std::unique_ptr<Tokenizer> tokenizer;
  std::shared_ptr<TokenStore> store;
  std::unique_ptr<PretrainingData> training, evaluation;
  TrainerOptions options;

  World() {
    omp_set_num_threads(1);  // so small a model only loses by threads
    write_small_corpus(folder / "corpus.txt");
    const Corpus corpus({folder / "corpus.txt"});
    VocabularyTrainer words({.size = 120});
    corpus.for_each_document([&](const Document& document) { words.add(document.text); });
    tokenizer = std::make_unique<Tokenizer>(words.train());
    store = std::make_shared<TokenStore>(tokenize_corpus(corpus, *tokenizer));
    PretrainingOptions data;
    data.sequence_length = 32;
    const HeldOut split = hold_out(*store, 0.1, 0);
    training = std::make_unique<PretrainingData>(store, *tokenizer, data, split.training);
    evaluation = std::make_unique<PretrainingData>(store, *tokenizer, data, split.evaluation);
    options.model.vocab_size = tokenizer->size();
    options.model.hidden_size = 32;
    options.model.num_hidden_layers = 2;
    options.model.num_attention_heads = 2;
    options.model.intermediate_size = 64;
    options.model.max_position_embeddings = 32;
    options.batch = 4;
    options.steps = kSteps;
    options.learning_rate = 1e-3f;
    options.warmup_steps = 4;
    options.log_every = 3;
    options.eval_every = 10;
    options.eval_sequences = 8;
  }

  // Batches of sequences of about one length, of a step's size.
  void use_length_bins() {
    PretrainingOptions data;
    data.sequence_length = 64;
    data.short_fraction = 0.5;
    data.length_bins = 4;
    data.batch = static_cast<std::int32_t>(options.batch * options.accumulate);
    options.model.max_position_embeddings = 64;
    training = std::make_unique<PretrainingData>(store, *tokenizer, data, hold_out(*store, 0.1, 0).training);
  }
  // How many lengths the batches of a run have.
  std::size_t length_count() const {
    PretrainingBatch batch;
    std::set<std::int32_t> lengths;
    const std::int64_t sequences = options.batch * options.accumulate;
    for (std::int64_t k = 0; k < kSteps; ++k) {
      training->fill(static_cast<std::uint64_t>(k * sequences), static_cast<std::int32_t>(sequences), batch);
      lengths.insert(batch.sequence_length);
    }
    return lengths.size();
  }

  // A run in a folder of its own.
  std::unique_ptr<Trainer> trainer(const std::string& name) {
    options.out = folder / name;
    prepare_run_folder(options.out, true);
    return std::make_unique<Trainer>(device, *tokenizer, *training, evaluation.get(), options);
  }
  void run_until(Trainer& trainer, std::int64_t step) const {
    TrainerEvents events;
    events.stop = [&trainer, step] { return trainer.step() >= step; };
    trainer.run(events);
  }
};

void check_every_stop(World& world, std::int64_t stride) {
  world.trainer("whole")->run();
  const std::string weights = file_bytes(world.folder / "whole/model.safetensors");
  const std::string log = metrics_without_times(world.folder / "whole");
  REQUIRE(weights.size() > 10000);
  for (std::int64_t k = 1; k < kSteps; k += stride) {
    CAPTURE(k);
    const std::string name = "stopped-" + std::to_string(k);
    world.run_until(*world.trainer(name), k);
    const auto again = world.trainer(name);
    const ResumeReport report = again->resume();
    CHECK(report.step == k);
    CHECK(report.changed.empty());
    CHECK(again->run());
    CHECK(file_bytes(world.folder / name / "model.safetensors") == weights);
    CHECK(metrics_without_times(world.folder / name) == log);
    fs::remove_all(world.folder / name);
  }
}

}  // namespace

TEST_CASE("resume: stopped after any step and resumed, the weights and metrics are those of one run") {
  World world;
  check_every_stop(world, 1);
}

TEST_CASE("resume: the same with several passes a step") {
  World world;
  world.options.batch = 2;
  world.options.accumulate = 3;
  check_every_stop(world, 7);
}

TEST_CASE("resume: the same with length bins") {
  World world;
  world.use_length_bins();
  REQUIRE(world.length_count() >= 3);
  check_every_stop(world, 5);
}

TEST_CASE("resume: the same with length bins and several passes a step") {
  World world;
  world.options.batch = 2;
  world.options.accumulate = 2;
  world.use_length_bins();
  REQUIRE(world.length_count() >= 3);
  check_every_stop(world, 11);
}

TEST_CASE("resume: the same on Vulkan") {
  const Device* device = test::vulkan_test_device();
  if (!device) {
    MESSAGE("skipped: " << test::vulkan_test_device_refusal());
    return;
  }
  World world;
  world.device = *device;
  check_every_stop(world, 19);
  world.use_length_bins();
  world.options.log_every = 5;
  fs::remove_all(world.folder / "whole");
  check_every_stop(world, 19);
}

TEST_CASE("a run killed after later log lines goes back to its checkpoint and writes them again") {
  World world;
  world.options.checkpoint_every = 10;
  world.trainer("whole")->run();
  fs::create_directory(world.folder / "killed");
  fs::copy(world.folder / "whole/checkpoint-30", world.folder / "killed/checkpoint-30");
  // What a process leaves that died after step 37, in the middle of a line.
  const std::string all = file_bytes(world.folder / "whole/metrics.jsonl");
  put_bytes(world.folder / "killed/metrics.jsonl", all.substr(0, all.size() - 40));
  const auto again = world.trainer("killed");
  CHECK(again->resume().step == 30);
  again->run();
  CHECK(metrics_without_times(world.folder / "killed") == metrics_without_times(world.folder / "whole"));
  CHECK(file_bytes(world.folder / "killed/model.safetensors") == file_bytes(world.folder / "whole/model.safetensors"));
}

TEST_CASE("one pass of 8 sequences and four of 2 give the same update to rounding") {
  World world;
  world.options.steps = 3;
  world.options.warmup_steps = 0;
  world.options.batch = 8;
  world.trainer("one")->run();
  world.options.batch = 2;
  world.options.accumulate = 4;
  world.trainer("four")->run();
  const auto line = [&](const char* name) {
    const std::string text = file_bytes(world.folder / name / "metrics.jsonl");
    return nlohmann::json::parse(text.substr(0, text.find('\n')));
  };
  const auto one = line("one"), four = line("four");
  for (const char* key : {"loss", "mlm_loss", "nsp_loss", "grad_norm"}) {
    CAPTURE(key);
    CHECK(four[key].get<double>() == doctest::Approx(one[key].get<double>()).epsilon(1e-5));
  }
  CHECK(four["mlm_accuracy"] == one["mlm_accuracy"]);
  CHECK(four["nsp_accuracy"] == one["nsp_accuracy"]);
}

TEST_CASE("the newest whole checkpoint is taken, damaged ones are passed over and named") {
  World world;
  world.options.checkpoint_every = 10;
  world.options.keep_checkpoints = 3;
  world.trainer("run")->run();
  CHECK(find_checkpoints(world.folder / "run").size() == 3);
  const std::string newest = (world.folder / "run/checkpoint-40/optimizer.safetensors").string();
  std::string bytes = file_bytes(newest);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  put_bytes(newest, bytes);
  fs::resize_file(world.folder / "run/checkpoint-30/model.safetensors", 5000);
  const ResumeReport report = world.trainer("run")->resume();
  CHECK(report.step == 20);
  REQUIRE(report.damaged.size() == 2);
  CHECK(report.damaged[0].find("optimizer.safetensors does not have the checksum") != std::string::npos);
  CHECK(report.damaged[1].find("model.safetensors has 5000 bytes") != std::string::npos);

  fs::remove(world.folder / "run/checkpoint-20/manifest.json");
  CHECK_THROWS_WITH_AS(world.trainer("run")->resume(), doctest::Contains("no checkpoint in"), Error);
}

TEST_CASE("a checkpoint of another vocabulary or model is refused; other settings are told") {
  World world;
  world.options.steps = 4;
  world.trainer("run")->run();
  world.options.seed = 5;
  world.options.batch = 2;
  world.options.steps = 6;
  const ResumeReport report = world.trainer("run")->resume();
  std::string changes;
  for (const std::string& change : report.changed) changes += change + "; ";
  CHECK(changes.find("batch: 4 then, 2 now; ") != std::string::npos);
  CHECK(changes.find("seed: 0 then, 5 now; ") != std::string::npos);
  CHECK(changes.find("steps: 4 then, 6 now; ") != std::string::npos);
  world.options.model.hidden_size = 48;
  CHECK_THROWS_WITH_AS(world.trainer("run")->resume(), doctest::Contains("not of this model"), Error);
}

TEST_CASE("weights that are not finite end the run with a message, and no checkpoint of them is kept") {
  World world;
  const auto trainer = world.trainer("run");
  Tensor parameters = trainer->parameters();
  parameters.values<float>()[trainer->layout().find("bert.pooler.dense.weight").offset] =
      std::numeric_limits<float>::infinity();
  trainer->set_parameters(parameters);
  try {
    trainer->run();
    FAIL("the run went on");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Numeric);
    CHECK(std::string(error.what()).find("not finite for 21 steps") != std::string::npos);
  }
  CHECK(trainer->step() == 21);
  CHECK(find_checkpoints(world.folder / "run").empty());
}

TEST_CASE("steps without finite gradients are skipped and counted, and the run goes on, resumed or not") {
  World world;
  world.options.log_every = 1;
  world.options.checkpoint_every = 6;
  world.options.keep_checkpoints = 100;
  const auto trainer = world.trainer("run");
  Tensor good;
  TrainerEvents events;
  // Steps 5 to 7 see weights of which nothing finite comes.
  events.stepped = [&](std::int64_t step) {
    if (step == 4) {
      good = trainer->parameters();
      Tensor bad = good;
      std::ranges::fill(bad.values<float>(), std::numeric_limits<float>::infinity());
      trainer->set_parameters(bad);
    }
    if (step == 7) trainer->set_parameters(good);
  };
  CHECK(trainer->run(events));
  const std::string log = metrics_without_times(world.folder / "run");
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    if (!object.contains("loss")) continue;
    const auto step = object["step"].get<std::int64_t>();
    CAPTURE(line);
    CHECK(object["skipped_steps"] == std::clamp<std::int64_t>(step - 4, 0, 3));
    CHECK(object["grad_norm"].is_null() == (step >= 5 && step <= 7));
  }
  // From step 12 there is no trace of it but the count.
  fs::create_directory(world.folder / "again");
  fs::copy(world.folder / "run/checkpoint-12", world.folder / "again/checkpoint-12");
  fs::copy(world.folder / "run/metrics.jsonl", world.folder / "again/metrics.jsonl");
  const auto again = world.trainer("again");
  CHECK(again->resume().step == 12);
  again->run();
  CHECK(metrics_without_times(world.folder / "again") == log);
  CHECK(file_bytes(world.folder / "again/model.safetensors") == file_bytes(world.folder / "run/model.safetensors"));
}

TEST_CASE("it learns: the loss starts at ln V + ln 2 and falls") {
  World world;
  world.options.steps = 300;
  world.options.learning_rate = 3e-3f;
  world.options.log_every = 1;
  std::vector<double> losses;
  TrainerEvents events;
  events.logged = [&](const StepRecord& record) { losses.push_back(record.loss); };
  world.trainer("run")->run(events);
  CHECK(losses.front() == doctest::Approx(std::log(world.tokenizer->size()) + std::log(2.0)).epsilon(0.04));
  // A step's four sequences alone say little: the last twenty steps together.
  const double last = std::accumulate(losses.end() - 20, losses.end(), 0.0) / 20;
  CHECK(last < 0.8 * losses.front());
}
