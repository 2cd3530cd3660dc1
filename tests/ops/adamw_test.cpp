#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scoria/ops.h"
#include "scoria/session.h"
#include "support/op_check.h"
#include "support/test_device.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Setting {
  std::int64_t n;
  double step = 7;
  double rate = 1e-2;
  double grad_scale = 0.5;
  Fill decay = integers(0, 1);
  AdamwOptions options = {};
};

AdamwState build(OpCase& c, const Setting& g) {
  const AdamwState state{c.state({g.n}, normal()), c.state({g.n}, normal(0, 0.1)), c.state({g.n}, uniform(1e-6, 0.1))};
  return adamw(state, c.input({g.n}, normal()), c.input_u32({1}, {g.step}), c.input({1}, {g.rate}),
               c.input({1}, {g.grad_scale}), c.input_u32({(g.n + 63) / 64}, g.decay), g.options);
}

void output_all(OpCase& c, const AdamwState& state) {
  c.output(state.params);
  c.output(state.m);
  c.output(state.v);
}

}  // namespace

TEST_CASE("adamw") {
  OpCheck check("adamw");
  const auto add = [&](const char* name, Setting g, OpCaseOptions options = {.slack_ulps = 16}) {
    check.add(
        name, [=](OpCase& c) { output_all(c, build(c, g)); }, options);
  };
  add("one element", {1});
  add("blocks of 64 and a rest, some decay", {64 * 5 + 17});
  add("many workgroups and threads", {70001});
  add("the first step", {130, 0});
  add("a step where beta2^t is gone", {130, 4e6});
  add("the last step that can be counted", {130, 4294967295.0});
  add("without bias correction, as Google's BERT",
      {130, 0, 1e-4, 1.0, integers(0, 1), {.eps = 1e-6f, .bias_correction = false}});
  add("betas of zero: the sign of the gradient", {130, 3, 1e-2, 1.0, integers(0, 1), {.beta1 = 0, .beta2 = 0}});
  add("betas near one", {130, 2, 1e-2, 1.0, integers(0, 1), {.beta1 = 0.9999f, .beta2 = 0.999999f}});
  add("a strong decay", {130, 3, 0.5, 1.0, constant(1), {.weight_decay = 0.5f}});
  add("rate zero moves the moments alone", {130, 0, 0.0});
  add("grad_scale zero changes nothing", {200, 7, 1e-2, 0.0}, {.exact = true});
  check.add("grad_scale zero keeps NaN gradients out",
            [](OpCase& c) {
              const AdamwState state{c.state({70}, normal()), c.state({70}, normal()), c.state({70}, positive())};
              output_all(c, adamw(state, c.input({70}, constant(NAN)), c.input_u32({1}, {3}), c.input({1}, {0.1}),
                                  c.input({1}, {0}), c.input_u32({2}, {1}), {}));
            },
            {.exact = true});

  const auto rejects = [&](const char* text, AdamwOptions options) {
    check.rejects(text, [=](OpCase& c) { build(c, {64, 0, 1, 1, constant(1), options}); });
  };
  rejects("beta1 and beta2 must be in [0, 1)", {.beta1 = 1.0f});
  rejects("beta1 and beta2 must be in [0, 1)", {.beta2 = -0.1f});
  rejects("eps must be positive", {.eps = 0.0f});
  rejects("weight_decay must not be negative", {.weight_decay = -0.1f});
  check.rejects("decay_blocks must be u32 [2], one for each 64 elements of params; got u32 [1]", [](OpCase& c) {
    const AdamwState state{c.state({65}, normal()), c.state({65}, normal()), c.state({65}, normal())};
    adamw(state, c.input({65}, normal()), c.input_u32({1}, {0}), c.input({1}, {1}), c.input({1}, {1}),
          c.input_u32({1}, {1}), {});
  });
  check.rejects("grads must be f32 [64], as params is", [](OpCase& c) {
    const AdamwState state{c.state({64}, normal()), c.state({64}, normal()), c.state({64}, normal())};
    adamw(state, c.input({63}, normal()), c.input_u32({1}, {0}), c.input({1}, {1}), c.input({1}, {1}),
          c.input_u32({1}, {1}), {});
  });
  check.run();
}

namespace {

// Six parameters that decay and six that do not, ten steps from zero moments, gradients ((7 i + 3 t) mod 11 - 5) / 8.
std::vector<float> params_after_ten_steps(const Device& device, const AdamwOptions& options) {
  constexpr std::int64_t kCount = 6, kSize = 64 + kCount;
  Graph graph;
  const Value step = graph.state("step", {DType::u32, {1}});
  const TensorDesc arena{DType::f32, {kSize}};
  const AdamwState state{graph.state("params", arena), graph.state("m", arena), graph.state("v", arena)};
  const AdamwState updated =
      adamw(state, graph.input("grads", arena), step, graph.input("rate", {DType::f32, {1}}),
            graph.input("grad_scale", {DType::f32, {1}}), graph.input("decay_blocks", {DType::u32, {2}}), options);
  graph.keep(updated.params);
  graph.keep(increment(step));
  Session session(device, graph);
  std::vector<float> params(kSize), grads(kSize);
  for (std::int64_t i = 0; i < kCount; ++i) {
    params[static_cast<std::size_t>(i)] = params[static_cast<std::size_t>(64 + i)] =
        static_cast<float>(i * 5 % 7 - 3) / 4;
  }
  session.write("params", Tensor::from({kSize}, std::span<const float>(params)));
  session.write("rate", Tensor::from({1}, std::span<const float>(std::vector<float>{0.01f})));
  session.write("grad_scale", Tensor::from({1}, std::span<const float>(std::vector<float>{1.0f})));
  session.write("decay_blocks", Tensor::from({2}, std::span<const std::uint32_t>(std::vector<std::uint32_t>{1, 0})));
  for (std::int64_t t = 0; t < 10; ++t) {
    for (std::int64_t i = 0; i < kCount; ++i) {
      const float g = static_cast<float>((7 * i + 3 * t) % 11 - 5) / 8;
      grads[static_cast<std::size_t>(i)] = grads[static_cast<std::size_t>(64 + i)] = g;
    }
    session.write("grads", Tensor::from({kSize}, std::span<const float>(grads)));
    session.step();
  }
  const Tensor result = session.read("params");
  const auto values = result.values<float>();
  return {values.begin(), values.end()};
}

void check_ten_steps(const Device& device) {
  // torch.optim.AdamW in double: lr 0.01, betas (0.9, 0.999), eps 1e-8, weight_decay 0.01 and 0.
  constexpr double kDecayed[] = {-0.7176483110083692, 0.47033410222463934, 0.003228149410240497,
                                 -0.5119986417520299, 0.7195640832161057,  0.28353724147180487};
  constexpr double kPlain[] = {-0.7183746750907505, 0.47081159844198023, 0.003236204587759741,
                               -0.5125109120736165, 0.720294407389773,   0.2838077028277125};
  // The same without bias correction and with eps 1e-6: Google's AdamWeightDecayOptimizer, decayed.
  constexpr double kGoogle[] = {-0.6102367653373785, 0.3750110481110632, -0.01254801075779487,
                                -0.5383477863618354, 0.6129664049556747, 0.4128940227112568};
  const std::vector<float> torch = params_after_ten_steps(device, {});
  const std::vector<float> google = params_after_ten_steps(device, {.eps = 1e-6f, .bias_correction = false});
  // Ten steps of 0.01, or of 0.03 uncorrected, each good to a few units of f32, on parameters below 1.
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(std::abs(torch[i] - kDecayed[i]) < 10 * 2 * 0x1p-24);
    CHECK(std::abs(torch[64 + i] - kPlain[i]) < 10 * 2 * 0x1p-24);
    CHECK(std::abs(google[i] - kGoogle[i]) < 10 * 2 * 0x1p-24);
  }
}

}  // namespace

TEST_CASE("adamw: ten steps as PyTorch's and Google's take them, on the CPU") { check_ten_steps(cpu_test_device()); }

TEST_CASE("adamw: ten steps as PyTorch's and Google's take them, on Vulkan") {
  if (vulkan_test_device() == nullptr) {
    MESSAGE("skipped: " << vulkan_test_device_refusal());
    return;
  }
  check_ten_steps(*vulkan_test_device());
}
