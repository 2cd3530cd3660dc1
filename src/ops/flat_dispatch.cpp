#include "ops/flat_dispatch.h"

#include <algorithm>

#include "base/check.h"

namespace scoria {

std::uint32_t flat_workgroup(const DeviceCaps& caps) {
  return std::min({256u, caps.max_workgroup_invocations, caps.max_workgroup_size[0]});
}

Dispatch flat_dispatch(std::string shader, std::uint64_t n, std::uint32_t per_invocation, const DeviceCaps& caps) {
  SCORIA_CHECK(n < (1ull << 31), "an element index must fit 31 bits");
  const std::uint32_t workgroup = flat_workgroup(caps);
  Dispatch dispatch;
  dispatch.shader = std::move(shader);
  dispatch.constants = {workgroup};
  dispatch.words = {static_cast<std::uint32_t>(n)};
  dispatch.grid = folded_grid(n, std::uint64_t{workgroup} * per_invocation, caps);
  return dispatch;
}

}  // namespace scoria
