#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>

#include "backend/backend.h"
#include "backend/vulkan/vulkan_backend.h"
#include "doctor/self_test_cases.h"
#include "graph/node.h"
#include "plan/make_program.h"
#include "scoria/doctor.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Outputs = std::vector<Tensor>;
using State = KernelVerdict::State;

/// An op and one of its kernels; "" on the CPU.
using KernelName = std::pair<std::string, std::string>;

Program plan(const Device& device, const Graph& graph) {
  PlanOptions options;
  if (const DeviceCaps* caps = device.backend().caps()) options.caps = *caps;
  return make_program(graph, options);
}

Outputs compute(const Device& device, const SelfTestGraph& built) {
  const Program program = plan(device, built.graph);
  const auto store = device.backend().make_state_store();
  for (const auto& [name, tensor] : built.states) store->write(store->block(name, tensor.desc()), 0, tensor.bytes());
  const auto executable = device.backend().load(program, store);
  for (std::uint32_t i = 0; i < program.inputs.size(); ++i) {
    for (const auto& [name, tensor] : built.inputs) {
      if (name == program.inputs[i].name) executable->write_input(i, tensor.bytes());
    }
  }
  executable->fill_intermediates(0x7fc00000);  // NaN, so that memory nobody wrote shows
  executable->run();
  Outputs outputs;
  for (std::uint32_t i = 0; i < program.outputs.size(); ++i) {
    outputs.emplace_back(program.outputs[i].desc);
    executable->read_output(i, outputs.back().bytes());
  }
  return outputs;
}

/// The error of a tensor as a share of its bound.
double error_share(const SelfTestCase& one, const Tensor& expected, const Tensor& got) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (expected.dtype() != DType::f32 || one.exact) {
    return std::equal(expected.bytes().begin(), expected.bytes().end(), got.bytes().begin()) ? 0 : kInfinite;
  }
  const auto want = expected.values<float>(), have = got.values<float>();
  double magnitude = 1e-30, error = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    magnitude = std::max(magnitude, std::fabs(static_cast<double>(want[i])));
    const double off = std::fabs(static_cast<double>(want[i]) - static_cast<double>(have[i]));
    error = std::isfinite(off) ? std::max(error, off) : kInfinite;
  }
  return error / ((4 * std::sqrt(one.terms) + 8) * std::ldexp(1.0, -23) * magnitude);
}

std::set<const OpDef*> ops_with_kernels(const Graph& graph) {
  std::set<const OpDef*> ops;
  for (const Node& node : graph.data().nodes) {
    if (!node.op->kernels.empty()) ops.insert(node.op);
  }
  return ops;
}

class SelfTest {
 public:
  explicit SelfTest(const Device& device) : device_(device), reference_(Device::open("reference")) {}

  std::vector<KernelVerdict> run() {
    for (const SelfTestCase& one : self_test_cases()) run_case(one);
    std::vector<KernelVerdict> verdicts;
    for (auto& [name, verdict] : verdicts_) verdicts.push_back(std::move(verdict));
    return verdicts;
  }

 private:
  struct Trial {
    double worst = 0;
    std::string note;
    bool passed() const { return worst <= 1; }
  };

  /// First with the kernels that the device would choose, then with each other kernel of each op in its turn.
  void run_case(const SelfTestCase& one) {
    SelfTestGraph built;
    one.build(built);
    const Outputs expected = compute(reference_, built);
    std::set<KernelName> chosen;
    for (const PlacedNode& node : plan(device_, built.graph).nodes) {
      if (!node.op->kernels.empty()) chosen.insert({std::string(node.op->name), node.kernel});
    }
    const Trial first = attempt(one, built, expected);
    if (!first.passed()) return find_culprit(one, built, expected, chosen, first);
    for (const KernelName& name : chosen) book(name, first, State::Right);
    for (const KernelName& name : alternatives(built, chosen)) {
      const ForcedKernel forced(name.first, name.second);
      if (!takes_part(built, name)) continue;
      const Trial trial = attempt(one, built, expected);
      book(name, trial, trial.passed() ? State::Right : State::Wrong);
    }
  }

  /// A case fails: the kernel to blame is the one whose replacement alone mends it.
  void find_culprit(const SelfTestCase& one, const SelfTestGraph& built, const Outputs& expected,
                    const std::set<KernelName>& chosen, const Trial& failed) {
    std::set<KernelName> blamed;
    for (const KernelName& name : alternatives(built, chosen)) {
      const ForcedKernel forced(name.first, name.second);
      if (!takes_part(built, name)) continue;
      const Trial trial = attempt(one, built, expected);
      if (!trial.passed()) continue;
      book(name, trial, State::Right);
      for (const KernelName& wrong : chosen) {
        if (wrong.first == name.first && blamed.insert(wrong).second) book(wrong, failed, State::Wrong);
      }
    }
    if (!blamed.empty()) return;
    for (const KernelName& name : chosen) book(name, failed, State::Suspect);
  }

  /// The kernels of the graph's ops that the device would not choose.
  std::vector<KernelName> alternatives(const SelfTestGraph& built, const std::set<KernelName>& chosen) const {
    std::vector<KernelName> names;
    if (!device_.backend().caps()) return names;
    for (const OpDef* op : ops_with_kernels(built.graph)) {
      for (const KernelChoice& choice : op->kernels) {
        KernelName name{std::string(op->name), std::string(choice.name)};
        if (!chosen.contains(name)) names.push_back(std::move(name));
      }
    }
    return names;
  }

  /// Whether the forced kernel is planned; if it refuses, that is its verdict unless another case had it run.
  bool takes_part(const SelfTestGraph& built, const KernelName& name) {
    std::string refusal;
    const std::string start = name.second + ": ";
    for (const PlacedNode& node : plan(device_, built.graph).nodes) {
      if (node.op->name != name.first) continue;
      if (node.kernel == name.second) return true;
      for (const std::string& text : node.refusals) {
        if (text.compare(0, start.size(), start) == 0) refusal = text.substr(start.size());
      }
    }
    KernelVerdict& verdict = verdict_of(name);
    if (verdict.cases > 0) return false;
    verdict.state = State::Refused;
    verdict.note = refusal;
    return false;
  }

  Trial attempt(const SelfTestCase& one, const SelfTestGraph& built, const Outputs& expected) const {
    Trial trial{0, one.name};
    try {
      const Outputs got = compute(device_, built);
      for (std::size_t i = 0; i < got.size(); ++i) {
        trial.worst = std::max(trial.worst, error_share(one, expected[i], got[i]));
      }
    } catch (const Error& error) {
      trial.worst = std::numeric_limits<double>::infinity();
      trial.note += std::string(": ") + error.what();
    }
    return trial;
  }

  void book(const KernelName& name, const Trial& trial, State state) {
    KernelVerdict& verdict = verdict_of(name);
    if (verdict.cases++ == 0) verdict.state = State::Right;
    if (verdict.cases == 1 || trial.worst > verdict.worst) {
      verdict.worst = trial.worst;
      verdict.note = trial.note;
    }
    const bool graver = state == State::Wrong || (state == State::Suspect && verdict.state != State::Wrong);
    if (graver) verdict.state = state;
  }

  KernelVerdict& verdict_of(const KernelName& name) {
    KernelVerdict& verdict = verdicts_[name];
    verdict.op = name.first;
    verdict.kernel = name.second;
    return verdict;
  }

  Device device_, reference_;
  std::map<KernelName, KernelVerdict> verdicts_;
};

}  // namespace

std::vector<KernelVerdict> self_test(const Device& device) { return SelfTest(device).run(); }

std::vector<Graph> self_test_graphs() {
  std::vector<Graph> graphs;
  for (const SelfTestCase& one : self_test_cases()) {
    SelfTestGraph built;
    one.build(built);
    graphs.push_back(std::move(built.graph));
  }
  return graphs;
}

std::vector<std::string> ops_without_self_test() {
  std::set<const OpDef*> used;
  for (const SelfTestCase& one : self_test_cases()) {
    SelfTestGraph built;
    one.build(built);
    used.merge(ops_with_kernels(built.graph));
  }
  std::vector<std::string> names;
  for (const OpDef* op : op_table()) {
    if (!op->kernels.empty() && !used.contains(op)) names.emplace_back(op->name);
  }
  return names;
}

std::string vulkan_refusal() { return vulkan_unavailable_reason(); }

}  // namespace scoria
