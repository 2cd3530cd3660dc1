#pragma once

#include <optional>

#include "graph/device_caps.h"
#include "plan/program.h"
#include "scoria/graph.h"

namespace scoria {

struct PlanOptions {
  /// The device to choose kernels for; absent for the CPU, where nodes run as they are.
  std::optional<DeviceCaps> caps = {};
  /// False gives every value memory of its own (but for views and updates): the test of the planner itself.
  bool alias = true;
  std::uint64_t max_block_bytes = 1ull << 30;
  /// Unused bytes after every region of the arena and the output block, for tests that look for stray writes.
  std::uint64_t guard_bytes = 0;
};

/// Orders the graph's live nodes, chooses kernels, assigns memory and places barriers. A pure function.
/// Throws Error (Memory) if one value exceeds max_block_bytes, naming the value.
Program make_program(const Graph& graph, const PlanOptions& options);

/// Describes the first pair of dispatches that touch the same bytes, one of them writing, with no barrier between;
/// "" when every such pair is ordered. Written apart from the planner, so that it can prove the planner right.
std::string find_hazard(const Program& program);

}  // namespace scoria
