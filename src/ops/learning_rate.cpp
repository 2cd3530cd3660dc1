#include <fmt/format.h>

#include <algorithm>

#include "ops/expect.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

using Decay = LearningRateOptions::Decay;

// A schedule as peak * numerator / denominator, both whole numbers: their subtractions are exact, and each ratio has
// the relative error of one division, at any step up to 2^32. The shader does the same.
struct Schedule {
  double peak;
  std::uint32_t warmup, total;
  Decay decay;

  template <typename T>
  T at(std::uint32_t step) const {
    const auto ratio = [this](std::uint32_t a, std::uint32_t b) {
      return static_cast<T>(peak) * (static_cast<T>(a) / static_cast<T>(std::max(b, 1u)));
    };
    if (step < warmup) return ratio(step, warmup);
    const std::uint32_t left = total > step ? total - step : 0;
    switch (decay) {
      case Decay::Linear:
        return ratio(left, total > warmup ? total - warmup : 1);
      case Decay::LinearGoogle:
        return ratio(left, total);
      case Decay::Constant:
        break;
    }
    return static_cast<T>(peak);
  }
};

Schedule schedule_of(const Attributes& attributes) {
  return {attributes.number("peak"), static_cast<std::uint32_t>(attributes.integer("warmup_steps")),
          static_cast<std::uint32_t>(attributes.integer("total_steps")),
          static_cast<Decay>(attributes.integer("decay"))};
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_desc(call, 0, "step", {DType::u32, {1}});
  const std::int64_t warmup = call.attributes.integer("warmup_steps"), total = call.attributes.integer("total_steps");
  const double peak = call.attributes.number("peak");
  constexpr std::int64_t kMost = 0xFFFFFFFF;
  if (!(peak >= 0)) misuse(call, fmt::format("peak must not be negative; got {}", peak));
  if (warmup < 0 || warmup > kMost) misuse(call, fmt::format("warmup_steps must be in 0..{}; got {}", kMost, warmup));
  if (total < 1 || total > kMost) misuse(call, fmt::format("total_steps must be in 1..{}; got {}", kMost, total));
  return {{DType::f32, {1}}};
}

void reference(const ReferenceArgs& args) {
  const auto step = static_cast<std::uint32_t>(args.inputs[0]->values[0]);
  args.outputs[0].values[0] = schedule_of(args.attributes).at<double>(step);
}

CpuKernel cpu(const OpCall& call) {
  return [schedule = schedule_of(call.attributes)](const CpuArgs& args) {
    args.out<float>(0)[0] = schedule.at<float>(args.in<std::uint32_t>(0)[0]);
  };
}

PlannedKernel plan(const OpCall& call, const DeviceCaps&) {
  const Schedule schedule = schedule_of(call.attributes);
  Dispatch dispatch;
  dispatch.shader = "learning_rate";
  dispatch.constants = {1};
  dispatch.buffers = {Operand::in(0), Operand::out(0)};
  dispatch.words = {word(static_cast<float>(schedule.peak)), schedule.warmup, schedule.total,
                    static_cast<std::uint32_t>(schedule.decay)};
  return KernelPlan{{dispatch}, {}};
}

constexpr KernelChoice kKernels[] = {{"basic", plan}};

}  // namespace

const OpDef learning_rate_op{
    .name = "learning_rate",
    .infer = infer,
    .reference = reference,
    .cpu = cpu,
    .kernels = kKernels,
    .no_grad = "it depends on the step alone",
};
const OpRegistration learning_rate_registered(learning_rate_op);

Value learning_rate(Value step, const LearningRateOptions& options) {
  return add_op(learning_rate_op, {step},
                {{"peak", double{options.peak}},
                 {"warmup_steps", options.warmup_steps},
                 {"total_steps", options.total_steps},
                 {"decay", static_cast<std::int64_t>(options.decay)}});
}

}  // namespace scoria
