#include <fmt/format.h>

#include "plan/make_program.h"
#include "plan/print.h"

namespace scoria {
namespace {

// Looks at every pair of dispatches between which no barrier stands, and every pair of their ranges: slow and plain,
// and on purpose without a line in common with barriers.cpp.

bool writes(Access access) { return access == Access::Write || access == Access::ReadWrite; }

std::string describe(const Program& program, std::size_t index, std::size_t buffer) {
  const PlacedDispatch& it = program.dispatches[index];
  const Region& region = it.buffers[buffer];
  return fmt::format("dispatch {} ({} of {} \"{}\") {} {} to {}", index, it.dispatch.shader,
                     program.nodes[it.node].op->name, program.nodes[it.node].label,
                     access_text(it.dispatch.buffers[buffer].access), region_text(region),
                     region.offset + region.bytes);
}

bool collide(const Region& a, const Region& b) {
  if (a.space != b.space || a.block != b.block || a.bytes == 0 || b.bytes == 0) return false;
  const std::uint64_t a_last = a.offset + a.bytes - 1;
  const std::uint64_t b_last = b.offset + b.bytes - 1;
  return !(a_last < b.offset || b_last < a.offset);
}

std::string compare(const Program& program, std::size_t earlier, std::size_t later) {
  const PlacedDispatch& a = program.dispatches[earlier];
  const PlacedDispatch& b = program.dispatches[later];
  for (std::size_t i = 0; i < a.buffers.size(); ++i) {
    for (std::size_t j = 0; j < b.buffers.size(); ++j) {
      if (!writes(a.dispatch.buffers[i].access) && !writes(b.dispatch.buffers[j].access)) continue;
      if (!collide(a.buffers[i], b.buffers[j])) continue;
      return fmt::format("{}, then {}, with no barrier between", describe(program, earlier, i),
                         describe(program, later, j));
    }
  }
  return "";
}

}  // namespace

std::string find_hazard(const Program& program) {
  for (std::size_t later = 0; later < program.dispatches.size(); ++later) {
    for (std::size_t earlier = later; earlier > 0 && !program.dispatches[earlier].barrier_before; --earlier) {
      const std::string hazard = compare(program, earlier - 1, later);
      if (!hazard.empty()) return hazard;
    }
  }
  return "";
}

}  // namespace scoria
