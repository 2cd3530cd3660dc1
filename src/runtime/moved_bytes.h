#pragma once

#include <span>

#include "graph/op_def.h"

namespace scoria {

/// Bytes that a node has to read and write, for its share of a device's memory peak; less than its operands hold where an
/// op touches a part of them:
/// - every input is read once and every output written once, but
/// - an op that moves data only (no flops) reads no more than it writes: rows of a table, say;
/// - what is updated in place is read and written as far as the other inputs reach: rows that are added, say;
/// - what is placed was computed where it belongs, and is not moved.
double moved_bytes(const OpDef& op, std::span<const TensorDesc> inputs, std::span<const TensorDesc> outputs);

}  // namespace scoria
