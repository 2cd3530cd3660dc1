#include "plan/schedule.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <queue>

#include "plan/aliases.h"
#include "scoria/error.h"

namespace scoria {
namespace {

/// A node that touches a value, directly or through views.
struct Reader {
  NodeId node;
  Span span;
};

using Readers = std::map<Edge, std::vector<Reader>>;  // by the value that owns the memory

std::vector<bool> find_live(const GraphData& graph) {
  std::vector<bool> live(graph.nodes.size(), false);
  for (const NamedEdge& output : graph.outputs) live[output.value.node] = true;
  for (const Edge& kept : graph.kept) live[kept.node] = true;
  for (NodeId id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;) {
    if (!live[id]) continue;
    for (const Edge& input : graph.nodes[id].inputs) live[input.node] = true;
  }
  return live;
}

Readers find_readers(const GraphData& graph, const std::vector<bool>& live) {
  Readers readers;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (!live[id] || is_view(graph.nodes[id])) continue;
    for (const Edge& input : graph.nodes[id].inputs) {
      const Span span = follow_views(graph, input);
      readers[span.base].push_back({id, span});
    }
  }
  return readers;
}

void refuse_lost_output(const GraphData& graph, const Span& updated, NodeId updater) {
  for (const NamedEdge& output : graph.outputs) {
    if (!follow_views(graph, output.value).overlaps(updated)) continue;
    throw Error(ErrorKind::Usage,
                fmt::format("output \"{}\": {} updates its value in place before it can be read; make the updated "
                            "value the output",
                            output.name, node_name(graph, updater)));
  }
}

void refuse_updated_input(const GraphData& graph, const Span& updated, NodeId updater) {
  if (graph.nodes[updated.base.node].op != &input_op) return;
  throw Error(ErrorKind::Usage,
              fmt::format("{} updates the graph input \"{}\" in place; what changes from step to step must be a state",
                          node_name(graph, updater), graph.nodes[updated.base.node].label));
}

void refuse_read_and_update(const GraphData& graph, NodeId updater, std::uint32_t updated_input, const Span& updated) {
  const Node& node = graph.nodes[updater];
  for (std::uint32_t i = 0; i < node.inputs.size(); ++i) {
    if (i == updated_input || !follow_views(graph, node.inputs[i]).overlaps(updated)) continue;
    throw Error(ErrorKind::Usage, fmt::format("{} updates a value in place that it also reads as argument {}; give it "
                                              "two values",
                                              node_name(graph, updater), i));
  }
}

/// Edges of order: a node and one that must run after it.
class Order {
 public:
  explicit Order(const GraphData& graph)
      : graph_(graph), live_(find_live(graph)), after_(graph.nodes.size()), waits_for_(graph.nodes.size(), 0) {
    add_data_dependencies();
    add_update_dependencies();
  }

  std::vector<NodeId> run() {
    std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
    std::size_t live_count = 0;
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      if (!live_[id]) continue;
      ++live_count;
      if (waits_for_[id] == 0) ready.push(id);
    }
    std::vector<NodeId> order;
    for (; !ready.empty(); --live_count) {
      const NodeId id = ready.top();
      ready.pop();
      if (!is_source(graph_.nodes[id]) && !is_view(graph_.nodes[id])) order.push_back(id);
      for (const NodeId next : after_[id]) {
        if (--waits_for_[next] == 0) ready.push(next);
      }
    }
    if (live_count != 0) refuse_cycle();
    return order;
  }

 private:
  struct Update {
    NodeId updater;
    NodeId reader;
  };

  void require(NodeId first, NodeId then) {
    after_[first].push_back(then);
    ++waits_for_[then];
  }

  void add_data_dependencies() {
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      if (!live_[id]) continue;
      for (const Edge& input : graph_.nodes[id].inputs) require(input.node, id);
    }
  }

  void add_update_dependencies() {
    const Readers readers = find_readers(graph_, live_);
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      if (!live_[id]) continue;
      for (const Alias& alias : graph_.nodes[id].op->aliases) {
        if (alias.kind != AliasKind::Update) continue;
        const Span updated = follow_views(graph_, graph_.nodes[id].inputs[alias.input]);
        refuse_updated_input(graph_, updated, id);
        refuse_lost_output(graph_, updated, id);
        refuse_read_and_update(graph_, id, alias.input, updated);
        for (const Reader& reader : readers.at(updated.base)) {
          if (reader.node == id || !reader.span.overlaps(updated)) continue;
          require(reader.node, id);
          updates_.push_back({id, reader.node});
        }
      }
    }
  }

  [[noreturn]] void refuse_cycle() const {
    for (const Update& update : updates_) {
      if (waits_for_[update.updater] == 0 || waits_for_[update.reader] == 0) continue;
      throw Error(ErrorKind::Usage,
                  fmt::format("{} updates a value in place that {} reads, and cannot run after it; let that read the "
                              "updated value",
                              node_name(graph_, update.updater), node_name(graph_, update.reader)));
    }
    throw Error(ErrorKind::Usage, "the graph's updates in place allow no order of its nodes");
  }

  const GraphData& graph_;
  std::vector<bool> live_;
  std::vector<std::vector<NodeId>> after_;
  std::vector<std::uint32_t> waits_for_;
  std::vector<Update> updates_;
};

}  // namespace

std::vector<NodeId> schedule(const GraphData& graph) { return Order(graph).run(); }

}  // namespace scoria
