#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "backend/backend.h"
#include "graph/node.h"
#include "passes/pipeline.h"
#include "plan/make_program.h"
#include "scoria/doctor.h"
#include "scoria/error.h"

namespace scoria {
namespace {

/// One quantity under the names that Mesa's compilers give it: AMD, Intel, NVIDIA, Adreno, Apple.
struct Quantity {
  std::optional<double> CompiledKernel::*member;
  std::array<std::string_view, 5> names;
};

constexpr Quantity kQuantities[] = {
    {&CompiledKernel::registers, {"VGPRs", "Max live registers", "Number of GPRs", "Registers used", "GPRs"}},
    {&CompiledKernel::spills, {"Spilled VGPRs", "Spill Count", "Spills to memory", "STP Count", "Spills"}},
    {&CompiledKernel::shared_bytes, {"LDS size", "Workgroup Memory Size", "Shared Size", "", ""}},
    {&CompiledKernel::scratch_bytes, {"Scratch size", "Scratch Memory Size", "SLM Size", "Pvtmem size", "Scratch"}},
    {&CompiledKernel::code_bytes, {"Code size", "Code Size", "Code size", "", "Code size"}},
    {&CompiledKernel::instructions, {"Instructions", "Instruction Count", "Instruction Count", "Instruction count",
                                     "Instrs"}},
    {&CompiledKernel::waves, {"Subgroups per SIMD", "", "Max Warps/SM", "Max Waves Per Core", ""}},
};

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return !a.empty() && std::ranges::equal(a, b, {}, lower, lower);
}

void take(const PipelineStatistics& statistics, CompiledKernel& kernel) {
  if (statistics.subgroup_size != 0) kernel.subgroup_size = statistics.subgroup_size;
  kernel.told = statistics.values;
  for (const Quantity& quantity : kQuantities) {
    for (const auto& [name, value] : statistics.values) {
      const bool known = std::ranges::any_of(quantity.names, [&](std::string_view n) { return same_word(n, name); });
      if (known && !(kernel.*quantity.member)) kernel.*quantity.member = value;
    }
  }
}

using Key = std::tuple<std::string, std::vector<std::uint32_t>, std::uint32_t>;
/// Kernel and dispatch of each different pipeline.
using Planned = std::map<Key, std::pair<std::string, Dispatch>>;

void plan_as_it_is(const Graph& graph, const DeviceCaps& caps, Planned& planned) {
  PlanOptions options;
  options.caps = caps;
  const Program program = make_program(graph, options);
  for (const PlacedDispatch& placed : program.dispatches) {
    const Dispatch& d = placed.dispatch;
    const PlacedNode& node = program.nodes[placed.node];
    planned.try_emplace({d.shader, d.constants, d.subgroup_size},
                        std::pair(std::string(node.op->name) + "=" + node.kernel, d));
  }
}

/// As a session would, and without the passes: fused ops and their parts.
void plan(const Graph& graph, const DeviceCaps& caps, Planned& planned) {
  plan_as_it_is(run_passes(graph), caps, planned);
  plan_as_it_is(graph, caps, planned);
}

}  // namespace

std::vector<CompiledKernel> compile_kernels(const Device& device, std::span<const Graph> graphs) {
  const DeviceCaps* caps = device.backend().caps();
  if (caps == nullptr) {
    throw Error(ErrorKind::Device, fmt::format("{} runs no shaders, so there is nothing to compile; give a Vulkan device",
                                               device.info().name));
  }
  Planned planned;
  for (const Graph& graph : graphs) plan(graph, *caps, planned);
  std::vector<CompiledKernel> kernels;
  for (const auto& [key, named] : planned) {
    CompiledKernel kernel;
    const Dispatch& dispatch = named.second;
    kernel.kernel = named.first;
    kernel.shader = dispatch.shader;
    kernel.constants = dispatch.constants;
    kernel.subgroup_size = dispatch.subgroup_size;
    take(device.backend().compile({&dispatch, 1}).at(0), kernel);
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace scoria
