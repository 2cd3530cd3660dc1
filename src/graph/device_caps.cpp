#include "graph/device_caps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/op_def.h"
#include "scoria/error.h"

namespace scoria {
namespace {

struct Forced {
  std::string op, kernel;
};
thread_local Forced forced_here;

void refuse_unknown_op(std::string_view op) {
  if (find_op(op)) return;
  std::vector<std::string_view> names;
  for (const OpDef* known : op_table()) {
    if (!known->kernels.empty()) names.push_back(known->name);
  }
  throw Error(ErrorKind::Usage,
              fmt::format("SCORIA_KERNELS: no op \"{}\"; the ops are {}", op, fmt::join(names, ", ")));
}

}  // namespace

ForcedKernel::ForcedKernel(std::string op, std::string kernel)
    : outer_op_(std::exchange(forced_here.op, std::move(op))),
      outer_kernel_(std::exchange(forced_here.kernel, std::move(kernel))) {}

ForcedKernel::~ForcedKernel() { forced_here = {std::move(outer_op_), std::move(outer_kernel_)}; }

std::string device_key(const DeviceCaps& caps, std::string_view uuid) {
  return fmt::format("{:04x}-{:04x}-{}-{:08x}", caps.vendor_id, caps.device_id, uuid, caps.driver_version);
}

std::string forced_kernel(std::string_view op) {
  if (!forced_here.op.empty() && forced_here.op == op) return forced_here.kernel;
  const char* variable = std::getenv("SCORIA_KERNELS");
  std::string_view rest = variable ? variable : "";
  std::string forced;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(item.size() == rest.size() ? item.size() : item.size() + 1);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == item.size()) {
      throw Error(ErrorKind::Usage, fmt::format("SCORIA_KERNELS: expected op=kernel,op=kernel; got \"{}\"", item));
    }
    refuse_unknown_op(item.substr(0, equals));
    if (item.substr(0, equals) == op) forced = item.substr(equals + 1);
  }
  return forced;
}

}  // namespace scoria
