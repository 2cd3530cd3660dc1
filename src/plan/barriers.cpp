#include "plan/barriers.h"

#include <algorithm>
#include <vector>

namespace scoria {
namespace {

bool overlaps_any(const Region& region, const std::vector<Region>& others) {
  return std::any_of(others.begin(), others.end(), [&](const Region& other) { return region.overlaps(other); });
}

/// What the dispatches since the last barrier touch.
class Open {
 public:
  bool conflicts(const PlacedDispatch& dispatch) const {
    for (std::size_t i = 0; i < dispatch.buffers.size(); ++i) {
      if (overlaps_any(dispatch.buffers[i], written_)) return true;
      if (dispatch.dispatch.buffers[i].access != Access::Read && overlaps_any(dispatch.buffers[i], read_)) return true;
    }
    return false;
  }

  void add(const PlacedDispatch& dispatch) {
    for (std::size_t i = 0; i < dispatch.buffers.size(); ++i) {
      const Access access = dispatch.dispatch.buffers[i].access;
      if (access != Access::Write) read_.push_back(dispatch.buffers[i]);
      if (access != Access::Read) written_.push_back(dispatch.buffers[i]);
    }
  }

  void clear() {
    read_.clear();
    written_.clear();
  }

 private:
  std::vector<Region> read_;
  std::vector<Region> written_;
};

}  // namespace

std::uint32_t place_barriers(std::span<PlacedDispatch> dispatches) {
  std::uint32_t count = 0;
  Open open;
  for (PlacedDispatch& dispatch : dispatches) {
    dispatch.barrier_before = open.conflicts(dispatch);
    if (dispatch.barrier_before) {
      ++count;
      open.clear();
    }
    open.add(dispatch);
  }
  return count;
}

}  // namespace scoria
