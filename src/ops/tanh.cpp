#include <cmath>

#include "base/target_clones.h"
#include "base/vector_math.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void reference(const ReferenceArgs& args) {
  const std::vector<double>& x = args.inputs[0]->values;
  for (std::size_t i = 0; i < x.size(); ++i) args.outputs[0].values[i] = std::tanh(x[i]);
}

void grad_reference(const ReferenceArgs& args) {
  const std::vector<double>&y = args.inputs[0]->values, &dy = args.inputs[1]->values;
  for (std::size_t i = 0; i < y.size(); ++i) args.outputs[0].values[i] = dy[i] * (1 - y[i] * y[i]);
}

SCORIA_TARGET_CLONES(void, tanh_array, (const float* x, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = tanh_f32(x[i]);
}

SCORIA_TARGET_CLONES(void, tanh_grad_array, (const float* y, const float* dy, float* dx, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i] * ((1.0f - y[i]) * (1.0f + y[i]));
}

CpuKernel cpu(const OpCall& call) { return map_cpu(call, tanh_array); }

CpuKernel grad_cpu(const OpCall& call) { return map_cpu(call, tanh_grad_array); }

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "tanh",
          .buffers = {Operand::in(0), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count())};
}

ElementwiseKernel describe_grad(const OpCall& call) {
  return {.shader = "tanh_grad",
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.inputs[0].shape.element_count())};
}

std::vector<Value> grad(const GradArgs& args) { return {tanh_grad(args.outputs[0], args.output_grads[0])}; }

}  // namespace

const OpDef tanh_op{
    .name = "tanh",
    .infer = infer_alike,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kUnaryAliases,
    .flops = flops_per_element<20>,
};
const OpRegistration tanh_registered(tanh_op);

const OpDef tanh_grad_op{
    .name = "tanh_grad",
    .infer = infer_alike,
    .reference = grad_reference,
    .cpu = grad_cpu,
    .kernels = kElementwiseKernels<describe_grad>,
    .no_grad = "second derivatives are not provided",
    .aliases = kBinaryAliases,
    .flops = flops_per_element<4>,
};
const OpRegistration tanh_grad_registered(tanh_grad_op);

Value tanh(Value x) { return add_op(tanh_op, {x}); }
Value tanh_grad(Value y, Value dy) { return add_op(tanh_grad_op, {y, dy}); }

}  // namespace scoria
