#pragma once

#include "graph/op_def.h"

namespace scoria {

/// For OpDef::flops: so many for each element of input 0.
template <int count>
double flops_per_element(const OpCall& call) {
  return count * static_cast<double>(call.inputs[0].shape.element_count());
}

}  // namespace scoria
