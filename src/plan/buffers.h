#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/node.h"
#include "plan/program.h"

namespace scoria {

/// Memory that one or more values share. Positions count the scheduled nodes.
struct Buffer {
  Space home = Space::Arena;
  std::uint32_t block = 0;   ///< of a state
  std::uint64_t offset = 0;  ///< in the input or output block
  std::uint64_t bytes = 0;
  std::uint32_t first = 0;  ///< position of the first access
  std::uint32_t last = 0;   ///< position of the last access
  Edge owner;               ///< the first value in it
};

/// Where a value lies.
struct Location {
  std::uint32_t buffer = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// The buffers of a graph's scheduled nodes, and where each value lies in them.
class Buffers {
 public:
  Buffers(const GraphData& graph, std::vector<Buffer> buffers, std::vector<std::vector<Location>> locations)
      : graph_(&graph), buffers_(std::move(buffers)), locations_(std::move(locations)) {}

  const std::vector<Buffer>& all() const { return buffers_; }
  Location find(Edge value) const;

 private:
  const GraphData* graph_;
  std::vector<Buffer> buffers_;
  std::vector<std::vector<Location>> locations_;  // by node and output; views have none
};

/// Decides which values share memory because an op says so:
///   Update  always: the output is its input's memory;
///   Reuse   if the input dies there, is all of its buffer, is no state, input, output or placed part, and the node
///           reads that buffer once;
///   Place   if every access to the part's buffer comes after the last access to the target's old value at those
///           bytes and before its next update, the part is all of its buffer and the target is aligned.
/// With alias = false only Update holds.
Buffers assign_buffers(const GraphData& graph, std::span<const NodeId> order, bool alias);

}  // namespace scoria
