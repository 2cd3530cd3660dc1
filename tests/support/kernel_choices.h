#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/device_caps.h"
#include "scoria/graph.h"

namespace scoria::test {

/// Devices of several makers as kernel choice sees them, the bare minimum of Vulkan 1.2 first.
std::vector<DeviceCaps> pretended_devices();

/// Plans every kernel choice of every node whose op passes `wanted` for a device, and returns the first fault: a grid,
/// a workgroup or push constants beyond the device's limits, or a last choice that refuses. "" when there is none.
std::string kernel_plan_fault(const Graph& graph, const DeviceCaps& caps,
                              const std::function<bool(std::string_view)>& wanted);

struct KernelName {
  std::string op, kernel;
};
/// The choices that no node of the op refuses on the device when asked for, and that are not the device's own choice.
std::vector<KernelName> alternative_kernels(const Graph& graph, const DeviceCaps& caps,
                                            const std::function<bool(std::string_view)>& wanted);

}  // namespace scoria::test
