#include <algorithm>

#include "base/parallel.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) { return {{DType::f32, Shape(call.attributes.integers("shape"))}}; }

void reference(const ReferenceArgs& args) {
  std::fill(args.outputs[0].values.begin(), args.outputs[0].values.end(), args.attributes.number("value"));
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t count = call.outputs[0].shape.element_count();
  const auto value = static_cast<float>(call.attributes.number("value"));
  return [=](const CpuArgs& args) {
    float* y = args.out<float>(0);
    parallel_for(count, 4 * kElementGrain,
                 [=](std::int64_t first, std::int64_t last) { std::fill(y + first, y + last, value); });
  };
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "full",
          .buffers = {Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.outputs[0].shape.element_count()),
          .words = {word(static_cast<float>(call.attributes.number("value")))}};
}

std::vector<Value> grad(const GradArgs&) { return {}; }

}  // namespace

const OpDef full_op{
    .name = "full",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kGatherKernels<describe>,
    .grad = grad,
};
const OpRegistration full_registered(full_op);

Value full(Graph& graph, Shape shape, float value) {
  return add_source(graph, full_op, {{"shape", shape.sizes()}, {"value", double{value}}}).front();
}

}  // namespace scoria
