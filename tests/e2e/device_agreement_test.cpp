// The same training, dropout on, on every backend: the same random masks everywhere, so loss curves can be compared.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "scoria/device.h"
#include "scoria/error.h"
#include "scoria/session.h"
#include "support/test_device.h"
#include "train/training_graphs.h"

using namespace scoria;

namespace {

constexpr BertBatchShape kShape{2, 24, 4};

BertConfig small_bert() {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = 300;
  config.hidden_size = 48;
  config.intermediate_size = 96;
  config.max_position_embeddings = 32;
  return config;
}

/// A batch that a model can learn: each token depends on the one before it.
void write_batch(Session& session, const BertConfig& config, std::uint32_t step) {
  std::vector<std::int32_t> ids, segments, rows, labels;
  for (std::int64_t b = 0; b < kShape.batch; ++b) {
    auto id = static_cast<std::int32_t>(5 + (step * 7 + static_cast<std::uint32_t>(b) * 131) % 250);
    for (std::int64_t s = 0; s < kShape.sequence_length; ++s) {
      ids.push_back(id);
      segments.push_back(s < kShape.sequence_length / 2 ? 0 : 1);
      id = static_cast<std::int32_t>(5 + (id * 3 + 1) % (config.vocab_size - 5));
    }
    for (std::int64_t p = 0; p < kShape.predictions; ++p) {
      const std::int64_t row = b * kShape.sequence_length + 1 + p * 4;
      rows.push_back(static_cast<std::int32_t>(row));
      labels.push_back(ids[static_cast<std::size_t>(row)]);
      ids[static_cast<std::size_t>(row)] = 4;
    }
  }
  for (std::int64_t b = 0; b < kShape.batch; ++b) rows.push_back(static_cast<std::int32_t>(b * kShape.sequence_length));
  const auto write = [&](const char* name, const std::vector<std::int32_t>& values) {
    session.write(name, std::as_bytes(std::span(values)));
  };
  write("input_ids", ids);
  write("segments", segments);
  write("head_rows", rows);
  write("masked_labels", labels);
  write("lengths", {static_cast<std::int32_t>(kShape.sequence_length), 17});
  write("next_sentence_labels", {0, 1});
  session.write("mlm_denominator", Tensor::scalar(static_cast<float>(kShape.masked())));
  session.write("nsp_denominator", Tensor::scalar(static_cast<float>(kShape.batch)));
  session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{7, 9, step, 0}));
}

std::vector<double> losses(const Device& device, int steps) {
  const BertConfig config = small_bert();
  const ParameterLayout layout(bert_parameters(config));
  TrainingSettings settings;
  settings.learning_rate = {.peak = 1e-3f, .warmup_steps = 20, .total_steps = 400};
  Session session(device, make_step_graph(config, kShape, layout, settings));
  session.write("parameters", layout.initial_values(3, config.initializer_range));
  session.write("decay_blocks", layout.decay_blocks());
  std::vector<double> curve;
  for (int step = 0; step < steps; ++step) {
    write_batch(session, config, static_cast<std::uint32_t>(step));
    session.step();
    const Tensor record = session.read("record");
    curve.push_back(record.values<float>()[static_cast<std::size_t>(RecordField::Loss) * kRecordStride]);
  }
  return curve;
}

void check_agreement(const std::string& name, const std::vector<double>& curve, const std::vector<double>& expected) {
  const auto difference = [&](std::size_t step) {
    return std::abs(curve[step - 1] - expected[step - 1]) / std::abs(expected[step - 1]);
  };
  double worst = 0;
  for (std::size_t step = 1; step <= std::min(curve.size(), expected.size()); ++step) {
    worst = std::max(worst, difference(step));
  }
  CHECK(difference(1) < 1e-5);
  if (curve.size() >= 20) CHECK(difference(20) < 1e-4);
  CHECK(worst < 1e-2);
  MESSAGE(fmt::format("{}: relative difference {:.1e} at step 1, {:.1e} at step 20, {:.1e} at worst in {} steps", name,
                      difference(1), difference(20), worst, std::min(curve.size(), expected.size())));
}

}  // namespace

TEST_CASE("training agrees between the double reference, the CPU and Vulkan, dropout on") {
  const std::vector<double> cpu = losses(test::cpu_test_device(), 300);
  CHECK(cpu.front() == doctest::Approx(std::log(300.0) + std::log(2.0)).epsilon(0.02));
  CHECK(cpu.back() < cpu.front() - 0.5);  // it learns
  check_agreement("CPU against the reference", cpu, losses(Device::open("reference"), 60));
  if (const Device* device = test::vulkan_test_device()) {
    check_agreement("Vulkan against the CPU", losses(*device, 300), cpu);
  } else {
    MESSAGE("Vulkan skipped: " << test::vulkan_test_device_refusal());
  }
}

TEST_CASE("training twice gives the same bits") {
  CHECK(losses(test::cpu_test_device(), 12) == losses(test::cpu_test_device(), 12));
  if (const Device* device = test::vulkan_test_device()) CHECK(losses(*device, 12) == losses(*device, 12));
}
