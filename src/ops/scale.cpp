#include "base/parallel.h"
#include "base/target_clones.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void reference(const ReferenceArgs& args) {
  const double factor = args.attributes.number("factor");
  std::vector<double>& y = args.outputs[0].values;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = factor * args.inputs[0]->values[i];
}

SCORIA_TARGET_CLONES(void, scale_array, (const float* x, float factor, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i];
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.element_count();
  const auto factor = static_cast<float>(call.attributes.number("factor"));
  return [=](const CpuArgs& args) {
    const float* x = args.in<float>(0);
    float* y = args.out<float>(0);
    parallel_for(n, kElementGrain, [=](std::int64_t first, std::int64_t last) {
      scale_array(x + first, factor, y + first, last - first);
    });
  };
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "scale",
          .buffers = {Operand::in(0), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count()),
          .words = {word(static_cast<float>(call.attributes.number("factor")))}};
}

std::vector<Value> grad(const GradArgs& args) {
  return {scale(args.output_grads[0], static_cast<float>(args.attributes.number("factor")))};
}

}  // namespace

const OpDef scale_op{
    .name = "scale",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kUnaryAliases,
    .flops = flops_per_element<1>,
};
const OpRegistration scale_registered(scale_op);

Value scale(Value x, float factor) { return add_op(scale_op, {x}, {{"factor", double{factor}}}); }

}  // namespace scoria
