// Training on batches of several lengths: what a pass computes does not depend on the padding, and memory is that of
// the longest.

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "scoria/train/trainer.h"
#include "support/small_corpus.h"
#include "support/temporary_folder.h"
#include "support/test_device.h"
#include "train/training_step.h"

using namespace scoria;

namespace {

BertConfig small_model() {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = 200;
  config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0;  // its masks depend on the padding
  return config;
}

// Four sequences of up to 14 tokens, two predictions each.
PretrainingBatch batch_of(std::int32_t sequence_length, std::int32_t max_predictions) {
  PretrainingBatch batch;
  batch.batch_size = 4;
  batch.sequence_length = sequence_length;
  batch.max_predictions = max_predictions;
  batch.next_sentence_labels = {0, 1, 1, 0};
  for (std::int32_t b = 0; b < 4; ++b) {
    const std::int32_t length = 8 + 2 * b;
    for (std::int32_t at = 0; at < sequence_length; ++at) {
      batch.ids.push_back(at < length ? 5 + (13 * at + 29 * b) % 190 : 0);
      batch.segments.push_back(at >= length / 2 && at < length ? 1 : 0);
    }
    batch.lengths.push_back(length);
    batch.token_count += length;
    for (std::int32_t p = 0; p < max_predictions; ++p) {
      batch.masked_rows.push_back(b * sequence_length + (p < 2 ? 1 + 3 * p : 0));
      batch.masked_labels.push_back(p < 2 ? 50 + b + p : -1);
    }
    batch.masked_count += 2;
  }
  return batch;
}

const std::vector<BertBatchShape> kShapes{{2, 16, 3}, {2, 32, 5}};

// The record of three steps on the same batch.
std::array<double, kStepFields> three_steps(const PretrainingBatch& batch) {
  const BertConfig config = small_model();
  const ParameterLayout layout(bert_parameters(config));
  TrainingStep step(Device::open("cpu"), config, kShapes, false, 2, layout, {}, 0);
  step.session_of("parameters").write("parameters", layout.initial_values(1, 0.02f));
  for (int k = 0; k < 3; ++k) step.run(batch, k);
  CHECK(step.statistics().steps == 6);
  return step.record();
}

}  // namespace

TEST_CASE("length bins: a batch padded less gives the same losses and gradient norm") {
  const auto tight = three_steps(batch_of(16, 3)), wide = three_steps(batch_of(32, 5));
  CHECK(tight[0] > 1);
  for (std::size_t field = 0; field < tight.size(); ++field) {
    CAPTURE(field);
    CHECK(tight[field] == doctest::Approx(wide[field]).epsilon(1e-5));
  }
}

TEST_CASE("length bins: the device's memory is that of the longest") {
  const Device* device = test::vulkan_test_device();  // tells what it has allocated in all
  if (!device) {
    MESSAGE("skipped: " << test::vulkan_test_device_refusal());
    return;
  }
  const BertConfig config = BertConfig::preset("tiny");
  const ParameterLayout layout(bert_parameters(config));
  const auto bytes_of = [&](const std::vector<BertBatchShape>& shapes) {
    TrainingStep step(*device, config, shapes, false, 1, layout, {}, 0);
    step.run(batch_of(128, 20), 0);
    return static_cast<double>(step.statistics().device_bytes);
  };
  const double alone = bytes_of({{4, 128, 20}});
  const double binned = bytes_of({{4, 32, 5}, {4, 64, 10}, {4, 96, 15}, {4, 128, 20}});
  CAPTURE(alone);
  CAPTURE(binned);
  CHECK(alone > 1e8);
  CHECK(binned < 1.02 * alone);
}

TEST_CASE("length bins: the data must make batches of a step's size") {
  const TemporaryFolder folder;
  write_small_corpus(folder / "corpus.txt");
  const Corpus corpus({folder / "corpus.txt"});
  VocabularyTrainer words({.size = 120});
  corpus.for_each_document([&](const Document& document) { words.add(document.text); });
  const Tokenizer tokenizer(words.train());
  const auto store = std::make_shared<TokenStore>(tokenize_corpus(corpus, tokenizer));
  TrainerOptions options;
  options.model = small_model();
  options.batch = 4;
  options.accumulate = 2;
  options.out = folder.path();
  PretrainingOptions data{.sequence_length = 32, .length_bins = 2, .batch = 4};
  const auto make = [&] {
    const PretrainingData training(store, tokenizer, data);
    const Trainer trainer(Device::open("cpu"), tokenizer, training, nullptr, options);
  };
  CHECK_THROWS_WITH_AS(make(), "trainer: with length bins the data's batch must be that of a step, 8 (4 x 2); got 4",
                       Error);
  data.batch = 8;
  make();
}
