// The same training, dropout on, on every backend: the same random masks everywhere, so loss curves can be compared.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
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

/// A model and the batches it is trained on.
struct Training {
  BertConfig config = BertConfig::preset("tiny");
  BertBatchShape shape;
};

/// So small that hundreds of steps in double arithmetic are bearable.
Training small_training() {
  Training training{.shape = {2, 24, 4}};
  training.config.vocab_size = 300;
  training.config.hidden_size = 48;
  training.config.intermediate_size = 96;
  training.config.max_position_embeddings = 32;
  return training;
}

Training tiny_training() {
  Training training{.shape = {2, 64, 10}};
  training.config.vocab_size = 8192;
  return training;
}

/// A batch that a model can learn: each token depends on the one before it.
void write_batch(Session& session, const Training& training, std::uint32_t step) {
  const auto& [config, shape] = training;
  std::vector<std::int32_t> ids, segments, rows, labels;
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    auto id = static_cast<std::int32_t>(5 + (step * 7 + static_cast<std::uint32_t>(b) * 131) % 250);
    for (std::int64_t s = 0; s < shape.sequence_length; ++s) {
      ids.push_back(id);
      segments.push_back(s < shape.sequence_length / 2 ? 0 : 1);
      id = static_cast<std::int32_t>(5 + (id * 3 + 1) % (config.vocab_size - 5));
    }
    for (std::int64_t p = 0; p < shape.predictions; ++p) {
      const std::int64_t row = b * shape.sequence_length + 1 + p * 4;
      rows.push_back(static_cast<std::int32_t>(row));
      labels.push_back(ids[static_cast<std::size_t>(row)]);
      ids[static_cast<std::size_t>(row)] = 4;
    }
  }
  for (std::int64_t b = 0; b < shape.batch; ++b) rows.push_back(static_cast<std::int32_t>(b * shape.sequence_length));
  const auto write = [&](const char* name, const std::vector<std::int32_t>& values) {
    session.write(name, std::as_bytes(std::span(values)));
  };
  write("input_ids", ids);
  write("segments", segments);
  write("head_rows", rows);
  write("masked_labels", labels);
  const auto length = static_cast<std::int32_t>(shape.sequence_length);
  write("lengths", {length, length - 7});
  write("next_sentence_labels", {0, 1});
  session.write("mlm_denominator", Tensor::scalar(static_cast<float>(shape.masked())));
  session.write("nsp_denominator", Tensor::scalar(static_cast<float>(shape.batch)));
  session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{7, 9, step, 0}));
}

std::vector<double> losses(const Device& device, const Training& training, int steps) {
  const ParameterLayout layout(bert_parameters(training.config));
  TrainingSettings settings;
  settings.learning_rate = {.peak = 1e-3f, .warmup_steps = 20, .total_steps = 400};
  Session session(device, make_step_graph(training.config, training.shape, layout, settings));
  session.write("parameters", layout.initial_values(3, training.config.initializer_range));
  session.write("decay_blocks", layout.decay_blocks());
  std::vector<double> curve;
  for (int step = 0; step < steps; ++step) {
    write_batch(session, training, static_cast<std::uint32_t>(step));
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
  const std::size_t last = std::min(curve.size(), expected.size());
  double worst = 0;
  for (std::size_t step = 1; step <= last; ++step) worst = std::max(worst, difference(step));
  CHECK(difference(1) < 1e-5);
  if (last >= 20) CHECK(difference(20) < 1e-4);
  CHECK(worst < 1e-2);
  MESSAGE(
      fmt::format("{}: relative difference {:.1e} at step 1, {}{:.1e} at step {}, {:.1e} at worst; loss {:.4f} to "
                  "{:.4f}",
                  name, difference(1), last > 20 ? fmt::format("{:.1e} at step 20, ", difference(20)) : "",
                  difference(last), last, worst, curve.front(), curve[last - 1]));
}

}  // namespace

TEST_CASE("training agrees between the double reference, the CPU and Vulkan, dropout on") {
  const Training small = small_training();
  const std::vector<double> cpu = losses(test::cpu_test_device(), small, 300);
  CHECK(cpu.front() == doctest::Approx(std::log(300.0) + std::log(2.0)).epsilon(0.02));
  CHECK(cpu.back() < cpu.front() - 0.5);  // it learns
  check_agreement("CPU against the reference", cpu, losses(Device::open("reference"), small, 60));
  if (const Device* device = test::vulkan_test_device()) {
    check_agreement("Vulkan against the CPU", losses(*device, small, 300), cpu);
  } else {
    MESSAGE("Vulkan skipped: " << test::vulkan_test_device_refusal());
  }
}

// SCORIA_TEST_REFERENCE_STEPS=100 goes on for longer.
TEST_CASE("BERT-tiny itself trains alike on the double reference and the CPU, dropout on") {
  const char* asked = std::getenv("SCORIA_TEST_REFERENCE_STEPS");
  const int steps = asked ? std::max(1, std::atoi(asked)) : 20;
  const std::vector<double> cpu = losses(test::cpu_test_device(), tiny_training(), steps);
  CHECK(cpu.front() == doctest::Approx(std::log(8192.0) + std::log(2.0)).epsilon(0.02));
  check_agreement("BERT-tiny, CPU against the reference", cpu,
                  losses(Device::open("reference"), tiny_training(), steps));
}

TEST_CASE("training twice gives the same bits") {
  const Training small = small_training();
  CHECK(losses(test::cpu_test_device(), small, 12) == losses(test::cpu_test_device(), small, 12));
  if (const Device* device = test::vulkan_test_device()) {
    CHECK(losses(*device, small, 12) == losses(*device, small, 12));
  }
}
