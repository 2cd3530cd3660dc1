#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/expect.h"
#include "ops/flat_dispatch.h"
#include "ops/flops.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

constexpr std::int64_t kDecayBlock = 64;
constexpr std::uint32_t kPerInvocation = 4;

enum Input : std::size_t { kParams, kM, kV, kGrads, kStep, kRate, kGradScale, kDecayBlocks };

struct Constants {
  double beta1, beta2, eps, weight_decay;
  bool bias_correction;

  explicit Constants(const Attributes& attributes)
      : beta1(attributes.number("beta1")),
        beta2(attributes.number("beta2")),
        eps(attributes.number("eps")),
        weight_decay(attributes.number("weight_decay")),
        bias_correction(attributes.flag("bias_correction")) {}

  // 1 - beta^t without cancellation; 1 where there is no correction.
  double correction(double beta, double t) const { return bias_correction ? -std::expm1(t * std::log(beta)) : 1.0; }
};

std::vector<TensorDesc> infer(const OpCall& call) {
  const TensorDesc& params = call.inputs[kParams];
  expect_dtype(call, kParams, "params", DType::f32);
  if (params.shape.rank() != 1) misuse(call, fmt::format("params must be [N]; got {}", params.shape.to_string()));
  expect_desc(call, kM, "m", params, "as params is");
  expect_desc(call, kV, "v", params, "as params is");
  expect_desc(call, kGrads, "grads", params, "as params is");
  expect_desc(call, kStep, "step", {DType::u32, {1}});
  expect_desc(call, kRate, "rate", {DType::f32, {1}});
  expect_desc(call, kGradScale, "grad_scale", {DType::f32, {1}});
  expect_desc(call, kDecayBlocks, "decay_blocks", {DType::u32, {(params.shape[0] + kDecayBlock - 1) / kDecayBlock}},
              "one for each 64 elements of params");
  const Constants c(call.attributes);
  if (!(c.beta1 >= 0 && c.beta1 < 1 && c.beta2 >= 0 && c.beta2 < 1)) {
    misuse(call, fmt::format("beta1 and beta2 must be in [0, 1); got {} and {}", c.beta1, c.beta2));
  }
  if (!(c.eps > 0)) misuse(call, fmt::format("eps must be positive; got {}", c.eps));
  if (!(c.weight_decay >= 0)) misuse(call, fmt::format("weight_decay must not be negative; got {}", c.weight_decay));
  return {params, params, params};
}

void reference(const ReferenceArgs& args) {
  const Constants c(args.attributes);
  const double t = args.inputs[kStep]->values[0] + 1, rate = args.inputs[kRate]->values[0];
  const double grad_scale = args.inputs[kGradScale]->values[0];
  if (grad_scale == 0) return;
  const double correction1 = c.correction(c.beta1, t), correction2 = c.correction(c.beta2, t);
  for (std::size_t i = 0; i < args.outputs[0].values.size(); ++i) {
    double &p = args.outputs[0].values[i], &m = args.outputs[1].values[i], &v = args.outputs[2].values[i];
    const double g = grad_scale * args.inputs[kGrads]->values[i];
    m = c.beta1 * m + (1 - c.beta1) * g;
    v = c.beta2 * v + (1 - c.beta2) * g * g;
    const double decay = args.inputs[kDecayBlocks]->values[i / kDecayBlock] * c.weight_decay;
    p -= rate * (m / correction1 / (std::sqrt(v / correction2) + c.eps) + decay * p);
  }
}

// What one step does to every element, in f32.
struct Step {
  float beta1, one_minus_beta1, beta2, one_minus_beta2, eps;
  float grad_scale, m_rate, v_scale, decay_rate;
};

Step step_of(const Constants& c, const CpuArgs& args) {
  const double t = args.in<std::uint32_t>(kStep)[0] + 1.0, rate = args.in<float>(kRate)[0];
  return {static_cast<float>(c.beta1),
          static_cast<float>(1 - c.beta1),
          static_cast<float>(c.beta2),
          static_cast<float>(1 - c.beta2),
          static_cast<float>(c.eps),
          args.in<float>(kGradScale)[0],
          static_cast<float>(rate / c.correction(c.beta1, t)),
          static_cast<float>(1 / std::sqrt(c.correction(c.beta2, t))),
          static_cast<float>(rate * c.weight_decay)};
}

// One decay block or its rest.
SCORIA_TARGET_CLONES(void, update_blocks,
                     (const Step& s, float* __restrict p, float* __restrict m, float* __restrict v,
                      const float* __restrict grads, const std::uint32_t* decay_blocks, std::int64_t n)) {
  for (std::int64_t first = 0; first < n; first += kDecayBlock) {
    const float decay = decay_blocks[first / kDecayBlock] != 0 ? s.decay_rate : 0.0f;
    const std::int64_t end = std::min(n, first + kDecayBlock);
#pragma omp simd
    for (std::int64_t i = first; i < end; ++i) {
      const float g = s.grad_scale * grads[i];
      const float new_m = s.beta1 * m[i] + s.one_minus_beta1 * g;
      const float new_v = s.beta2 * v[i] + s.one_minus_beta2 * g * g;
      m[i] = new_m;
      v[i] = new_v;
      p[i] -= s.m_rate * new_m / (std::sqrt(new_v) * s.v_scale + s.eps) + decay * p[i];
    }
  }
}

CpuKernel cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[kParams].shape.element_count();
  return [n, constants = Constants(call.attributes)](const CpuArgs& args) {
    const Step step = step_of(constants, args);
    if (step.grad_scale == 0) return;
    const std::int64_t blocks = (n + kDecayBlock - 1) / kDecayBlock;
    parallel_for(blocks, 256, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = begin * kDecayBlock;
      update_blocks(step, args.out<float>(0) + first, args.out<float>(1) + first, args.out<float>(2) + first,
                    args.in<float>(kGrads) + first, args.in<std::uint32_t>(kDecayBlocks) + begin,
                    std::min(end * kDecayBlock, n) - first);
    });
  };
}

// ln beta, as far as the shader needs it: beyond -32, 1 - beta^t is 1 in f32.
float log_word(double beta) { return static_cast<float>(std::max(-32.0, std::log(beta))); }

PlannedKernel plan(const OpCall& call, const DeviceCaps& caps) {
  const Constants c(call.attributes);
  Dispatch dispatch = flat_dispatch("adamw", static_cast<std::uint64_t>(call.inputs[kParams].shape.element_count()),
                                    kPerInvocation, caps);
  dispatch.buffers = {Operand::update(0), Operand::update(1), Operand::update(2),      Operand::in(kGrads),
                      Operand::in(kStep), Operand::in(kRate), Operand::in(kGradScale), Operand::in(kDecayBlocks)};
  for (double x : {c.beta1, 1 - c.beta1, c.beta2, 1 - c.beta2, c.eps, c.weight_decay}) {
    dispatch.words.push_back(word(static_cast<float>(x)));
  }
  dispatch.words.push_back(word(log_word(c.beta1)));
  dispatch.words.push_back(word(log_word(c.beta2)));
  dispatch.words.push_back(c.bias_correction ? 1 : 0);
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};
constexpr Alias kAliases[] = {{0, 0, AliasKind::Update}, {1, 1, AliasKind::Update}, {2, 2, AliasKind::Update}};

// The decimal number that a float constant was written as: 0.999f means 0.999. Its f32 neighbour is off by 1e-8, and
// so is 1 - beta2, of which that is 1e-5: enough to tell the moments from PyTorch's.
double as_written(float x) {
  const std::string digits = fmt::format("{}", x);
  double value = x;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

const OpDef adamw_op{
    .name = "adamw",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it updates states in place; differentiate the loss before it",
    .aliases = kAliases,
    .flops = flops_per_element<16>,
};
const OpRegistration adamw_registered(adamw_op);

AdamwState adamw(AdamwState state, Value grads, Value step, Value rate, Value grad_scale, Value decay_blocks,
                 const AdamwOptions& options) {
  const Value inputs[] = {state.params, state.m, state.v, grads, step, rate, grad_scale, decay_blocks};
  const std::vector<Value> updated = add_node(adamw_op, inputs,
                                              {{"beta1", as_written(options.beta1)},
                                               {"beta2", as_written(options.beta2)},
                                               {"eps", as_written(options.eps)},
                                               {"weight_decay", as_written(options.weight_decay)},
                                               {"bias_correction", std::int64_t{options.bias_correction}}});
  return {updated[0], updated[1], updated[2]};
}

}  // namespace scoria
