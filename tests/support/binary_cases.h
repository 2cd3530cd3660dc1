#pragma once

#include <vector>

#include "support/op_check.h"

namespace scoria::test {

using Binary = Value (*)(Value, Value);

/// The cases that add, multiply and divide share: shapes of a and b, and what they are for.
void add_binary_cases(OpCheck& check, Binary op, const Fill& divisor, const OpCaseOptions& options);

/// Shapes for ops on one tensor: one element, none of the sizes that kernels like, and just around them.
const std::vector<Shape>& elementwise_shapes();

}  // namespace scoria::test
