// Packed sequences are the same training as padded ones: losses and gradients, dropout on.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scoria/autodiff.h"
#include "scoria/error.h"
#include "scoria/model/bert.h"
#include "scoria/session.h"
#include "support/fill.h"
#include "support/test_device.h"

using namespace scoria;

namespace {

constexpr std::int64_t S = 24, P = 3;
const std::vector<std::int32_t> kLengths{9, 24, 1, 17, 5};
constexpr auto B = std::int64_t{5};

BertConfig small_config() {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = 200;
  config.hidden_size = 48;
  config.intermediate_size = 96;
  config.max_position_embeddings = 32;
  config.initializer_range = 0.1f;
  return config;
}

std::vector<std::int32_t> integers(double low, double high, std::size_t count, std::uint64_t seed) {
  const auto values = test::make_values(test::integers(low, high), count, DType::i32, seed);
  return {values.begin(), values.end()};
}

void write(Session& session, const char* name, const std::vector<std::int32_t>& values) {
  if (session.has(name)) session.write(name, std::as_bytes(std::span(values)));
}

// Token i of sequence b has the same id, segment and label wherever it lies; at(b, i) is its row.
template <typename At>
void write_tokens(Session& session, std::int64_t tokens, const At& at) {
  const auto ids = integers(0, 199, static_cast<std::size_t>(B * S), 1), sides = integers(0, 1, B * S, 2);
  const auto labels = integers(0, 199, static_cast<std::size_t>(B * P), 3);
  std::vector<std::int32_t> input(static_cast<std::size_t>(tokens), 7), segments(input.size(), 0), rows, draws, wanted;
  for (std::int64_t b = 0; b < B; ++b) {
    for (std::int64_t i = 0; i < kLengths[b]; ++i) {
      input[at(b, i)] = ids[b * S + i];
      segments[at(b, i)] = sides[b * S + i];
    }
    for (std::int64_t p = 0; p < P; ++p) {
      const std::int64_t i = p * 5 % kLengths[b];
      rows.push_back(static_cast<std::int32_t>(at(b, i)));
      draws.push_back(static_cast<std::int32_t>(b * S + i));
      wanted.push_back(p < kLengths[b] ? labels[b * P + p] : -1);
    }
  }
  for (std::int64_t b = 0; b < B; ++b) {
    rows.push_back(static_cast<std::int32_t>(at(b, 0)));
    draws.push_back(static_cast<std::int32_t>(b * S));
  }
  write(session, "input_ids", input);
  write(session, "segments", segments);
  write(session, "head_rows", rows);
  write(session, "head_draw_rows", draws);
  write(session, "masked_labels", wanted);
  write(session, "next_sentence_labels", {0, 1, 1, 0, 1});
}

struct Result {
  double loss, mlm_correct;
  Tensor gradients;
};

Result run(const Device& device, const BertBatchShape& shape) {
  const BertConfig config = small_config();
  const ParameterLayout layout(bert_parameters(config));
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertPretraining model = bert_pretraining(graph, config, shape, arena, true);
  graph.output("loss", model.loss);
  graph.output("correct", model.mlm_correct);
  graph.output("gradients", arena.pack_gradients(gradients(model.loss, arena.values())));
  Session session(device, graph);
  session.write("parameters", layout.initial_values(3, config.initializer_range));
  session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{7, 9, 5, 240}));
  session.write("mlm_denominator", Tensor::scalar(11));
  session.write("nsp_denominator", Tensor::scalar(5));
  if (shape.is_packed()) {
    const PackedRows packed(shape, kLengths);
    write(session, "starts", packed.starts);
    write(session, "positions", packed.positions);
    write(session, "draw_rows", packed.draw_rows);
    write_tokens(session, shape.tokens(), [&](std::int64_t b, std::int64_t i) { return packed.starts[b] + i; });
  } else {
    write(session, "lengths", kLengths);
    write_tokens(session, shape.tokens(), [&](std::int64_t b, std::int64_t i) { return b * S + i; });
  }
  session.step();
  return {session.read("loss").item(), session.read("correct").item(), session.read("gradients")};
}

void check(const Device& device) {
  const Result padded = run(device, {.batch = B, .sequence_length = S, .predictions = P});
  // Just enough tokens; some left over; so many that they are several spans.
  for (const std::int64_t tokens : {56, 61, 120}) {
    const Result packed =
        run(device, {.batch = B, .sequence_length = S, .predictions = P, .packed_tokens = tokens});
    double largest = 0, worst = 0;
    for (std::size_t i = 0; i < padded.gradients.values<float>().size(); ++i) {
      const double expected = padded.gradients.values<float>()[i], got = packed.gradients.values<float>()[i];
      largest = std::max(largest, std::abs(expected));
      worst = std::max(worst, std::abs(got - expected));
    }
    MESSAGE(fmt::format("{}, {} tokens: loss {:.6f} and {:.6f}, gradients differ by {:.1e} of the largest",
                        device.info().name, tokens, padded.loss, packed.loss, worst / largest));
    CHECK(packed.loss == doctest::Approx(padded.loss).epsilon(1e-6));
    CHECK(packed.mlm_correct == padded.mlm_correct);
    CHECK(largest > 0.01);
    CHECK(worst < 1e-5 * largest);
  }
}

}  // namespace

TEST_CASE("packed sequences have the losses and gradients of padded ones, dropout on") {
  check(test::cpu_test_device());
  if (const Device* device = test::vulkan_test_device())
    check(*device);
  else
    MESSAGE("Vulkan skipped: " << test::vulkan_test_device_refusal());
}

TEST_CASE("packed rows") {
  const BertBatchShape shape{.batch = 3, .sequence_length = 4, .packed_tokens = 11};
  const PackedRows rows(shape, std::vector<std::int32_t>{3, 2});
  CHECK(rows.starts == std::vector<std::int32_t>{0, 3, 5, 9, 11, 11, 11});  // 3 + ceil(11 / 4) spans
  CHECK(rows.positions == std::vector<std::int32_t>{0, 1, 2, 0, 1, 0, 1, 2, 3, 0, 1});
  CHECK(rows.draw_rows == std::vector<std::int32_t>{0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 13});
  CHECK_THROWS_AS(PackedRows(shape, std::vector<std::int32_t>{5}), Error);
  CHECK_THROWS_AS(PackedRows(shape, std::vector<std::int32_t>{0}), Error);
  CHECK_THROWS_AS(PackedRows(shape, std::vector<std::int32_t>{4, 4, 4}), Error);
  CHECK_THROWS_AS(PackedRows(shape, std::vector<std::int32_t>{1, 1, 1, 1}), Error);
}
