#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// Elements to one f32 partial sum on the CPU; the partials are added in double, in order, whatever the thread count.
constexpr std::int64_t kCpuBlock = 1 << 12;

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  return {{DType::f32, {1}}};
}

void reference(const ReferenceArgs& args) {
  double sum = 0;
  for (double x : args.inputs[0]->values) sum += x * x;
  args.outputs[0].values[0] = std::sqrt(sum);
}

SCORIA_TARGET_CLONES(float, square_sum, (const float* x, std::int64_t n)) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return [n, partials = std::vector<float>()](const CpuArgs& args) mutable {
    const float* x = args.in<float>(0);
    const std::int64_t blocks = (n + kCpuBlock - 1) / kCpuBlock;
    partials.resize(static_cast<std::size_t>(blocks));
    parallel_for(blocks, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t block = begin; block < end; ++block) {
        const std::int64_t first = block * kCpuBlock;
        partials[static_cast<std::size_t>(block)] = square_sum(x + first, std::min(kCpuBlock, n - first));
      }
    });
    double sum = 0;
    for (float partial : partials) sum += partial;
    args.out<float>(0)[0] = static_cast<float>(std::sqrt(sum));
  };
}

// How many invocations share the sum: enough to fill a device, few enough that one workgroup adds what they found.
std::uint32_t share_count(std::uint64_t n, std::uint32_t workgroup, const DeviceCaps& caps) {
  const std::uint64_t most = caps.is_llvmpipe || caps.device_class == DeviceClass::Cpu ? 1 << 11 : 1 << 16;
  const std::uint64_t groups = std::clamp<std::uint64_t>((n / 16 + workgroup - 1) / workgroup, 1, most / workgroup);
  return static_cast<std::uint32_t>(groups) * workgroup;
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  const auto n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count());
  const std::uint32_t workgroup = caps.is_llvmpipe ? caps.subgroup_size : std::bit_floor(flat_workgroup(caps));
  const std::uint32_t shares = share_count(n, workgroup, caps);
  Dispatch squares = flat_dispatch("global_norm_shares", n, 1, caps);
  squares.constants = {workgroup};
  squares.buffers = {Operand::in(0), Operand::scratch_write(0)};
  squares.words = {static_cast<std::uint32_t>(n), shares};
  squares.grid = {shares / workgroup, 1, 1};
  Dispatch total;
  total.shader = "global_norm";
  total.constants = {workgroup};
  total.buffers = {Operand::scratch_read(0), Operand::out(0)};
  total.words = {shares};
  return KernelPlan{{squares, total}, {4ull * shares}};
}

constexpr KernelChoice kKernels[] = {{"shares", plan}};

}  // namespace

const OpDef global_norm_op{
    .name = "global_norm",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it measures gradients in the optimizer, after differentiation",
    .flops = flops_per_element<2>,
};
const OpRegistration global_norm_registered(global_norm_op);

Value global_norm(Value x) { return add_op(global_norm_op, {x}); }

}  // namespace scoria
