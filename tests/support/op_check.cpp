#include "support/op_check.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "backend/backend.h"
#include "graph/node.h"
#include "scoria/error.h"
#include "support/expected.h"
#include "support/kernel_choices.h"
#include "support/reference_run.h"
#include "support/test_device.h"

namespace scoria::test {
namespace {

std::string kernels_of(const Program& program, const std::function<bool(std::string_view)>& wanted) {
  std::string text;
  for (const PlacedNode& node : program.nodes) {
    if (!wanted(node.op->name)) continue;
    const std::string one = fmt::format("{}={}", node.op->name, node.kernel.empty() ? "cpu" : node.kernel);
    if (text.find(one) == std::string::npos) text += (text.empty() ? "" : ",") + one;
  }
  return text;
}

// sum of w * y, and of |w * y| for the size of its rounding.
std::pair<double, double> weighted_loss(const OpCase& op_case, const std::vector<std::vector<double>>& given,
                                        const std::vector<std::vector<double>>& weights) {
  const ReferenceRun run(op_case, given);
  double loss = 0;
  double size = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::vector<double>& y = run.of(op_case.outputs()[i]);
    for (std::size_t e = 0; e < weights[i].size(); ++e) {
      loss += weights[i][e] * y[e];
      size += std::fabs(weights[i][e] * y[e]);
    }
  }
  return {loss, size};
}

// Kernels instrumented by GPU-assisted validation take minutes to compile where they are unrolled, and run slowly: such
// a run is of small cases, each by one kernel, the device's own or the one that SCORIA_KERNELS names.
bool is_instrumented() {
  const char* word = std::getenv("SCORIA_VALIDATE");
  return word && std::string_view(word) == "gpu";
}

bool is_small(const Graph& graph) {
  constexpr std::int64_t kMostElements = 4096;
  for (const Node& node : graph.data().nodes) {
    for (const TensorDesc& output : node.outputs) {
      if (output.shape.element_count() > kMostElements) return false;
    }
  }
  return true;
}

}  // namespace

OpCheck& OpCheck::add(std::string name, Builder builder, OpCaseOptions options) {
  cases_.push_back({std::move(name), std::move(builder), options});
  return *this;
}

OpCheck& OpCheck::rejects(std::string text, Builder builder) {
  rejections_.emplace_back(std::move(text), std::move(builder));
  return *this;
}

bool OpCheck::is_checked(std::string_view op) const {
  return op == op_ || (op.size() > op_.size() && op.substr(0, op_.size()) == op_ && op[op_.size()] == '_');
}

void OpCheck::run() {
  REQUIRE_MESSAGE(find_op(op_) != nullptr, op_, ": no such op");
  if (!vulkan_test_device()) MESSAGE("skipped on Vulkan: ", vulkan_test_device_refusal());
  for (const Case& one : cases_) run_case(one);
  if (find_op(op_)->expand && !cases_.empty()) CHECK_MESSAGE(expansions_ > 0, op_, ": nothing was expanded");
  for (const auto& rejection : rejections_) {
    const std::string& text = rejection.first;
    OpCase op_case(op_ + " rejects");
    std::string said;
    try {
      rejection.second(op_case);
    } catch (const Error& error) {
      said = error.what();
      CHECK(error.kind() == ErrorKind::Usage);
    }
    CHECK_MESSAGE(said.find(text) != std::string::npos, op_, ": expected an error with \"", text, "\", got \"", said,
                  "\"");
  }
  report();
}

void OpCheck::run_case(const Case& one) {
  OpCase forward(op_ + "/" + one.name);
  one.builder(forward);
  check_graph(one, forward, false);
  if (find_op(op_)->expand) check_expansion(one);
  const bool has_gradient = find_op(op_)->grad != nullptr && forward.differentiable_count() > 0;
  if (!one.options.gradient || !has_gradient) return;
  check_differences(one);
  OpCase backward(op_ + "/" + one.name);
  one.builder(backward);
  backward.add_gradients();
  check_graph(one, backward, true);
}

void OpCheck::check_graph(const Case& one, const OpCase& op_case, bool is_gradient) {
  op_case.graph().verify();
  const auto wanted = [this](std::string_view op) { return is_checked(op); };
  for (const DeviceCaps& caps : pretended_devices()) {
    const std::string fault = kernel_plan_fault(op_case.graph(), caps, wanted);
    CHECK_MESSAGE(fault.empty(), op_, " \"", one.name, "\": ", fault);
  }
  const Expected expected(op_case, one.options, is_gradient);
  if (one.options.mistrust && !is_gradient) {
    CHECK_MESSAGE(expected.most_zeros() <= 0.3, op_, " \"", one.name, "\": an output is over 30 % zeros");
  }
  check_device(one, op_case, expected, "cpu");
  const Device* vulkan = vulkan_test_device();
  if (!vulkan || (is_instrumented() && !is_small(op_case.graph()))) return;
  check_device(one, op_case, expected, "vulkan");
  if (!one.options.kernels || is_instrumented()) return;
  for (const KernelName& name : alternative_kernels(op_case.graph(), *vulkan->backend().caps(), wanted)) {
    const ForcedKernel forced(name.op, name.kernel);
    check_device(one, op_case, expected, "vulkan");
  }
}

void OpCheck::check_device(const Case& one, const OpCase& op_case, const Expected& expected, std::string_view device) {
  const Device& opened = device == "cpu" ? cpu_test_device() : *vulkan_test_device();
  DeviceRun run(opened.backend(), op_case);
  const std::string kernels = kernels_of(run.program(), [this](std::string_view op) { return is_checked(op); });
  run.run();
  const Expected::Verdict verdict = expected.compare(run);
  CHECK_MESSAGE(verdict.failure.empty(), op_, " \"", one.name, "\" on ", device, ", ", kernels, ": ", verdict.failure);
  const std::string damage = run.damage();
  CHECK_MESSAGE(damage.empty(), op_, " \"", one.name, "\" on ", device, ", ", kernels, ": ", damage);
  const std::vector<std::byte> first = run.result_bytes();
  run.run();
  CHECK_MESSAGE(first == run.result_bytes(), op_, " \"", one.name, "\" on ", device, ", ", kernels,
                ": a second run gives other bits");
  Tally& tally = tallies_[std::string(device) + " " + kernels];
  ++tally.cases;
  if (verdict.worst >= tally.worst) {
    tally.worst = verdict.worst;
    tally.worst_case = one.name;
  }
}

// Both in one graph and in double: what is left is the rounding of the scale of a dropout, kept in f32 by some.
void OpCheck::check_expansion(const Case& one) {
  OpCase both(op_ + "/" + one.name);
  one.builder(both);
  std::vector<std::pair<Value, Value>> pairs;  // an output of the fused op, and of its expansion
  Graph& graph = both.graph();
  for (NodeId id = 0, count = static_cast<NodeId>(graph.data().nodes.size()); id < count; ++id) {
    const Node node = graph.data().nodes[id];  // a copy: adding nodes moves the list
    if (node.op->name != op_) continue;
    std::vector<Value> inputs;
    for (const Edge& input : node.inputs) inputs.emplace_back(&graph, input.node, input.output);
    const std::vector<Value> expanded = node.op->expand(inputs, node.attributes);
    // What a node only keeps for its gradient (attention's log-sum-exp) an expansion may leave out.
    CHECK(expanded.size() <= node.outputs.size());
    expansions_ += !expanded.empty();
    for (std::uint32_t i = 0; i < expanded.size(); ++i) pairs.emplace_back(Value(&graph, id, i), expanded[i]);
  }
  const ReferenceRun reference(both);
  for (const auto& pair : pairs) {
    const Value fused = pair.first, expanded = pair.second;
    CHECK(fused.desc() == expanded.desc());
    const std::vector<double>&a = reference.of(fused), &b = reference.of(expanded);
    double worst = 0;
    for (std::size_t e = 0; e < a.size(); ++e) worst = std::max(worst, std::fabs(a[e] - b[e]) / (1 + std::fabs(b[e])));
    CHECK_MESSAGE(worst < 1e-6, op_, " \"", one.name, "\": differs from its expansion by ", worst);
  }
}

// Three random directions through all inputs at once: every element takes part in every comparison.
void OpCheck::check_differences(const Case& one) {
  OpCase forward(op_ + "/" + one.name);
  one.builder(forward);
  OpCase backward(op_ + "/" + one.name);
  one.builder(backward);
  const std::vector<std::vector<double>> weights = backward.add_gradients();
  const ReferenceRun gradient(backward);
  const std::vector<std::vector<double>> given = given_values(forward);
  double count = 0;
  for (const auto& values : given) count += static_cast<double>(values.size());
  if (count > one.options.gradient_size_limit) return;
  constexpr double kStep = 1e-6;
  for (std::uint64_t direction = 0; direction < 3; ++direction) {
    std::vector<std::vector<double>> above = given;
    std::vector<std::vector<double>> below = given;
    double predicted = 0;
    double size = 0;
    std::size_t grad = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!forward.given()[i].differentiable) continue;
      const std::vector<double>& slope = gradient.of(backward.outputs()[grad++]);
      const std::vector<double> step = make_values(uniform(-1, 1), given[i].size(), DType::f32, 7919 * direction + i);
      for (std::size_t e = 0; e < given[i].size(); ++e) {
        above[i][e] += kStep * step[e];
        below[i][e] -= kStep * step[e];
        predicted += slope[e] * step[e];
        size += std::fabs(slope[e] * step[e]);
      }
    }
    const auto [high, high_size] = weighted_loss(forward, above, weights);
    const auto [low, low_size] = weighted_loss(forward, below, weights);
    const double measured = (high - low) / (2 * kStep);
    // Truncation of order step^2, and the rounding of the two losses divided by the step.
    const double tolerance = 1e-6 * size + 1e-15 * (high_size + low_size) / kStep;
    CHECK_MESSAGE(std::fabs(measured - predicted) <= tolerance, op_, " \"", one.name, "\": the gradient along a random",
                  " direction is ", predicted, ", by differences ", measured, " +- ", tolerance);
  }
}

void OpCheck::report() const {
  const char* path = std::getenv("SCORIA_TEST_REPORT");
  if (!path) return;
  std::ofstream file(path, std::ios::app);
  for (const auto& [where, tally] : tallies_) {
    file << fmt::format(
                R"({{"op": "{}", "where": "{}", "cases": {}, "worst_error_over_bound": {:.3g}, "worst_case": "{}"}})",
                op_, where, tally.cases, tally.worst, tally.worst_case)
         << "\n";
  }
}

}  // namespace scoria::test
