#pragma once

#include <cstdint>
#include <span>

#include "base/dropout_mask.h"
#include "graph/op_def.h"

namespace scoria {

/// The numbers of an attention or attention_grad node. A token's row of qkv is Q, K, V, each heads * size wide.
struct AttentionProblem {
  std::int64_t batch = 0, length = 0, heads = 0, size = 0;
  std::uint32_t threshold = 0;  ///< of dropout; 0 = none, and then there is no rng
  std::uint32_t site = 0;

  std::int64_t hidden() const { return heads * size; }
  std::int64_t tokens() const { return batch * length; }
  /// The index that (token, head, key 0) draws at.
  std::uint32_t first_element(const DropoutStream& stream, std::int64_t token, std::int64_t head) const {
    return stream.element(static_cast<std::uint64_t>(token), static_cast<std::uint64_t>(heads * length),
                          static_cast<std::uint64_t>(head * length));
  }
};

AttentionProblem attention_problem(const Shape& qkv, const Attributes& attributes);
/// 1 / sqrt(D)
float attention_scale(const AttentionProblem& problem);

// Where the arguments stand. rng comes last because it may be absent.
namespace attention_input {
enum : std::size_t { Qkv, Lengths, Rng };
}
namespace attention_grad_input {
enum : std::size_t { Qkv, Context, Lse, Lengths, Dcontext, Rng };
}

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
