#include "plan/interleave.h"

#include <algorithm>
#include <map>
#include <utility>

namespace scoria {
namespace {

struct RangeUse {
  std::uint32_t dispatch;
  Region region;
  bool write;
};

/// For each dispatch those before it that it must stay behind.
std::vector<std::vector<std::uint32_t>> find_dependencies(std::span<const PlacedDispatch> dispatches) {
  std::vector<std::vector<std::uint32_t>> needs(dispatches.size());
  std::map<std::pair<Space, std::uint32_t>, std::vector<RangeUse>> blocks;
  for (std::uint32_t i = 0; i < dispatches.size(); ++i) {
    for (std::size_t b = 0; b < dispatches[i].buffers.size(); ++b) {
      const Region& region = dispatches[i].buffers[b];
      const bool write = dispatches[i].dispatch.buffers[b].access != Access::Read;
      std::vector<RangeUse>& uses = blocks[{region.space, region.block}];
      for (const RangeUse& use : uses) {
        if (use.dispatch != i && (use.write || write) && use.region.overlaps(region)) needs[i].push_back(use.dispatch);
      }
      uses.push_back({i, region, write});
    }
  }
  return needs;
}

}  // namespace

std::vector<std::uint32_t> interleave(std::span<const PlacedDispatch> dispatches, std::uint32_t window) {
  const std::vector<std::vector<std::uint32_t>> needs = find_dependencies(dispatches);
  std::vector<bool> done(dispatches.size(), false);
  std::vector<std::uint32_t> order;
  std::uint32_t first = 0;
  while (first < dispatches.size()) {
    const std::size_t group = order.size();
    const std::size_t end = std::min<std::size_t>(first + window, dispatches.size());
    for (std::uint32_t i = first; i < end; ++i) {
      if (!done[i] && std::all_of(needs[i].begin(), needs[i].end(), [&](std::uint32_t n) { return done[n]; })) {
        order.push_back(i);
      }
    }
    for (std::size_t i = group; i < order.size(); ++i) done[order[i]] = true;
    while (first < dispatches.size() && done[first]) ++first;
  }
  return order;
}

}  // namespace scoria
