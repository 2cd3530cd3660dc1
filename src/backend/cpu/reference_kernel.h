#pragma once

#include "graph/op_def.h"

namespace scoria {

/// The CPU path of an op that has none of its own: converts to double, runs the reference, rounds back.
CpuKernel reference_kernel(const OpDef& op, const OpCall& call);

}  // namespace scoria
