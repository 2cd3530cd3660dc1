#include <fmt/format.h>

#include <algorithm>

#include "base/parallel.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "table", DType::f32);
  expect_dtype(call, 1, "rows", DType::i32);
  const Shape &table = call.inputs[0].shape, &rows = call.inputs[1].shape;
  if (table.rank() != 2) misuse(call, fmt::format("table must have two axes; got {}", table.to_string()));
  if (rows.rank() != 1) misuse(call, fmt::format("rows must have one axis; got {}", rows.to_string()));
  return {{DType::f32, {rows[0], table[1]}}};
}

void reference(const ReferenceArgs& args) {
  const ReferenceTensor& table = *args.inputs[0];
  const std::int64_t n = table.desc.shape[1], count = table.desc.shape[0];
  for (std::size_t i = 0; i < args.inputs[1]->values.size(); ++i) {
    const auto wanted = static_cast<std::int64_t>(args.inputs[1]->values[i]);
    const std::int64_t row = wanted >= 0 && wanted < count ? wanted : 0;
    std::copy_n(table.values.begin() + row * n, n, args.outputs[0].values.begin() + static_cast<std::int64_t>(i) * n);
  }
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t count = call.inputs[0].shape[0], n = call.inputs[0].shape[1], rows = call.inputs[1].shape[0];
  return [=](const CpuArgs& args) {
    const float* table = args.in<float>(0);
    const std::int32_t* wanted = args.in<std::int32_t>(1);
    float* y = args.out<float>(0);
    parallel_for(rows, 1 + kElementGrain / n, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t row = wanted[i] >= 0 && wanted[i] < count ? wanted[i] : 0;
        std::copy_n(table + row * n, n, y + i * n);
      }
    });
  };
}

ElementwiseKernel describe(const OpCall& call) {
  return {.shader = "gather_rows",
          .buffers = {Operand::in(0), Operand::in(1), Operand::out(0)},
          .n = static_cast<std::uint64_t>(call.outputs[0].shape.element_count()),
          .words = {static_cast<std::uint32_t>(call.inputs[0].shape[1]),
                    static_cast<std::uint32_t>(call.inputs[0].shape[0])}};
}

std::vector<Value> grad(const GradArgs& args) {
  return {scatter_add_rows(args.inputs[1], args.output_grads[0], args.inputs[0].shape()[0]), Value()};
}

}  // namespace

const OpDef gather_rows_op{
    .name = "gather_rows",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kGatherKernels<describe>,
    .grad = grad,
};
const OpRegistration gather_rows_registered(gather_rows_op);

Value gather_rows(Value table, Value rows) { return add_op(gather_rows_op, {table, rows}); }

}  // namespace scoria
