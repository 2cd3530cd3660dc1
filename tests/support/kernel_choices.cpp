#include "support/kernel_choices.h"

#include <fmt/format.h>

#include <set>

#include "graph/node.h"

namespace scoria::test {
namespace {

DeviceCaps gpu(std::string name, std::uint32_t subgroup, std::uint32_t invocations, std::uint32_t shared) {
  DeviceCaps caps;
  caps.name = std::move(name);
  caps.device_class = DeviceClass::Discrete;
  caps.subgroup_size = caps.min_subgroup_size = caps.max_subgroup_size = subgroup;
  caps.subgroup_arithmetic = caps.subgroup_shuffle = caps.subgroup_ballot = true;
  caps.subgroup_size_control = true;
  caps.max_workgroup_invocations = invocations;
  caps.max_workgroup_size = {invocations, invocations, 64};
  caps.max_workgroup_count = {0x7FFFFFFF, 65535, 65535};
  caps.shared_memory_bytes = shared;
  return caps;
}

DeviceCaps software(std::string name, std::array<std::uint32_t, 3> release) {
  DeviceCaps caps = gpu(std::move(name), 8, 1024, 32768);
  caps.device_class = DeviceClass::Cpu;
  caps.is_llvmpipe = true;
  caps.driver_release = release;
  caps.max_workgroup_count = {65535, 65535, 65535};
  return caps;
}

PlannedKernel plan_node(const GraphData& graph, const Node& node, const KernelChoice& choice, const DeviceCaps& caps) {
  const std::vector<TensorDesc> inputs = input_descs(graph, node);
  return choice.plan(OpCall{node.op->name, node.label, inputs, node.outputs, node.attributes}, caps);
}

std::string dispatch_fault(const Dispatch& dispatch, const DeviceCaps& caps) {
  const std::size_t push = 8 * dispatch.buffers.size() + 4 * dispatch.words.size();
  if (push > caps.max_push_bytes) return fmt::format("{} push bytes, limit {}", push, caps.max_push_bytes);
  for (int axis = 0; axis < 3; ++axis) {
    if (dispatch.grid[axis] == 0 || dispatch.grid[axis] > caps.max_workgroup_count[axis]) {
      return fmt::format("grid {} on axis {}, limit {}", dispatch.grid[axis], axis, caps.max_workgroup_count[axis]);
    }
  }
  if (dispatch.constants.empty()) return "no workgroup size in constant 0";
  if (dispatch.constants[0] == 0 || dispatch.constants[0] > caps.max_workgroup_invocations) {
    return fmt::format("workgroup of {}, limit {}", dispatch.constants[0], caps.max_workgroup_invocations);
  }
  const std::uint32_t subgroup = dispatch.subgroup_size;
  if (subgroup == 0) return "";
  if (subgroup < caps.min_subgroup_size || subgroup > caps.max_subgroup_size) {
    return fmt::format("subgroup size {}, limits {}..{}", subgroup, caps.min_subgroup_size, caps.max_subgroup_size);
  }
  return "";
}

}  // namespace

std::vector<DeviceCaps> pretended_devices() {
  std::vector<DeviceCaps> devices;
  devices.emplace_back();
  devices.push_back(gpu("subgroup 32", 32, 1024, 49152));
  devices.push_back(gpu("subgroup 64", 64, 1024, 32768));
  devices.push_back(gpu("subgroup 4", 4, 256, 32768));
  devices.push_back(gpu("subgroup 128", 128, 1024, 32768));
  devices.push_back(software("llvmpipe 25.0", {25, 0, 7}));
  devices.push_back(software("llvmpipe 26.1", {26, 1, 6}));
  return devices;
}

std::string kernel_plan_fault(const Graph& graph, const DeviceCaps& caps,
                              const std::function<bool(std::string_view)>& wanted) {
  for (const Node& node : graph.data().nodes) {
    if (!wanted(node.op->name) || node.op->kernels.empty()) continue;
    for (const KernelChoice& choice : node.op->kernels) {
      const PlannedKernel planned = plan_node(graph.data(), node, choice, caps);
      const std::string where = fmt::format("{}={} on {}: ", node.op->name, choice.name, caps.name);
      if (const Refusal* refusal = std::get_if<Refusal>(&planned)) {
        if (&choice == &node.op->kernels.back()) return where + "the last choice refuses: " + refusal->reason;
        if (refusal->reason.empty()) return where + "refuses without a reason";
        continue;
      }
      for (const Dispatch& dispatch : std::get<KernelPlan>(planned).dispatches) {
        const std::string fault = dispatch_fault(dispatch, caps);
        if (!fault.empty()) return where + dispatch.shader + ": " + fault;
      }
    }
  }
  return "";
}

std::vector<KernelName> alternative_kernels(const Graph& graph, const DeviceCaps& caps,
                                            const std::function<bool(std::string_view)>& wanted) {
  std::set<const OpDef*> ops;
  for (const Node& node : graph.data().nodes) {
    if (wanted(node.op->name)) ops.insert(node.op);
  }
  const auto is_refused = [&](const OpDef* op, const KernelChoice& choice) {
    for (const Node& node : graph.data().nodes) {
      if (node.op == op && std::holds_alternative<Refusal>(plan_node(graph.data(), node, choice, caps))) return true;
    }
    return false;
  };
  std::vector<KernelName> found;
  for (const OpDef* op : ops) {
    bool has_own_choice = false;
    for (const KernelChoice& choice : op->kernels) {
      const bool is_own_choice = !has_own_choice && !is_refused(op, choice);
      has_own_choice |= is_own_choice;
      if (is_own_choice) continue;
      // Some choices refuse for speed alone, and run where they are forced.
      const ForcedKernel forced(std::string(op->name), std::string(choice.name));
      if (!is_refused(op, choice)) found.push_back({std::string(op->name), std::string(choice.name)});
    }
  }
  return found;
}

}  // namespace scoria::test
