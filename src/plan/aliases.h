#pragma once

#include <cstdint>
#include <string>

#include "graph/node.h"

namespace scoria {

/// A range of bytes of the value that views look into. Two spans of one base conflict where they overlap.
struct Span {
  Edge base;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;

  bool overlaps(const Span& other) const {
    return base == other.base && offset < other.offset + other.bytes && other.offset < offset + bytes;
  }
};

/// The first part of an op whose inputs are placed in its output, or nullptr. Parts are alias->input and all after it.
const Alias* find_place(const OpDef& op);
/// Follows views to the value that owns the memory.
Span follow_views(const GraphData& graph, Edge value);
/// `%7 matmul "encoder.0.output"`, for messages.
std::string node_name(const GraphData& graph, NodeId node);

}  // namespace scoria
