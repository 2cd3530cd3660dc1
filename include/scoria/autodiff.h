#pragma once

#include <span>
#include <vector>

#include "scoria/graph.h"

namespace scoria {

/// Adds to the loss's graph the nodes that compute d loss / d value for each value, and returns them in order.
///
///   loss    [] or [1]   f32
///   values  any shape   f32; each result has the shape of its value
///
/// One reverse sweep (reverse-mode differentiation): every op contributes its own gradient nodes, made of
/// public ops; contributions to the same value are summed with add. A value the loss does not depend on gets
/// zeros. Throws Error if loss has more than one element, or if an op on the way has no gradient (the message
/// names the op and says why).
std::vector<Value> gradients(Value loss, std::span<const Value> values);

}  // namespace scoria
