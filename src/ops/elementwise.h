#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "graph/op_def.h"

namespace scoria {

/// One output like input 0; every input is f32 and of one shape.
std::vector<TensorDesc> infer_alike(const OpCall& call);
/// One output like input 0, a; input 1, b, has a's shape, its last axes, or one element. All f32.
std::vector<TensorDesc> infer_broadcast(const OpCall& call);

/// After how many elements of a, input 0, input 1 repeats.
std::int64_t broadcast_period(const OpCall& call);
/// The gradient of a broadcast b from that of its repetition: dy summed down to b's shape.
Value sum_to_shape(Value dy, const Shape& shape);

/// What an elementwise shader needs besides its grid; the push constants are buffers, n, words.
struct ElementwiseKernel {
  std::string_view shader;
  std::vector<Operand> buffers;
  std::uint64_t n = 0;
  std::vector<std::uint32_t> words = {};
  std::vector<std::uint32_t> constants = {};  ///< from constant 3 on
};

/// The host path of y = f(x) and y = f(a, b), all of one shape: a loop over n elements, spread over the threads.
using MapFn = std::function<void(const float* x, float* y, std::int64_t n)>;
using MapTwoFn = std::function<void(const float* a, const float* b, float* y, std::int64_t n)>;
using MapThreeFn = std::function<void(const float* a, const float* b, const float* c, float* y, std::int64_t n)>;
CpuKernel map_cpu(const OpCall& call, MapFn map);
CpuKernel map_cpu(const OpCall& call, MapTwoFn map);
CpuKernel map_cpu(const OpCall& call, MapThreeFn map);

/// The result may take the memory of an input that nobody needs afterwards.
inline constexpr Alias kUnaryAliases[] = {{0, 0, AliasKind::Reuse}};
inline constexpr Alias kBinaryAliases[] = {{0, 0, AliasKind::Reuse}, {0, 1, AliasKind::Reuse}};

/// For software devices that turn loads by uniform addresses into vector loads (shaders/common/elementwise.glsl).
PlannedKernel plan_lanes(const ElementwiseKernel& kernel, const OpCall& call, const DeviceCaps& caps);
/// Several elements an invocation.
KernelPlan plan_unrolled(const ElementwiseKernel& kernel, const DeviceCaps& caps);
/// One element an invocation.
KernelPlan plan_single(const ElementwiseKernel& kernel, const DeviceCaps& caps);

/// The kernel choices of an elementwise op.
template <ElementwiseKernel (*describe)(const OpCall&)>
inline constexpr std::array<KernelChoice, 3> kElementwiseKernels = {{
    {"lanes", [](const OpCall& call, const DeviceCaps& caps) { return plan_lanes(describe(call), call, caps); }},
    {"unrolled",
     [](const OpCall& call, const DeviceCaps& caps) -> PlannedKernel { return plan_unrolled(describe(call), caps); }},
    {"basic",
     [](const OpCall& call, const DeviceCaps& caps) -> PlannedKernel { return plan_single(describe(call), caps); }},
}};

/// As kElementwiseKernels, for kernels that gather anyway.
template <ElementwiseKernel (*describe)(const OpCall&)>
inline constexpr std::array<KernelChoice, 2> kGatherKernels = {{
    {"unrolled",
     [](const OpCall& call, const DeviceCaps& caps) -> PlannedKernel { return plan_unrolled(describe(call), caps); }},
    {"basic",
     [](const OpCall& call, const DeviceCaps& caps) -> PlannedKernel { return plan_single(describe(call), caps); }},
}};

/// Elements of a range that one thread takes at least: below, starting threads costs more than it gains.
inline constexpr std::int64_t kElementGrain = 16384;

}  // namespace scoria
