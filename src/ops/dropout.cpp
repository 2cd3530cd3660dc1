#include <cmath>

#include "base/dropout_mask.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

constexpr std::size_t kRows = 2;  // where rows stand when there are any

std::uint32_t site_of(const Attributes& attributes) { return static_cast<std::uint32_t>(attributes.integer("site")); }

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  expect_rng(call, 1);
  expect_probability(call, "p");
  expect_draw_rows(call, kRows);
  return {call.inputs[0]};
}

std::uint64_t wrapped(double row) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(row)); }

void reference(const ReferenceArgs& args) {
  const ReferenceTensor& x = *args.inputs[0];
  std::uint32_t rng[4];
  for (std::size_t i = 0; i < 4; ++i) rng[i] = static_cast<std::uint32_t>(args.inputs[1]->values[i]);
  const std::uint32_t threshold = dropout_threshold(args.attributes.number("p")), site = site_of(args.attributes);
  const double scale = 65536.0 / (65536.0 - threshold);
  const auto n = static_cast<std::uint64_t>(x.desc.shape.row_size());
  for (std::size_t k = 0; k < x.values.size(); ++k) {
    const std::uint64_t row = args.inputs.size() <= kRows ? k / n : wrapped(args.inputs[kRows]->values[k / n]);
    const auto i = static_cast<std::uint32_t>((rng[3] + row) * n + k % n);
    const std::uint32_t pair = philox4x32({i / 8, site, rng[2], 0}, {rng[0], rng[1]})[i % 8 / 2];
    const std::uint32_t lane = i % 2 == 0 ? pair & 0xFFFFu : pair >> 16;
    args.outputs[0].values[k] = lane >= threshold ? scale * x.values[k] : 0.0;
  }
}

CpuKernel cpu_of_rows(const OpCall& call) {
  const std::int64_t rows = call.inputs[0].shape.row_count(), n = call.inputs[0].shape.row_size();
  const std::uint32_t threshold = dropout_threshold(call.attributes.number("p")), site = site_of(call.attributes);
  return [=](const CpuArgs& args) {
    const DropoutStream stream(args.in<std::uint32_t>(1), site);
    const auto* drawn = args.in<std::int32_t>(kRows);
    const float* x = args.in<float>(0);
    float* y = args.out<float>(0);
    parallel_for(rows, 1 + (1 << 13) / n, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        dropout_apply(stream, stream.row_element(drawn, row, n), static_cast<std::size_t>(n), threshold,
                      dropout_scale(threshold), x + row * n, y + row * n);
      }
    });
  };
}

CpuKernel cpu(const OpCall& call) {
  if (call.inputs.size() > kRows) return cpu_of_rows(call);
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t count = shape.element_count();
  const auto n = static_cast<std::uint64_t>(shape.row_size());
  const std::uint32_t threshold = dropout_threshold(call.attributes.number("p")), site = site_of(call.attributes);
  return [=](const CpuArgs& args) {
    const DropoutStream stream(args.in<std::uint32_t>(1), site);
    const float* x = args.in<float>(0);
    float* y = args.out<float>(0);
    parallel_for(count, 1 << 13, [=](std::int64_t begin, std::int64_t end) {
      const std::uint32_t first = stream.element(0, n, static_cast<std::uint64_t>(begin));
      dropout_apply(stream, first, static_cast<std::size_t>(end - begin), threshold, dropout_scale(threshold),
                    x + begin, y + begin);
    });
  };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  const Shape& shape = call.inputs[0].shape;
  const auto count = static_cast<std::uint64_t>(shape.element_count());
  const bool has_rows = call.inputs.size() > kRows;
  // An invocation owns a block of eight draws; the first block may begin up to seven elements before x. Of rows that
  // draw as others it owns eight elements, wherever their blocks lie.
  Dispatch dispatch = flat_dispatch("dropout", has_rows ? count : count + 7, 8, caps);
  const std::uint32_t threshold = dropout_threshold(call.attributes.number("p"));
  dispatch.constants.push_back(has_rows);
  dispatch.buffers = {Operand::in(0), Operand::in(1), Operand::in(has_rows ? kRows : 0), Operand::out(0)};
  dispatch.words = {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(shape.row_size()), threshold,
                    word(dropout_scale(threshold)), site_of(call.attributes)};
  return KernelPlan{{dispatch}, {}};
}

std::vector<Value> grad(const GradArgs& args) {
  std::vector<Value> grads(args.inputs.size());
  grads[0] = dropout(args.output_grads[0], args.inputs[1], static_cast<float>(args.attributes.number("p")),
                     site_of(args.attributes), args.inputs.size() > kRows ? args.inputs[kRows] : Value());
  return grads;
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Reuse}};

}  // namespace

const OpDef dropout_op{
    .name = "dropout",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .grad = grad,
    .aliases = kAliases,
    .flops = flops_per_element<1>,
};
const OpRegistration dropout_registered(dropout_op);

Value dropout(Value x, Value rng, float p, std::uint32_t site, Value rows) {
  const Attributes attributes{{"p", double{p}}, {"site", std::int64_t{site}}};
  return rows ? add_op(dropout_op, {x, rng, rows}, attributes) : add_op(dropout_op, {x, rng}, attributes);
}

}  // namespace scoria
