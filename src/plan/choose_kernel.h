#pragma once

#include <string>
#include <vector>

#include "graph/op_def.h"

namespace scoria {

struct ChosenKernel {
  std::string name;
  KernelPlan plan;
  std::vector<std::string> refusals;  ///< "panel: reason", of the choices asked before
};

/// The first of the op's kernels that does not refuse; the one named in SCORIA_KERNELS is asked first.
/// Throws Error (Usage) if SCORIA_KERNELS names a kernel the op does not have, Error (Device) if all refuse.
ChosenKernel choose_kernel(const OpDef& op, const OpCall& call, const DeviceCaps& caps);

}  // namespace scoria
