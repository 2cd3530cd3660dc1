#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/attributes.h"
#include "graph/device_caps.h"
#include "scoria/tensor.h"

namespace scoria {

enum class OperandKind : std::uint8_t { Input, Output, Scratch };
enum class Access : std::uint8_t { Read, Write, ReadWrite };

/// A buffer of a dispatch: an input or output of the node, or scratch memory that lives as long as the node runs.
struct Operand {
  OperandKind kind = OperandKind::Input;
  std::uint32_t index = 0;
  Access access = Access::Read;
  std::uint64_t byte_offset = 0;  ///< from the start of the tensor
  std::uint64_t bytes = 0;        ///< touched from there on; 0 = all that follows

  static Operand in(std::uint32_t i) { return {OperandKind::Input, i, Access::Read}; }
  static Operand out(std::uint32_t i) { return {OperandKind::Output, i, Access::Write}; }
  /// An output that updates an input in place: it occupies the same memory, and the kernel reads it first.
  static Operand update(std::uint32_t i) { return {OperandKind::Output, i, Access::ReadWrite}; }
  static Operand scratch_read(std::uint32_t i) { return {OperandKind::Scratch, i, Access::Read}; }
  static Operand scratch_write(std::uint32_t i) { return {OperandKind::Scratch, i, Access::Write}; }
};

/// One vkCmdDispatch, as data. Push constants are the addresses of `buffers` (8 bytes each), then `words`;
/// together at most 128 bytes. Specialization constant i is constants[i]; constant 0 is the workgroup size.
struct Dispatch {
  std::string shader;  ///< file stem, and variant where it has several: "layer_norm.dropout"
  std::vector<std::uint32_t> constants = {};
  std::vector<Operand> buffers = {};
  std::vector<std::uint32_t> words = {};
  std::array<std::uint32_t, 3> grid = {1, 1, 1};
  std::uint32_t subgroup_size = 0;  ///< required subgroup size with full subgroups; 0 = any
};

/// What one node runs on a device: dispatches in order, and the scratch memory they share.
struct KernelPlan {
  std::vector<Dispatch> dispatches = {};
  std::vector<std::uint64_t> scratch_bytes = {};
};

/// A node's op applied to what it is applied to, without the values.
struct OpCall {
  std::string_view op;
  std::string_view label;
  std::span<const TensorDesc> inputs;
  std::span<const TensorDesc> outputs;
  const Attributes& attributes;
};

struct Refusal {
  std::string reason;  ///< "needs 16-bit storage"
};

using PlannedKernel = std::variant<KernelPlan, Refusal>;

/// One way to compute an op on a Vulkan device. The last choice of an op never refuses.
struct KernelChoice {
  std::string_view name;
  PlannedKernel (*plan)(const OpCall& call, const DeviceCaps& caps);
};

/// The bits of a float, for Dispatch::words and constants.
std::uint32_t word(float value);
/// Workgroups that cover n items at per_group each, folded into x and y so that neither exceeds its limit;
/// the shader's group number is gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x and may exceed n / per_group.
std::array<std::uint32_t, 3> folded_grid(std::uint64_t n, std::uint64_t per_group, const DeviceCaps& caps);

}  // namespace scoria
