// Ops that may take their input's memory for their output are run that way, which an op's own cases do not do: there
// the inputs are the caller's, and those are never reused. Each result must have the bits of one with memory of its
// own.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "backend/backend.h"
#include "graph/node.h"
#include "plan/make_program.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "support/fill.h"
#include "support/kernel_choices.h"
#include "support/test_device.h"

namespace scoria {
namespace {

/// A graph whose op gets values that die with it.
struct Case {
  Graph graph;
  int inputs = 0;

  Value input(DType dtype, Shape shape) { return graph.input("input " + std::to_string(inputs++), {dtype, shape}); }
  Value fresh(Shape shape) { return scale(input(DType::f32, std::move(shape)), 1.0f); }
  Value kept(Shape shape) { return input(DType::f32, std::move(shape)); }
  Value rng() { return input(DType::u32, {4}); }
  Value labels(std::int64_t n) { return input(DType::i32, {n}); }
  void output(Value value) { graph.output("output " + std::to_string(graph.data().outputs.size()), value); }
};

struct NamedCase {
  std::string op;
  std::function<void(Case&)> build;
};

Value second_of(Value first, std::uint32_t output) { return Value(&first.graph(), first.node(), output); }

void build_layer_norm_grad(Case& c, bool x_dies) {
  const Value x = x_dies ? c.fresh({37, 301}) : c.kept({37, 301});
  const Value dy = x_dies ? c.kept({37, 301}) : c.fresh({37, 301});
  const Value gamma = c.kept({301}), mean = c.kept({37}), rstd = c.kept({37});
  const LayerNormGrads grads = layer_norm_grad(x, gamma, mean, rstd, dy);
  for (const Value& grad : {grads.dx, grads.dgamma, grads.dbeta}) c.output(grad);
}

void build_fused_layer_norm(Case& c) {
  const Value x = c.fresh({37, 301}), residual = c.kept({37, 301}), rng = c.rng();
  const Value gamma = c.kept({301}), beta = c.kept({301});
  const Value y = dropout_add_layer_norm(x, residual, rng, gamma, beta, 0.2f, 3);
  c.output(y);
  c.output(second_of(y, 1));
}

const std::vector<NamedCase>& cases() {
  static const Shape kWide = {37, 301}, kScores = {2, 3, 17, 17};
  static const std::vector<NamedCase> all = {
      {"add", [](Case& c) { c.output(add(c.fresh(kWide), c.fresh({301}))); }},
      {"add", [](Case& c) { c.output(add(c.kept(kWide), c.fresh(kWide))); }},
      {"multiply", [](Case& c) { c.output(multiply(c.fresh(kWide), c.fresh({1}))); }},
      {"multiply", [](Case& c) { c.output(multiply(c.kept(kWide), c.fresh(kWide))); }},
      {"divide", [](Case& c) { c.output(divide(c.fresh(kWide), c.fresh({301}))); }},
      {"divide", [](Case& c) { c.output(divide(c.kept(kWide), c.fresh(kWide))); }},
      {"scale", [](Case& c) { c.output(scale(c.fresh(kWide), 0.3f)); }},
      {"dropout", [](Case& c) { c.output(dropout(c.fresh(kWide), c.rng(), 0.4f, 5)); }},
      {"gelu", [](Case& c) { c.output(gelu(c.fresh(kWide))); }},
      {"gelu_grad", [](Case& c) { c.output(gelu_grad(c.kept(kWide), c.fresh(kWide))); }},
      {"gelu_grad", [](Case& c) { c.output(gelu_grad(c.fresh(kWide), c.kept(kWide), GeluForm::Tanh)); }},
      {"activate", [](Case& c) { c.output(activate(c.fresh(kWide), Activation::Mish)); }},
      {"activate_grad", [](Case& c) { c.output(activate_grad(c.kept(kWide), c.fresh(kWide), Activation::Silu)); }},
      {"activate_grad", [](Case& c) { c.output(activate_grad(c.fresh(kWide), c.kept(kWide), Activation::Relu)); }},
      {"tanh", [](Case& c) { c.output(tanh(c.fresh(kWide))); }},
      {"tanh_grad", [](Case& c) { c.output(tanh_grad(c.kept(kWide), c.fresh(kWide))); }},
      {"tanh_grad", [](Case& c) { c.output(tanh_grad(c.fresh(kWide), c.kept(kWide))); }},
      {"layer_norm", [](Case& c) { c.output(layer_norm(c.fresh(kWide), c.kept({301}), c.kept({301}))); }},
      {"layer_norm_grad", [](Case& c) { build_layer_norm_grad(c, true); }},
      {"layer_norm_grad", [](Case& c) { build_layer_norm_grad(c, false); }},
      {"dropout_add_layer_norm", build_fused_layer_norm},
      {"masked_softmax", [](Case& c) { c.output(masked_softmax(c.fresh(kScores), c.labels(2))); }},
      {"masked_softmax_grad", [](Case& c) { c.output(masked_softmax_grad(c.kept(kScores), c.fresh(kScores))); }},
      {"masked_softmax_grad", [](Case& c) { c.output(masked_softmax_grad(c.fresh(kScores), c.kept(kScores))); }},
      {"sigmoid_cross_entropy", [](Case& c) { c.output(sigmoid_cross_entropy(c.fresh(kWide), c.kept(kWide))); }},
      {"sigmoid_cross_entropy", [](Case& c) { c.output(sigmoid_cross_entropy(c.kept(kWide), c.fresh(kWide))); }},
      {"sigmoid_cross_entropy_grad",
       [](Case& c) { c.output(sigmoid_cross_entropy_grad(c.fresh(kWide), c.kept(kWide), c.kept(kWide))); }},
      {"sigmoid_cross_entropy_grad",
       [](Case& c) { c.output(sigmoid_cross_entropy_grad(c.kept(kWide), c.kept(kWide), c.fresh(kWide))); }},
      {"cross_entropy_grad",
       [](Case& c) {
         c.output(cross_entropy_grad(c.fresh({9, 5003}), c.labels(9), c.kept({9}), c.kept({9})));
       }},
  };
  return all;
}

bool may_reuse(const OpDef& op) {
  return std::any_of(op.aliases.begin(), op.aliases.end(),
                     [](const Alias& alias) { return alias.kind == AliasKind::Reuse; });
}

bool is_in_place(const Program& program, const std::string& op) {
  const PlacedNode& node = program.nodes.back();
  for (const Region& output : node.outputs) {
    if (std::find(node.inputs.begin(), node.inputs.end(), output) != node.inputs.end()) return node.op->name == op;
  }
  return false;
}

std::vector<std::vector<std::byte>> results(const Device& device, const Graph& graph, bool alias) {
  Session session(device, graph, {.alias_memory = alias, .optimize = false});
  std::uint64_t seed = 1;
  for (const NamedEdge& input : graph.data().inputs) {
    const TensorDesc& desc = graph.data().desc(input.value);
    const test::Fill fill = desc.dtype == DType::f32 ? test::uniform(0.5, 1.5) : test::integers(1, 9);
    const auto count = static_cast<std::size_t>(desc.shape.element_count());
    session.write(input.name, test::encode(desc.dtype, test::make_values(fill, count, desc.dtype, seed++)));
  }
  session.step();
  std::vector<std::vector<std::byte>> bytes;
  for (const NamedEdge& output : graph.data().outputs) {
    const Tensor tensor = session.read(output.name);
    bytes.emplace_back(tensor.bytes().begin(), tensor.bytes().end());
  }
  return bytes;
}

void check_vulkan(const Device& device, const Graph& graph, const std::string& op) {
  const auto wanted = [&](std::string_view name) { return name == op; };
  CHECK(results(device, graph, true) == results(device, graph, false));
  for (const test::KernelName& kernel : test::alternative_kernels(graph, *device.backend().caps(), wanted)) {
    CAPTURE(kernel.kernel);
    setenv("SCORIA_KERNELS", (kernel.op + "=" + kernel.kernel).c_str(), 1);
    const bool same = results(device, graph, true) == results(device, graph, false);
    unsetenv("SCORIA_KERNELS");
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("an op in its input's memory computes what it does in its own") {
  const Device* vulkan = test::vulkan_test_device();
  if (!vulkan) MESSAGE("skipped on Vulkan: ", test::vulkan_test_device_refusal());
  for (const NamedCase& named : cases()) {
    CAPTURE(named.op);
    Case built;
    named.build(built);
    CHECK(is_in_place(make_program(built.graph, {}), named.op));
    CHECK(results(test::cpu_test_device(), built.graph, true) == results(test::cpu_test_device(), built.graph, false));
    if (vulkan) check_vulkan(*vulkan, built.graph, named.op);
  }
}

TEST_CASE("every op that may reuse memory is run so") {
  for (const OpDef* op : op_table()) {
    if (!may_reuse(*op)) continue;
    const auto is_of_op = [&](const NamedCase& named) { return named.op == op->name; };
    CHECK_MESSAGE(std::any_of(cases().begin(), cases().end(), is_of_op), op->name);
  }
}

}  // namespace scoria
