#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "graph/kernel_plan.h"
#include "graph/op_def.h"
#include "scoria/tensor.h"

namespace scoria {

/// The four kinds of memory of a program.
enum class Space : std::uint8_t {
  Arena,   ///< intermediate values, overlapping where their lives do not
  State,   ///< survives from step to step; block i is state i of the program
  Input,   ///< written by the host before a step; one block
  Output,  ///< readable by the host after a step; one block
};

/// A range of bytes. Ranges conflict if they are in the same block of the same space and overlap.
struct Region {
  Space space = Space::Arena;
  std::uint32_t block = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;

  bool overlaps(const Region& other) const {
    return space == other.space && block == other.block && offset < other.offset + other.bytes &&
           other.offset < offset + bytes;
  }
  friend bool operator==(const Region&, const Region&) = default;
};

/// A node placed in memory: all that the CPU backend needs to run it.
struct PlacedNode {
  const OpDef* op = nullptr;
  std::string label;
  Attributes attributes;
  std::vector<TensorDesc> input_descs;
  std::vector<TensorDesc> output_descs;
  std::vector<Region> inputs;
  std::vector<Region> outputs;
  std::string kernel;                 ///< name of the chosen KernelChoice; empty on the CPU
  std::vector<std::string> refusals;  ///< "panel: reason", one for each better choice that refused
};

/// A dispatch placed in memory.
struct PlacedDispatch {
  std::uint32_t node = 0;  ///< index into Program::nodes
  Dispatch dispatch;
  std::vector<Region> buffers;  ///< of dispatch.buffers, in order
  bool barrier_before = false;  ///< a global memory barrier stands before it
};

struct PlacedTensor {
  std::string name;
  TensorDesc desc;
  Region region;
};

/// A graph made ready to run: nodes in order, memory assigned, and for a Vulkan device its dispatches and
/// barriers. Plain data: printing, verifying and comparing programs needs no device.
struct Program {
  std::vector<PlacedNode> nodes;           ///< those that compute: inputs, states and views are not among them
  std::vector<PlacedDispatch> dispatches;  ///< empty for the CPU
  std::vector<PlacedTensor> inputs;
  std::vector<PlacedTensor> outputs;  ///< may lie in any space: an output can be a state or an input
  std::vector<PlacedTensor> states;   ///< state i is block i of Space::State
  std::vector<std::uint64_t> arena_block_bytes;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t unaliased_arena_bytes = 0;  ///< what the arena would need if no two values shared memory
};

/// Every tensor starts at a multiple of this many bytes.
inline constexpr std::uint64_t kRegionAlignment = 256;

}  // namespace scoria
