#include "ops/binary.h"

#include <algorithm>

#include "base/parallel.h"

namespace scoria {
namespace {

// As REPEAT in shaders/common/broadcast.glsl.
enum Repeat : std::uint32_t { kNone = 0, kPeriod = 1, kOneElement = 2 };

Repeat repeat_of(const OpCall& call) {
  const std::int64_t period = broadcast_period(call);
  if (period == call.inputs[0].shape.element_count()) return kNone;
  return period == 1 ? kOneElement : kPeriod;
}

}  // namespace

CpuKernel binary_cpu(const OpCall& call, MapTwoFn arrays, NumberFn number) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  const std::int64_t period = broadcast_period(call);
  const bool by_rows = period != n && period != 1;
  const std::int64_t grain = by_rows ? std::max(period, (kElementGrain + period - 1) / period * period) : kElementGrain;
  return [=](const CpuArgs& args) {
    const float *a = args.in<float>(0), *b = args.in<float>(1);
    float* y = args.out<float>(0);
    parallel_for(n, grain, [=](std::int64_t first, std::int64_t last) {
      if (period == n) return arrays(a + first, b + first, y + first, last - first);
      if (period == 1) return number(a + first, b[0], y + first, last - first);
      for (std::int64_t row = first; row < last; row += period) arrays(a + row, b, y + row, period);
    });
  };
}

ElementwiseKernel binary_kernel(std::string_view shader, const OpCall& call) {
  return {.shader = shader,
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .words = {static_cast<std::uint32_t>(broadcast_period(call))},
          .constants = {repeat_of(call)}};
}

}  // namespace scoria
