// After the last layer's attention only the rows that a head reads are computed: the same numbers as of all rows.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scoria/autodiff.h"
#include "scoria/model/bert.h"
#include "scoria/session.h"
#include "support/fill.h"
#include "support/test_device.h"

using namespace scoria;

namespace {

constexpr BertBatchShape kShape{.batch = 3, .sequence_length = 24, .predictions = 4};
// Some more than once, as where fewer are predicted than there is room for.
const std::vector<std::int32_t> kRows{1, 5, 23, 0, 24, 30, 24, 24, 48, 71, 60, 49};

BertConfig small_config() {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = 200;
  config.hidden_size = 48;
  config.intermediate_size = 96;
  config.max_position_embeddings = 32;
  config.initializer_range = 0.1f;
  return config;
}

struct Result {
  Tensor logits, gradients;
};

// The MLM head's logits and the gradients of a sum of them, with dropout; `all` takes the rows out of the last state.
Result run(const Device& device, bool all) {
  const BertConfig config = small_config();
  const ParameterLayout layout(bert_parameters(config, BertHead::MaskedLm));
  Graph graph;
  const ParameterArena arena(graph, layout);
  const BertForward model = bert_forward(graph, config, BertHead::MaskedLm, kShape, arena, true);
  const Value logits =
      all ? bert_mlm_logits(config, arena, gather_rows(model.sequence_output, model.inputs.head_rows)) : model.mlm_logits;
  const Value weights = graph.input("weights", logits.desc());
  graph.output("logits", logits);
  graph.output("gradients", arena.pack_gradients(gradients(sum(multiply(logits, weights)), arena.values())));
  Session session(device, graph);
  session.write("parameters", layout.initial_values(3, config.initializer_range));
  const auto write = [&](const char* name, const test::Fill& fill, std::uint64_t seed) {
    const TensorDesc desc = session.desc(name);
    const auto values =
        test::make_values(fill, static_cast<std::size_t>(desc.shape.element_count()), desc.dtype, seed);
    session.write(name, test::encode(desc.dtype, values));
  };
  write("input_ids", test::integers(0, 199), 1);
  write("segments", test::integers(0, 1), 2);
  write("lengths", {24, 9, 17}, 3);
  write("rng", {7, 9, 5, 72}, 4);
  write("weights", test::normal(), 5);
  session.write("head_rows", std::as_bytes(std::span(kRows)));
  session.step();
  return {session.read("logits"), session.read("gradients")};
}

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0;
  for (std::size_t i = 0; i < a.values<float>().size(); ++i)
    largest = std::max<double>(largest, std::abs(a.values<float>()[i] - b.values<float>()[i]));
  return largest;
}

void check(const Device& device) {
  const Result some = run(device, false), all = run(device, true);
  const auto size = [](const Tensor& t) {
    return largest_difference(t, Tensor(DType::f32, t.shape()));
  };
  const double logits = largest_difference(some.logits, all.logits);
  const double gradients = largest_difference(some.gradients, all.gradients) / size(all.gradients);
  MESSAGE(fmt::format("{}: logits differ by {:.1e} of {:.1f}, gradients by {:.1e} of the largest", device.info().name,
                      logits, size(all.logits), gradients));
  CHECK(size(all.gradients) > 0.1);
  CHECK(logits < 1e-4);
  CHECK(gradients < 1e-5);
}

}  // namespace

TEST_CASE("the rows that a head reads give the same logits and gradients alone as among all, dropout on") {
  check(test::cpu_test_device());
  if (const Device* device = test::vulkan_test_device())
    check(*device);
  else
    MESSAGE("Vulkan skipped: " << test::vulkan_test_device_refusal());
}

TEST_CASE("a row of the CPU's forward pass has the same bits alone as among all") {
  const Result some = run(test::cpu_test_device(), false), all = run(test::cpu_test_device(), true);
  CHECK(largest_difference(some.logits, all.logits) == 0);
}
