#include "plan/aliases.h"

#include <fmt/format.h>

#include "base/check.h"

namespace scoria {

const Alias* find_place(const OpDef& op) {
  for (const Alias& alias : op.aliases) {
    if (alias.kind == AliasKind::Place) return &alias;
  }
  return nullptr;
}

Span follow_views(const GraphData& graph, Edge value) {
  Span span{value, 0, graph.desc(value).byte_count()};
  while (is_view(graph.nodes[span.base.node])) {
    const Node& view = graph.nodes[span.base.node];
    const std::int64_t offset = view.attributes.has("offset") ? view.attributes.integer("offset") : 0;
    span.offset += static_cast<std::uint64_t>(offset) * size_bytes(view.outputs[0].dtype);
    span.base = view.inputs[view.op->aliases.front().input];
    SCORIA_CHECK(span.offset + span.bytes <= graph.desc(span.base).byte_count(), "a view lies inside its input");
  }
  return span;
}

std::string node_name(const GraphData& graph, NodeId node) {
  const Node& it = graph.nodes[node];
  return it.label.empty() ? fmt::format("%{} {}", node, it.op->name)
                          : fmt::format("%{} {} \"{}\"", node, it.op->name, it.label);
}

}  // namespace scoria
