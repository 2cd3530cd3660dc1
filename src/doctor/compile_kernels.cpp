#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
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

/// A statistic of a compiler, and how much one of it is in the member's unit.
struct Word {
  std::optional<double> CompiledKernel::*member;
  std::string_view name;
  double unit = 1;
};

// A compiler's words; the first one tells it from the others. Where one has two words for a thing, versions differ.

constexpr Word kAmd[] = {
    {&CompiledKernel::registers, "VGPRs"},          {&CompiledKernel::spills, "Spilled VGPRs"},
    {&CompiledKernel::shared_bytes, "LDS size"},    {&CompiledKernel::scratch_bytes, "Scratch size"},
    {&CompiledKernel::code_bytes, "Code size"},     {&CompiledKernel::instructions, "Instructions"},
    {&CompiledKernel::waves, "Subgroups per SIMD"},
};

constexpr Word kIntel[] = {
    {&CompiledKernel::registers, "Max live registers"},
    {&CompiledKernel::spills, "Spills"},
    {&CompiledKernel::spills, "Spill Count"},
    {&CompiledKernel::shared_bytes, "Workgroup Memory Size"},
    {&CompiledKernel::scratch_bytes, "Scratch Memory Size"},
    {&CompiledKernel::code_bytes, "Code size"},
    {&CompiledKernel::instructions, "Instructions"},
    {&CompiledKernel::instructions, "Instruction Count"},
};

constexpr Word kNvk[] = {
    {&CompiledKernel::registers, "Number of GPRs"}, {&CompiledKernel::spills, "Spills to memory"},
    {&CompiledKernel::scratch_bytes, "SLM size"},   {&CompiledKernel::code_bytes, "Code size"},
    {&CompiledKernel::waves, "Max warps/SM"},       {&CompiledKernel::instructions, "Instruction count"},
};

constexpr Word kAdreno[] = {
    {&CompiledKernel::registers, "Registers used"},
    {&CompiledKernel::spills, "STP Count"},
    {&CompiledKernel::code_bytes, "Code size", 4},  // words
    {&CompiledKernel::instructions, "Instruction Count"},
    {&CompiledKernel::waves, "Max Waves Per Core"},
};

constexpr Word kApple[] = {
    {&CompiledKernel::registers, "GPRs"},
    {&CompiledKernel::spills, "Spills"},
    {&CompiledKernel::scratch_bytes, "Scratch"},
    {&CompiledKernel::code_bytes, "Code size"},
    {&CompiledKernel::instructions, "Instructions"},
    {&CompiledKernel::waves, "Threads", 1.0 / 32},  // invocations, of subgroups of 32
};

constexpr std::span<const Word> kCompilers[] = {kAmd, kIntel, kNvk, kAdreno, kApple};

using Told = std::vector<std::pair<std::string, double>>;

std::optional<double> find(const Told& told, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto found = std::ranges::find_if(
      told, [&](const auto& statistic) { return std::ranges::equal(statistic.first, name, {}, lower, lower); });
  return found == told.end() ? std::nullopt : std::optional(found->second);
}

void take(const PipelineStatistics& statistics, CompiledKernel& kernel) {
  if (statistics.subgroup_size != 0) kernel.subgroup_size = statistics.subgroup_size;
  kernel.told = statistics.values;
  const auto spoken = std::ranges::find_if(
      kCompilers, [&](std::span<const Word> words) { return find(kernel.told, words.front().name).has_value(); });
  if (spoken == std::end(kCompilers)) return;
  for (const Word& word : *spoken) {
    if (const auto value = find(kernel.told, word.name)) kernel.*word.member = *value * word.unit;
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
