#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_f32(call);
  const Shape shape(call.attributes.integers("shape"));
  const std::int64_t offset = call.attributes.integer("offset");
  const std::int64_t count = call.inputs[0].shape.element_count();
  if (offset < 0 || count > shape.element_count() - offset) {
    misuse(call, fmt::format("x {} at element {} must lie inside shape {}", call.inputs[0].shape.to_string(), offset,
                             shape.to_string()));
  }
  return {{DType::f32, shape}};
}

void reference(const ReferenceArgs& args) {
  const std::vector<double>& x = args.inputs[0]->values;
  std::copy(x.begin(), x.end(), args.outputs[0].values.begin() + args.attributes.integer("offset"));
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t begin = call.attributes.integer("offset");
  const std::int64_t end = begin + call.inputs[0].shape.element_count();
  const std::int64_t total = call.outputs[0].shape.element_count();
  return [=](const CpuArgs& args) {
    const float* x = args.in<float>(0);
    float* y = args.out<float>(0);
    parallel_for(total, 4 * kElementGrain, [=](std::int64_t first, std::int64_t last) {
      const std::int64_t copy_first = std::clamp(first, begin, end);
      const std::int64_t copy_last = std::clamp(last, begin, end);
      std::fill(y + first, y + std::min(last, std::max(first, copy_first)), 0.0f);
      std::copy(x + (copy_first - begin), x + (copy_last - begin), y + copy_first);
      std::fill(y + std::max(first, std::min(last, copy_last)), y + last, 0.0f);
    });
  };
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "place",
          .buffers = {Operand::in(0), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.outputs[0].shape.element_count()),
          .words = {static_cast<std::uint32_t>(call.attributes.integer("offset")),
                    static_cast<std::uint32_t>(call.inputs[0].shape.element_count())}};
}

std::vector<Value> grad(const GradArgs& args) {
  return {view(args.output_grads[0], args.inputs[0].shape(), args.attributes.integer("offset"))};
}

}  // namespace

const OpDef place_op{
    .name = "place",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kGatherKernels<describe>,
    .grad = grad,
};
const OpRegistration place_registered(place_op);

Value place(Value x, Shape shape, std::int64_t offset) {
  return add_op(place_op, {x}, {{"shape", shape.sizes()}, {"offset", offset}});
}

}  // namespace scoria
