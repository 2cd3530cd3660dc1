// A whole training step in shared memory against the same step with memory of its own for every value: the planner may
// not change a bit. And with the passes against without: the same training to rounding.

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "scoria/session.h"
#include "support/test_device.h"
#include "train/training_graphs.h"

namespace scoria {
namespace {

constexpr BertBatchShape kShape{.batch = 3, .sequence_length = 24, .predictions = 4};

BertConfig small_config() {
  BertConfig config;
  config.vocab_size = 211;
  config.hidden_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 3;
  config.intermediate_size = 96;
  config.max_position_embeddings = 32;
  return config;
}

Tensor random_integers(Shape shape, std::int32_t low, std::int32_t high, std::mt19937& random) {
  Tensor tensor(DType::i32, std::move(shape));
  for (std::int32_t& value : tensor.values<std::int32_t>()) {
    value = low + static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(high - low + 1));
  }
  return tensor;
}

void write_batch(Session& session, std::uint32_t step) {
  std::mt19937 random(step);
  const std::int64_t T = kShape.tokens(), M = kShape.masked(), B = kShape.batch, S = kShape.sequence_length;
  session.write("input_ids", random_integers({T}, 0, 210, random));
  session.write("segments", random_integers({T}, 0, 1, random));
  session.write("lengths", random_integers({B}, 5, static_cast<std::int32_t>(S), random));
  session.write("head_rows", random_integers({M + B}, 0, static_cast<std::int32_t>(T - 1), random));
  session.write("masked_labels", random_integers({M}, -1, 210, random));
  session.write("next_sentence_labels", random_integers({B}, 0, 1, random));
  session.write("mlm_denominator", Tensor::from(Shape{1}, std::vector<float>{static_cast<float>(M)}));
  session.write("nsp_denominator", Tensor::from(Shape{1}, std::vector<float>{static_cast<float>(B)}));
  session.write("rng", Tensor::from(Shape{4}, std::vector<std::uint32_t>{7, 9, step, 0}));
}

/// The parameters after three steps.
std::vector<float> train(const Device& device, const SessionOptions& options) {
  const BertConfig config = small_config();
  const ParameterLayout layout(bert_parameters(config));
  TrainingSettings settings;
  settings.learning_rate.peak = 0.01f;
  settings.learning_rate.decay = LearningRateOptions::Decay::Constant;
  Session session(device, make_step_graph(config, kShape, layout, settings), options);
  Tensor parameters(session.desc("parameters"));
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0f, 0.1f);
  for (float& value : parameters.values<float>()) value = normal(random);
  session.write("parameters", parameters);
  for (std::uint32_t step = 0; step < 3; ++step) {
    write_batch(session, step);
    session.step();
  }
  const Tensor trained = session.read("parameters");
  return {trained.values<float>().begin(), trained.values<float>().end()};
}

void check(const Device& device) {
  CAPTURE(device.info().name);
  const std::vector<float> shared = train(device, {});
  for (const float value : shared) REQUIRE(std::isfinite(value));
  CHECK(shared == train(device, {.alias_memory = false}));
  const std::vector<float> unfused = train(device, {.optimize = false});
  CHECK(unfused == train(device, {.alias_memory = false, .optimize = false}));
  double difference = 0, change = 0;
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0f, 0.1f);
  for (std::size_t i = 0; i < shared.size(); ++i) {
    const double start = normal(random);
    difference += std::pow(shared[i] - unfused[i], 2);
    change += std::pow(unfused[i] - start, 2);
  }
  const double ratio = std::sqrt(difference / change);
  CHECK(ratio < 1e-2);
  MESSAGE(
      device.info().name << ": 3 steps, the same bits in shared memory; with and without passes the update differs by "
                         << ratio << " of itself");
}

}  // namespace

TEST_CASE("shared memory and passes leave training as it is") {
  check(test::cpu_test_device());
  if (const Device* vulkan = test::vulkan_test_device()) {
    check(*vulkan);
  } else {
    MESSAGE("skipped on Vulkan: ", test::vulkan_test_device_refusal());
  }
}

}  // namespace scoria
