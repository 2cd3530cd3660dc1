#include "base/target_clones.h"
#include "graph/op_def.h"
#include "ops/binary.h"
#include "ops/elementwise.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

void reference(const ReferenceArgs& args) {
  const std::vector<double>&a = args.inputs[0]->values, &b = args.inputs[1]->values;
  std::vector<double>& y = args.outputs[0].values;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a[i] / b[i % b.size()];
}

// y may be a or b.
SCORIA_TARGET_CLONES(void, divide_arrays, (const float* a, const float* b, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = a[i] / b[i];
}

SCORIA_TARGET_CLONES(void, divide_number, (const float* a, float b, float* y, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = a[i] / b;
}

CpuKernel cpu(const OpCall& call) { return binary_cpu(call, divide_arrays, divide_number); }

ElementwiseKernel describe(const OpCall& call) { return binary_kernel("divide", call); }

std::vector<Value> grad(const GradArgs& args) {
  const Value dy = args.output_grads[0], y = args.outputs[0], b = args.inputs[1];
  const Value db = divide(multiply(scale(dy, -1.0f), y), b);
  return {divide(dy, b), sum_to_shape(db, b.shape())};
}

}  // namespace

const OpDef divide_op{
    .name = "divide",
    .infer = infer_broadcast,
    .reference = reference,
    .cpu = cpu,
    .kernels = kElementwiseKernels<describe>,
    .grad = grad,
    .aliases = kBinaryAliases,
    .flops = flops_per_element<1>,
};
const OpRegistration divide_registered(divide_op);

Value divide(Value a, Value b) { return add_op(divide_op, {a, b}); }

}  // namespace scoria
