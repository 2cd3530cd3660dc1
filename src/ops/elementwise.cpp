#include "ops/elementwise.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"
#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

constexpr std::uint32_t kGather = 1;
constexpr std::uint32_t kSelect = 0;

KernelPlan elementwise_plan(const ElementwiseKernel& kernel, const DeviceCaps& caps, std::uint32_t workgroup,
                            std::uint32_t per_invocation, std::uint32_t load) {
  SCORIA_CHECK(kernel.n < (1ull << 31), "a kernel's index has 31 bits");
  Dispatch dispatch;
  dispatch.shader = kernel.shader;
  dispatch.constants = {workgroup, per_invocation, load};
  dispatch.constants.insert(dispatch.constants.end(), kernel.constants.begin(), kernel.constants.end());
  dispatch.buffers = kernel.buffers;
  dispatch.words = {static_cast<std::uint32_t>(kernel.n)};
  dispatch.words.insert(dispatch.words.end(), kernel.words.begin(), kernel.words.end());
  dispatch.grid = folded_grid(kernel.n, std::uint64_t{workgroup} * per_invocation, caps);
  if (load == kSelect) dispatch.subgroup_size = caps.subgroup_size_control ? workgroup : 0;
  return {{std::move(dispatch)}, {}};
}

bool is_suffix(const Shape& b, const Shape& a) {
  return b.rank() <= a.rank() && std::equal(b.sizes().rbegin(), b.sizes().rend(), a.sizes().rbegin());
}

}  // namespace

std::vector<TensorDesc> infer_alike(const OpCall& call) {
  expect_f32(call);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    if (call.inputs[i].shape != call.inputs[0].shape) {
      misuse(call, fmt::format("argument {} must be {}, as argument 0; got {}", i, call.inputs[0].shape.to_string(),
                               call.inputs[i].shape.to_string()));
    }
  }
  return {call.inputs[0]};
}

std::vector<TensorDesc> infer_broadcast(const OpCall& call) {
  expect_f32(call);
  const Shape &a = call.inputs[0].shape, &b = call.inputs[1].shape;
  if (b.element_count() != 1 && !is_suffix(b, a)) {
    misuse(call, fmt::format("b must have the shape of a {}, its last axes, or one element; got {}", a.to_string(),
                             b.to_string()));
  }
  return {call.inputs[0]};
}

std::int64_t broadcast_period(const OpCall& call) { return call.inputs[1].shape.element_count(); }

Value sum_to_shape(Value dy, const Shape& shape) {
  if (dy.shape() == shape) return dy;
  if (shape.element_count() == 1) {
    const Value total = sum(dy);
    return total.shape() == shape ? total : reshape(total, shape);
  }
  return sum_leading(dy, shape.rank());
}

CpuKernel map_cpu(const OpCall& call, MapFn map) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return [=](const CpuArgs& args) {
    const float* x = args.in<float>(0);
    float* y = args.out<float>(0);
    parallel_for(n, kElementGrain,
                 [=](std::int64_t first, std::int64_t last) { map(x + first, y + first, last - first); });
  };
}

CpuKernel map_cpu(const OpCall& call, MapTwoFn map) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return [=](const CpuArgs& args) {
    const float *a = args.in<float>(0), *b = args.in<float>(1);
    float* y = args.out<float>(0);
    parallel_for(n, kElementGrain,
                 [=](std::int64_t first, std::int64_t last) { map(a + first, b + first, y + first, last - first); });
  };
}

CpuKernel map_cpu(const OpCall& call, MapThreeFn map) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  return [=](const CpuArgs& args) {
    const float *a = args.in<float>(0), *b = args.in<float>(1), *c = args.in<float>(2);
    float* y = args.out<float>(0);
    parallel_for(n, kElementGrain, [=](std::int64_t first, std::int64_t last) {
      map(a + first, b + first, c + first, y + first, last - first);
    });
  };
}

PlannedKernel plan_lanes(const ElementwiseKernel& kernel, const OpCall& call, const DeviceCaps& caps) {
  if (!caps.is_llvmpipe) return Refusal{"for llvmpipe alone: each lane reads what all lanes need"};
  if (caps.driver_release[0] < 26 && forced_kernel(call.op) != "lanes") {
    return Refusal{"llvmpipe before Mesa 26 gathers either way"};
  }
  return elementwise_plan(kernel, caps, caps.subgroup_size, 32, kSelect);
}

KernelPlan plan_unrolled(const ElementwiseKernel& kernel, const DeviceCaps& caps) {
  const std::uint32_t most = caps.max_workgroup_invocations;
  // On llvmpipe 25.0 16 elements take half the time of 4 (add of 4 million: 6 against 15 ms), where there are enough of
  // them to keep its threads busy.
  const bool long_on_software = caps.device_class == DeviceClass::Cpu && kernel.n >= (1u << 17);
  if (long_on_software) return elementwise_plan(kernel, caps, std::min<std::uint32_t>(most, 1024), 16, kGather);
  return elementwise_plan(kernel, caps, std::min<std::uint32_t>(most, 256), 4, kGather);
}

KernelPlan plan_single(const ElementwiseKernel& kernel, const DeviceCaps& caps) {
  return elementwise_plan(kernel, caps, 64, 1, kGather);
}

}  // namespace scoria
