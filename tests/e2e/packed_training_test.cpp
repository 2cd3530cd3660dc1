// Pre-training in packed passes is that in padded ones, dropout on: losses, gradient norms, held-out figures.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "support/test_device.h"
#include "train/training_step.h"

using namespace scoria;

namespace {

constexpr std::int32_t S = 32, P = 5;
const std::vector<BertBatchShape> kShapes{{3, S, P}};

// Six sequences of 3 to 32 tokens, one to five predictions each.
PretrainingBatch batch_of(std::int32_t count) {
  PretrainingBatch batch;
  batch.batch_size = count;
  batch.sequence_length = S;
  batch.max_predictions = P;
  for (std::int32_t b = 0; b < count; ++b) {
    const std::int32_t length = 3 + b * 29 / 5, predicted = std::max(1, length * P / S);
    for (std::int32_t at = 0; at < S; ++at) {
      batch.ids.push_back(at < length ? 5 + (13 * at + 29 * b) % 190 : 0);
      batch.segments.push_back(at >= length / 2 && at < length ? 1 : 0);
    }
    batch.lengths.push_back(length);
    batch.token_count += length;
    for (std::int32_t p = 0; p < P; ++p) {
      batch.masked_rows.push_back(b * S + (p < predicted ? 1 + 2 * p : 0));
      batch.masked_labels.push_back(p < predicted ? 50 + b + p : -1);
    }
    batch.masked_count += predicted;
    batch.next_sentence_labels.push_back(b % 2);
  }
  return batch;
}

struct Result {
  std::vector<std::array<double, kStepFields>> records;
  std::array<double, kPassFields> held_out;
};

Result train(const Device& device, bool packed, BertHead head) {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = 200;
  const ParameterLayout layout(bert_parameters(config, head));
  TrainingSettings settings;
  settings.learning_rate = {.peak = 1e-3f, .warmup_steps = 0, .total_steps = 100};
  TrainingStep step(device, config, kShapes, packed, 2, layout, settings, 7);
  step.session_of("parameters").write("parameters", layout.initial_values(1, 0.02f));
  Result result;
  for (int k = 0; k < 3; ++k) {
    step.run(batch_of(6), k);
    result.records.push_back(step.record());
  }
  CHECK(step.statistics().steps == 6);
  result.held_out = step.evaluate(batch_of(3));
  return result;
}

void check(const Device& device, BertHead head) {
  const Result packed = train(device, true, head), padded = train(device, false, head);
  for (std::size_t k = 0; k < padded.records.size(); ++k) {
    for (std::size_t field = 0; field < kStepFields; ++field) {
      CAPTURE(k);
      CAPTURE(field);
      CHECK(packed.records[k][field] == doctest::Approx(padded.records[k][field]).epsilon(1e-4));
    }
  }
  for (std::size_t field = 0; field < kPassFields; ++field)
    CHECK(packed.held_out[field] == doctest::Approx(padded.held_out[field]).epsilon(1e-4));
  MESSAGE(fmt::format("{} {}: loss {:.6f} and {:.6f}, norm {:.6f} and {:.6f} at step 3", device.info().name,
                      architecture(head), packed.records[2][0], padded.records[2][0], packed.records[2][5],
                      padded.records[2][5]));
  CHECK(padded.records[2][0] < padded.records[0][0]);
}

}  // namespace

TEST_CASE("packed passes train as padded ones do, dropout on") {
  for (const BertHead head : {BertHead::Pretraining, BertHead::MaskedLm}) {
    check(test::cpu_test_device(), head);
    if (const Device* device = test::vulkan_test_device()) check(*device, head);
  }
}

TEST_CASE("a packed pass has room for its tokens and predictions and little more") {
  PassInputs inputs;
  inputs.pack(batch_of(6), {1, 2}, true, {3, S, P});
  CHECK(inputs.shape == BertBatchShape{3, S, P, 80});  // 20 + 26 + 32
  CHECK(inputs.lengths == std::vector<std::int32_t>{20, 26, 32});
  CHECK(std::ranges::count_if(inputs.masked_labels, [](std::int32_t label) { return label != -1; }) == 3 + 4 + 5);
  inputs.pack(batch_of(6), {0, 2}, true, {3, S, P});
  CHECK(inputs.shape == BertBatchShape{3, S, 3, 32});  // 3 + 8 + 14
}
