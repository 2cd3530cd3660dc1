#pragma once

#include "graph/op_def.h"

namespace scoria {

CpuKernel cross_entropy_cpu(const OpCall& call);
CpuKernel cross_entropy_grad_cpu(const OpCall& call);

}  // namespace scoria
