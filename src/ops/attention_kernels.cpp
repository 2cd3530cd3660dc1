// The Vulkan families of attention and attention_grad, best first.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/attention.h"

namespace scoria {
namespace {

using Planned = std::variant<KernelPlan, Refusal>;

std::uint32_t u32(std::int64_t value) { return static_cast<std::uint32_t>(value); }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

AttentionProblem problem_of(const OpCall& call) { return attention_problem(call.inputs[0].shape, call.attributes); }

// Without dropout the shaders still have the argument, and never read it.
Operand rng_operand(const AttentionProblem& p, std::size_t rng_at) {
  return Operand::in(p.threshold != 0 ? static_cast<std::uint32_t>(rng_at) : 0);
}

void append_common_words(Dispatch& d, const AttentionProblem& p) {
  d.words.insert(d.words.end(), {u32(p.length), u32(p.heads), u32(p.size), word(attention_scale(p)), p.threshold,
                                 word(dropout_scale(p.threshold)), p.site});
}

std::vector<Operand> forward_buffers(const AttentionProblem& p) {
  using namespace attention_input;
  return {Operand::in(Qkv), Operand::in(Lengths), rng_operand(p, Rng), Operand::out(0), Operand::out(1)};
}

// delta, the first scratch buffer, is made by delta_dispatch.
std::vector<Operand> grad_buffers(const AttentionProblem& p) {
  using namespace attention_grad_input;
  return {Operand::in(Qkv),     Operand::in(Dcontext), Operand::in(Lse), Operand::scratch_read(0),
          Operand::in(Lengths), rng_operand(p, Rng),   Operand::out(0)};
}

Dispatch delta_dispatch(const AttentionProblem& p, const DeviceCaps& caps) {
  using namespace attention_grad_input;
  Dispatch d;
  d.shader = "attention_delta";
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  d.constants = {wg};
  d.buffers = {Operand::in(Context), Operand::in(Dcontext), Operand::scratch_write(0)};
  d.words = {u32(p.tokens() * p.heads), u32(p.size)};
  d.grid = folded_grid(static_cast<std::uint64_t>(p.tokens() * p.heads), wg, caps);
  return d;
}

std::uint64_t delta_bytes(const AttentionProblem& p) { return static_cast<std::uint64_t>(4 * p.tokens() * p.heads); }

constexpr std::int64_t kBasicChunk = 16;  // columns an invocation of the basic shaders owns

Dispatch basic_dispatch(const AttentionProblem& p, const char* shader, const DeviceCaps& caps) {
  Dispatch d;
  d.shader = shader;
  const std::uint32_t wg = std::min(64u, caps.max_workgroup_invocations);
  d.constants = {wg, p.threshold != 0};
  d.words = {u32(p.tokens())};
  append_common_words(d, p);
  d.grid = folded_grid(static_cast<std::uint64_t>(p.tokens() * p.heads * ceil_div(p.size, kBasicChunk)), wg, caps);
  return d;
}

Planned plan_basic(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = problem_of(call);
  Dispatch d = basic_dispatch(p, "attention_basic", caps);
  d.buffers = forward_buffers(p);
  return KernelPlan{{d}, {}};
}

Planned plan_grad_basic(const OpCall& call, const DeviceCaps& caps) {
  const AttentionProblem p = problem_of(call);
  Dispatch d = basic_dispatch(p, "attention_grad_basic", caps);
  d.buffers = grad_buffers(p);
  return KernelPlan{{delta_dispatch(p, caps), d}, {delta_bytes(p)}};
}

constexpr std::array<KernelChoice, 1> kKernels = {{{"basic", plan_basic}}};
constexpr std::array<KernelChoice, 1> kGradKernels = {{{"basic", plan_grad_basic}}};

}  // namespace

std::span<const KernelChoice> attention_kernels() { return kKernels; }
std::span<const KernelChoice> attention_grad_kernels() { return kGradKernels; }

}  // namespace scoria
