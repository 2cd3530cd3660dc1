#include "base/dropout_mask.h"
#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flops.h"
#include "ops/layer_norm.h"

namespace scoria {
namespace {

constexpr std::size_t kRows = 5;  // where rows stand when there are any

std::uint32_t site_of(const Attributes& attributes) { return static_cast<std::uint32_t>(attributes.integer("site")); }

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_dtype(call, 0, "x", DType::f32);
  expect_desc(call, 1, "residual", call.inputs[0], "as x");
  expect_rng(call, 2);
  expect_affine(call, 3);
  expect_probability(call, "p");
  expect_draw_rows(call, kRows);
  const TensorDesc row{DType::f32, {call.inputs[0].shape.row_count()}};
  return {call.inputs[0], call.inputs[0], row, row};
}

// Unlike its parts' references, one loop: the test "fused = its expansion" compares the two.
void reference(const ReferenceArgs& args) {
  const ReferenceTensor& x = *args.inputs[0];
  const std::int64_t n = x.desc.shape.row_size();
  std::uint32_t rng[4];
  for (std::size_t i = 0; i < 4; ++i) rng[i] = static_cast<std::uint32_t>(args.inputs[2]->values[i]);
  const DropoutStream stream(rng, site_of(args.attributes));
  const std::uint32_t threshold = dropout_threshold(args.attributes.number("p"));
  std::vector<float> factors(static_cast<std::size_t>(n));
  for (std::int64_t row = 0; row < x.desc.shape.row_count(); ++row) {
    const std::int64_t start = row * n;
    const auto drawn = args.inputs.size() <= kRows ? row : static_cast<std::int64_t>(args.inputs[kRows]->values[row]);
    const auto element = stream.element(static_cast<std::uint64_t>(drawn), static_cast<std::uint64_t>(n));
    dropout_factors(stream, element, static_cast<std::size_t>(n), threshold, 1.0f, factors.data());
    double* sum = args.outputs[1].values.data() + start;
    for (std::int64_t c = 0; c < n; ++c) {
      const double kept = factors[static_cast<std::size_t>(c)] * x.values[static_cast<std::size_t>(start + c)];
      sum[c] = args.inputs[1]->values[static_cast<std::size_t>(start + c)] + kept * 65536.0 / (65536.0 - threshold);
    }
    const RowStatistics statistics =
        layer_norm_reference_row(sum, args.inputs[3]->values.data(), args.inputs[4]->values.data(), n,
                                 args.attributes.number("eps"), args.outputs[0].values.data() + start);
    args.outputs[2].values[static_cast<std::size_t>(row)] = statistics.mean;
    args.outputs[3].values[static_cast<std::size_t>(row)] = statistics.rstd;
  }
}

SCORIA_TARGET_CLONES(void, add_residual, (const float* residual, float* sum, std::int64_t n)) {
#pragma omp simd
  for (std::int64_t c = 0; c < n; ++c) sum[c] += residual[c];
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.row_size(), rows = call.inputs[0].shape.row_count();
  const auto eps = static_cast<float>(call.attributes.number("eps"));
  const std::uint32_t threshold = dropout_threshold(call.attributes.number("p")), site = site_of(call.attributes);
  const bool has_rows = call.inputs.size() > kRows;
  return [=](const CpuArgs& args) {
    const DropoutStream stream(args.in<std::uint32_t>(2), site);
    const std::int32_t* drawn = has_rows ? args.in<std::int32_t>(kRows) : nullptr;
    const float *x = args.in<float>(0), *residual = args.in<float>(1);
    float *y = args.out<float>(0), *sum = args.out<float>(1);
    parallel_for(rows, 1 + 16384 / n, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        dropout_apply(stream, stream.row_element(drawn, row, n), static_cast<std::size_t>(n), threshold,
                      dropout_scale(threshold), x + row * n, sum + row * n);
        add_residual(residual + row * n, sum + row * n, n);
        layer_norm_rows(sum, args.in<float>(3), args.in<float>(4), row, row + 1, n, eps, y, args.out<float>(2),
                        args.out<float>(3));
      }
    });
  };
}

Dispatch operands(const OpCall& call) {
  const std::uint32_t threshold = dropout_threshold(call.attributes.number("p"));
  const bool has_rows = call.inputs.size() > kRows;
  Dispatch dispatch;
  dispatch.buffers = {Operand::in(0), Operand::in(1),  Operand::in(2),  Operand::in(has_rows ? kRows : 0),
                      Operand::in(3), Operand::in(4),  Operand::out(0), Operand::out(1),
                      Operand::out(2), Operand::out(3)};
  dispatch.words = layer_norm_words(call);
  for (const std::uint32_t w :
       {threshold, word(dropout_scale(threshold)), site_of(call.attributes), std::uint32_t{has_rows}}) {
    dispatch.words.push_back(w);
  }
  return dispatch;
}

PlannedKernel plan_subgroup(const OpCall& call, const DeviceCaps& caps) {
  if (!caps.subgroup_shuffle) return Refusal{"needs subgroup shuffle"};
  return layer_norm_subgroup(operands(call), "dropout", call.inputs[0].shape, caps);
}
PlannedKernel plan_workgroup(const OpCall& call, const DeviceCaps& caps) {
  return layer_norm_workgroup(operands(call), "dropout", call.inputs[0].shape, caps);
}
PlannedKernel plan_basic(const OpCall& call, const DeviceCaps& caps) {
  return layer_norm_basic(operands(call), "dropout", call.inputs[0].shape, caps);
}

struct Parameters {
  float p, eps;
  std::uint32_t site;
  explicit Parameters(const Attributes& attributes)
      : p(static_cast<float>(attributes.number("p"))),
        eps(static_cast<float>(attributes.number("eps"))),
        site(site_of(attributes)) {}
};

std::vector<Value> expand(std::span<const Value> inputs, const Attributes& attributes) {
  const Parameters parameters(attributes);
  const Value rows = inputs.size() > kRows ? inputs[kRows] : Value();
  const Value sum = add(inputs[1], dropout(inputs[0], inputs[2], parameters.p, parameters.site, rows));
  const Value y = layer_norm(sum, inputs[3], inputs[4], parameters.eps);
  return {y, sum, Value(&y.graph(), y.node(), 1), Value(&y.graph(), y.node(), 2)};
}

std::vector<Value> grad(const GradArgs& args) {
  const Parameters parameters(args.attributes);
  Value dsum = args.output_grads[1];
  LayerNormGrads grads;
  if (args.output_grads[0]) {
    grads = layer_norm_grad(args.outputs[1], args.inputs[3], args.outputs[2], args.outputs[3], args.output_grads[0]);
    dsum = dsum ? add(dsum, grads.dx) : grads.dx;
  }
  std::vector<Value> all(args.inputs.size());
  if (!dsum) return all;
  const Value rows = args.inputs.size() > kRows ? args.inputs[kRows] : Value();
  all[0] = dropout(dsum, args.inputs[2], parameters.p, parameters.site, rows);
  all[1] = dsum;
  all[3] = grads.dgamma;
  all[4] = grads.dbeta;
  return all;
}

constexpr KernelChoice kKernels[] = {{"subgroup", plan_subgroup}, {"workgroup", plan_workgroup}, {"basic", plan_basic}};
constexpr Alias kAliases[] = {{1, 0, AliasKind::Reuse}};

}  // namespace

const OpDef dropout_add_layer_norm_op{
    .name = "dropout_add_layer_norm",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .expand = expand,
    .grad = grad,
    .aliases = kAliases,
    .flops = flops_per_element<11>,
};
const OpRegistration dropout_add_layer_norm_registered(dropout_add_layer_norm_op);

Value dropout_add_layer_norm(Value x, Value residual, Value rng, Value gamma, Value beta, float p, std::uint32_t site,
                             float eps, Value rows) {
  std::vector<Value> inputs{x, residual, rng, gamma, beta};
  if (rows) inputs.push_back(rows);
  return add_node(dropout_add_layer_norm_op, inputs,
                  {{"p", double{p}}, {"site", std::int64_t{site}}, {"eps", double{eps}}})
      .front();
}

}  // namespace scoria
