#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/dropout_mask.h"
#include "graph/op_def.h"

namespace scoria {

/// The numbers of an attention or attention_grad node. A token's row of qkv is Q, K, V, each heads * size wide.
struct AttentionProblem {
  std::int64_t batch = 0, length = 0, heads = 0, size = 0;
  std::int64_t tokens = 0;
  bool packed = false;          ///< `lengths` holds starts
  std::uint32_t threshold = 0;  ///< of dropout; 0 = none, and then there is no rng
  std::uint32_t site = 0;

  std::int64_t hidden() const { return heads * size; }
  /// The index that (token i of a sequence, head, key 0) draws at.
  std::uint32_t first_element(const DropoutStream& stream, std::int64_t sequence, std::int64_t i,
                              std::int64_t head) const {
    return stream.element(static_cast<std::uint64_t>(sequence * length + i), static_cast<std::uint64_t>(heads * length),
                          static_cast<std::uint64_t>(head * length));
  }
};

/// The tokens of a sequence: its first, how many are queries, and how many of them are keys.
struct AttentionSpan {
  std::int64_t first = 0, rows = 0, keys = 0;
};

/// Of sequence b; `bounds` are lengths, or where packed starts. Whatever they hold the span lies inside the tensor:
/// shaders/common/attention_span.glsl has the same rule.
template <typename T>
AttentionSpan attention_span(const AttentionProblem& p, const T* bounds, std::int64_t b) {
  const auto bound = [&](std::int64_t i) { return static_cast<std::int64_t>(bounds[i]); };
  if (!p.packed) return {b * p.length, p.length, std::clamp<std::int64_t>(bound(b), 1, p.length)};
  const std::int64_t first = std::clamp<std::int64_t>(bound(b), 0, p.tokens);
  const std::int64_t end = std::clamp(bound(b + 1), first, std::min(p.tokens, first + p.length));
  return {first, end - first, end - first};
}

/// `bounds` is the shape of lengths, or of starts.
AttentionProblem attention_problem(const Shape& qkv, const Shape& bounds, const Attributes& attributes);
/// 1 / sqrt(D)
float attention_scale(const AttentionProblem& problem);

// Where the arguments stand. rng comes last because it may be absent.
namespace attention_input {
enum : std::size_t { Qkv, Lengths, Rng };
}
namespace attention_grad_input {
enum : std::size_t { Qkv, Context, Lse, Lengths, Dcontext, Rng };
}
AttentionProblem attention_problem(const OpCall& call);
AttentionProblem attention_grad_problem(const OpCall& call);

/// In double: src/ops/attention_reference.cpp.
void attention_reference(const ReferenceArgs& args);
void attention_grad_reference(const ReferenceArgs& args);
/// On the host: src/ops/attention_cpu.cpp.
CpuKernel attention_cpu(const OpCall& call);
CpuKernel attention_grad_cpu(const OpCall& call);
/// Vulkan, best first: src/ops/attention_kernels.cpp.
std::span<const KernelChoice> attention_kernels();
std::span<const KernelChoice> attention_grad_kernels();

extern const OpDef attention_op;
extern const OpDef attention_grad_op;

}  // namespace scoria
