// A BERT run on texts of many lengths at once: what comes out belongs to the text, not to the batch that it ran in.

#include "scoria/tasks/bert_runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "support/test_device.h"

using namespace scoria;

namespace {

BertConfig small_config() {
  BertConfig config = BertConfig::preset("mini");
  config.vocab_size = 500;
  config.max_position_embeddings = 128;
  config.initializer_range = 0.1f;  // logits of about 1
  config.labels = {"a", "b", "c"};
  return config;
}

Encoding text_of(std::size_t tokens, std::uint32_t seed) {
  Encoding text;
  for (std::size_t i = 0; i < tokens; ++i) {
    seed = seed * 1664525u + 1013904223u;
    text.ids.push_back(static_cast<std::int32_t>(5 + (seed >> 16) % 495));
    text.segments.push_back(i < tokens / 2 ? 0 : 1);
  }
  return text;
}

// Lengths on both sides of the padded ones, in no order.
std::vector<Encoding> texts_of_many_lengths() {
  std::vector<Encoding> texts;
  std::uint32_t seed = 1;
  for (const std::size_t tokens : {16u, 128u, 3u, 17u, 1u, 64u, 33u, 100u, 65u, 47u, 16u}) {
    texts.push_back(text_of(tokens, seed++));
  }
  return texts;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0;
  for (std::size_t i = 0; i < a.values<float>().size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a.values<float>()[i]) - b.values<float>()[i]));
  }
  return largest;
}

// The bound that bert_runner.h states.
constexpr double kPrecision = 2e-5;

// Each text alone, and all in one call; the largest difference between the two.
template <typename Run>
void check_alone_and_together(const std::string& what, const std::vector<Encoding>& texts, const Run& run) {
  const std::vector<Tensor> together = run(texts);
  REQUIRE(together.size() == texts.size());
  double largest = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    largest = std::max(largest, largest_difference(run(std::vector<Encoding>{texts[i]})[0], together[i]));
  }
  MESSAGE(what << ": at most " << largest << " between a text alone and among others");
  CHECK(largest <= kPrecision);
}

void check_heads(const Device& device, const std::string& name) {
  const std::vector<Encoding> texts = texts_of_many_lengths();
  for (const BertHead head : {BertHead::SequenceClassification, BertHead::TokenClassification,
                              BertHead::QuestionAnswering, BertHead::Pretraining}) {
    BertRunner runner(device, BertModel::make(small_config(), head, 1), {.batch = 4});
    check_alone_and_together(name + " " + std::string(architecture(head)), texts,
                             [&](const std::vector<Encoding>& some) { return runner.logits(some); });
  }
  BertRunner encoder(device, BertModel::make(small_config(), BertHead::Encoder, 1), {.batch = 4});
  check_alone_and_together(name + " hidden states", texts,
                           [&](const std::vector<Encoding>& some) { return encoder.hidden_states(some); });
}

// What a graph made for this text alone gives, with no padding anywhere.
Tensor unpadded_logits(const BertModel& model, const Encoding& text) {
  const BertBatchShape shape{.sequence_length = static_cast<std::int64_t>(text.ids.size())};
  Graph graph;
  const ParameterArena arena(graph, model.layout);
  graph.output("logits", bert_forward(graph, model.config, model.head, shape, arena, false).logits);
  Session session(Device::open("cpu"), graph);
  session.write("parameters", model.weights);
  session.write("input_ids", Tensor::from({shape.tokens()}, text.ids));
  session.write("segments", Tensor::from({shape.tokens()}, text.segments));
  session.write("lengths", Tensor::from({1}, std::vector<std::int32_t>{static_cast<std::int32_t>(shape.tokens())}));
  session.step();
  return session.read("logits");
}

}  // namespace

TEST_CASE("a text's results do not depend on the texts beside it") {
  check_heads(Device::open("cpu"), "cpu");
  if (const Device* device = test::vulkan_test_device())
    check_heads(*device, device->info().name);
  else
    MESSAGE("no Vulkan device: " << test::vulkan_test_device_refusal());
}

TEST_CASE("padding changes nothing, and results come in the order of the texts") {
  const std::vector<Encoding> texts = texts_of_many_lengths();
  for (const BertHead head : {BertHead::TokenClassification, BertHead::QuestionAnswering}) {
    const BertModel model = BertModel::make(small_config(), head, 2);
    BertRunner runner(Device::open("cpu"), model, {.batch = 3});
    const std::vector<Tensor> logits = runner.logits(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      CHECK(largest_difference(logits[i], unpadded_logits(model, texts[i])) <= kPrecision);
    }
  }
}

TEST_CASE("tokens are predicted at the positions asked for, however many") {
  const std::vector<Encoding> texts = texts_of_many_lengths();
  const BertModel model = BertModel::make(small_config(), BertHead::MaskedLm, 3);
  std::vector<std::vector<std::int32_t>> positions(texts.size());
  positions[0] = {15, 0};
  for (std::int32_t i = 0; i < 128; ++i) positions[1].push_back(127 - i);
  positions[4] = {0};
  positions[7] = std::vector<std::int32_t>(300, 50);  // more than fit at once
  BertRunner runner(Device::open("cpu"), model, {.batch = 8});
  std::vector<std::vector<int>> visits(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) visits[i].resize(positions[i].size());
  std::vector<float> first, last, at_27;
  runner.token_logits(texts, positions, [&](std::size_t text, std::size_t place, std::span<const float> logits) {
    REQUIRE(logits.size() == 500);
    ++visits[text][place];
    if (text == 7 && place == 0) first.assign(logits.begin(), logits.end());
    if (text == 7 && place == 299) last.assign(logits.begin(), logits.end());
    if (text == 1 && place == 100) at_27.assign(logits.begin(), logits.end());
  });
  runner.token_logits(std::vector{texts[1]}, std::vector<std::vector<std::int32_t>>{{27}},
                      [&](std::size_t, std::size_t, std::span<const float> alone) {
                        for (std::size_t i = 0; i < alone.size(); ++i)
                          REQUIRE(std::abs(alone[i] - at_27[i]) <= kPrecision);
                      });
  for (const auto& of_text : visits) CHECK(std::ranges::all_of(of_text, [](int times) { return times == 1; }));
  CHECK(first == last);
}

TEST_CASE("a sentence's vector is the pooled output of a layer") {
  using Mode = SentencePooling::Mode;
  const std::vector<Encoding> texts = texts_of_many_lengths();
  BertRunner runner(Device::open("cpu"), BertModel::make(small_config(), BertHead::Pooler, 4));
  const std::size_t H = 256, text = 6, n = 33, element = 5;
  for (const std::int64_t layer : {-1, 0, 2}) {
    const std::vector<Tensor> states = runner.hidden_states(texts, layer);
    const auto at = [&](std::size_t row) { return states[text].values<float>()[row * H + element]; };
    double mean = 0, weighted = 0, largest = at(0);
    for (std::size_t row = 0; row < n; ++row) {
      mean += at(row) / static_cast<double>(n);
      weighted += static_cast<double>(row + 1) * at(row) / static_cast<double>(n * (n + 1) / 2);
      largest = std::max<double>(largest, at(row));
    }
    const std::vector<double> expected{mean, largest, at(0), at(n - 1), mean * std::sqrt(n), weighted};
    const std::vector<Mode> modes{Mode::Mean,      Mode::Max,           Mode::Cls,
                                  Mode::LastToken, Mode::MeanSqrtLength, Mode::WeightedMean};
    const Tensor joined = runner.sentence_vectors(texts, {.modes = modes}, layer);
    REQUIRE(joined.shape() == Shape{static_cast<std::int64_t>(texts.size()), 6 * 256});
    for (std::size_t i = 0; i < modes.size(); ++i) {
      CHECK(joined.values<float>()[(text * 6 + i) * H + element] == doctest::Approx(expected[i]).epsilon(1e-4));
      const Tensor alone = runner.sentence_vectors(texts, {.modes = {modes[i]}}, layer);
      CHECK(alone.values<float>()[text * H + element] == doctest::Approx(expected[i]).epsilon(1e-4));
    }
    // Of the tokens from the 32nd on: two of this text, none of shorter ones.
    const Tensor left = runner.sentence_vectors(texts, {.modes = {Mode::Mean, Mode::Cls}}, layer, 31);
    CHECK(left.values<float>()[text * 2 * H + element] == doctest::Approx((at(31) + at(32)) / 2).epsilon(1e-4));
    CHECK(left.values<float>()[(text * 2 + 1) * H + element] == doctest::Approx(at(31)).epsilon(1e-4));
    CHECK(left.values<float>()[2 * 2 * H + element] == 0.0f);
  }
  CHECK_THROWS_AS((void)runner.sentence_vectors(texts, {.modes = {Mode::Max}}, -1, 31), Error);
}

TEST_CASE("a runner reads the weights that another session has now") {
  const BertModel model = BertModel::make(small_config(), BertHead::SequenceClassification, 5);
  Graph graph;
  graph.output("first", view(ParameterArena(graph, model.layout).flat(), {1}));
  Session trainer(Device::open("cpu"), graph);
  BertRunner runner(trainer, model.config, model.head);
  const std::vector<Encoding> texts{text_of(20, 1)};
  CHECK(runner.logits(texts)[0].values<float>()[0] == 0.0f);
  trainer.write("parameters", model.weights);
  const Tensor changed = runner.logits(texts)[0];
  CHECK(largest_difference(changed, BertRunner(Device::open("cpu"), model).logits(texts)[0]) == 0.0);
  CHECK_THROWS_WITH_AS(BertRunner(trainer, model.config, BertHead::MaskedLm), doctest::Contains("its arena"), Error);
}

TEST_CASE("texts that the model cannot take are refused by number") {
  BertRunner runner(Device::open("cpu"), BertModel::make(small_config(), BertHead::SequenceClassification, 1));
  const auto refusal = [&](const Encoding& text) {
    try {
      runner.logits(std::vector{text_of(3, 1), text});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal({}).find("text 1: 0 tokens") == 0);
  CHECK(refusal(text_of(129, 1)).find("text 1: 129 tokens") == 0);
  Encoding text = text_of(3, 1);
  text.ids[1] = 500;
  CHECK(refusal(text) == "text 1: token id 500, but the model has 500; take the tokenizer of this model");
  text = text_of(3, 1);
  text.segments[2] = 2;
  CHECK(refusal(text).find("text 1: segment 2, but the model has 2") == 0);
  CHECK(runner.logits({}).empty());
  CHECK_THROWS_WITH_AS(runner.hidden_states({}, 5), doctest::Contains("layer 5 of a model of 4"), Error);
  CHECK_THROWS_WITH_AS(runner.token_logits({}, {}, nullptr), doctest::Contains("masked language model head"), Error);
}
