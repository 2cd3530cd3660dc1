#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>

#include "plan/aliases.h"
#include "plan/host_machine.h"
#include "plan/make_program.h"
#include "plan/toy_ops.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Floats = std::vector<float>;

/// Graphs of toy ops at random: chains and fans, views, values used late, states read around their updates, packs.
class RandomGraph {
 public:
  enum class Kind {
    All,
    Unaliased,  ///< no op that allows its output on its input, no update
  };

  explicit RandomGraph(std::uint32_t seed, Kind kind = Kind::All) : random_(seed) {
    for (int i = 0; i < 2; ++i) add(toy::input(graph, "input " + std::to_string(i), pick_size()));
    whole_ = toy::input(graph, "whole", 256);
    for (int i = 0; i < 3; ++i) add(toy::state(graph, "state " + std::to_string(i), 256));
    const int node_count = 4 + pick(30);
    for (int i = 0; i < node_count; ++i) kind == Kind::All ? add_random_node() : add_unaliased_node();
    const int output_count = 1 + pick(4);
    for (int i = 0; i < output_count; ++i) graph.output("output " + std::to_string(i), any());
    for (const Value& update : updates_) graph.keep(update);
  }

  Graph graph;

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }
  std::int64_t pick_size() { return 64 << pick(3); }
  static std::int64_t size(Value value) { return value.shape()[0]; }
  void add(Value value) { values_.push_back(value); }

  // Late values are likelier, so that graphs become deep.
  Value any() {
    const int n = static_cast<int>(values_.size());
    return values_[static_cast<std::size_t>(pick(3) == 0 ? pick(n) : n - 1 - pick(std::min(n, 6)))];
  }

  Value any_of_size(std::int64_t n) {
    for (int attempt = 0; attempt < 8; ++attempt) {
      const Value value = any();
      if (size(value) == n) return value;
      if (size(value) > n) return cut(value, n);
    }
    return cut(whole_, n);
  }

  Value cut(Value value, std::int64_t n) {
    return toy::view(value, n, 64 * pick(static_cast<int>((size(value) - n) / 64) + 1));
  }

  void forget(Value value) {
    if (pick(24) == 0) return;  // now and then a late reader of the old value: the schedule must bring it forward
    std::erase_if(values_, [&](Value other) { return overlap(other, value); });
  }

  bool overlap(Value a, Value b) {
    const GraphData& data = graph.data();
    return follow_views(data, {a.node(), a.output()}).overlaps(follow_views(data, {b.node(), b.output()}));
  }

  void add_unaliased_node() {
    const Value a = any();
    switch (pick(6)) {
      case 0:
        return add(toy::rotate(a));
      case 1:
        return add(toy::wind(a));
      case 2:
        return add(cut(a, 64));
      default:
        return add(toy::soften(a, any_of_size(size(a))));
    }
  }

  void add_random_node() {
    switch (pick(12)) {
      case 0:
        return add(toy::rotate(any()));
      case 1:
        return add(toy::wind(any()));
      case 2:
        for (const Value& part : toy::split(any())) add(part);
        return;
      case 3:
        return add(cut(any(), 64));
      case 4:
        return update(any_state_or_value());
      case 5:
        return pack();
      case 6:
      case 7:
        return add_unaliased_node();
      default: {
        const Value a = any();
        return add(toy::blend(a, pick(3) == 0 ? cut(a, 64) : any_of_size(size(a))));
      }
    }
  }

  Value any_state_or_value() {
    Value value = any();
    while (graph.data().nodes[follow_views(graph.data(), {value.node(), value.output()}).base.node].op == &input_op) {
      value = pick(2) == 0 ? any() : values_.back();
      if (pick(6) == 0) value = toy::rotate(value);
    }
    return value;
  }

  void update(Value target) {
    Value by = any_of_size(size(target));
    if (overlap(by, target) && pick(24) != 0) by = toy::rotate(by);
    forget(target);
    updates_.push_back(toy::absorb(target, by));
    add(updates_.back());
  }

  void pack() {
    Value flat = any_state_or_value();
    std::vector<Value> parts;
    std::vector<std::int64_t> offsets;
    for (std::int64_t offset = 64 * pick(2); offset < size(flat);) {
      const std::int64_t n = std::min(pick_size(), size(flat) - offset);
      Value part = any_of_size(n == 192 ? 128 : n);
      if (pick(4) != 0 || overlap(part, flat)) part = pick(2) == 0 ? toy::rotate(part) : toy::blend(part, part);
      parts.push_back(part);
      offsets.push_back(offset);
      offset += size(part) + 64 * pick(2);
    }
    if (parts.empty()) return;
    forget(flat);
    updates_.push_back(toy::pack(flat, parts, offsets));
    add(updates_.back());
  }

  std::mt19937 random_;
  Value whole_;
  std::vector<Value> values_;
  std::vector<Value> updates_;
};

/// The meaning of a graph, without memory: every value is its own array, and an update makes a new one.
class Meaning {
 public:
  explicit Meaning(const GraphData& graph) : graph_(graph) {
    for (const NamedEdge& state : graph.states) states.emplace_back(toy::count(graph.desc(state.value)), 0.0f);
  }

  std::vector<Floats> step(const std::vector<Floats>& inputs) {
    values_.assign(graph_.nodes.size(), {});
    const std::vector<Floats> old_states = states;
    for (std::size_t i = 0; i < inputs.size(); ++i) values_[graph_.inputs[i].value.node] = {inputs[i]};
    for (std::size_t i = 0; i < states.size(); ++i) values_[graph_.states[i].value.node] = {old_states[i]};
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) compute(id);
    std::vector<Floats> outputs;
    for (const NamedEdge& output : graph_.outputs) outputs.push_back(at(output.value));
    return outputs;
  }

  std::vector<Floats> states;

 private:
  Floats& at(Edge edge) { return values_[edge.node][edge.output]; }

  void compute(NodeId id) {
    const Node& node = graph_.nodes[id];
    if (is_source(node)) return;
    if (is_view(node)) {
      const Floats& whole = at(node.inputs[0]);
      const auto begin = whole.begin() + node.attributes.integer("offset");
      values_[id] = {Floats(begin, begin + node.attributes.integer("count"))};
      return;
    }
    const bool updates = node.op == &toy::absorb_op || node.op == &toy::pack_op;
    std::vector<const void*> inputs;
    std::vector<void*> outputs;
    for (const Edge& input : node.inputs) inputs.push_back(at(input).data());
    for (const TensorDesc& desc : node.outputs) values_[id].emplace_back(toy::count(desc), 0.0f);
    if (updates) values_[id][0] = at(node.inputs[0]);
    for (Floats& output : values_[id]) outputs.push_back(output.data());
    const std::vector<TensorDesc> descs = input_descs(graph_, node);
    node.op->cpu({node.op->name, node.label, descs, node.outputs, node.attributes})({inputs, outputs});
    if (updates) write_to_state(node.inputs[0], values_[id][0], 0);
  }

  // An update of a view of an update ... of a state changes the state.
  void write_to_state(Edge target, const Floats& value, std::size_t offset) {
    const Node& node = graph_.nodes[target.node];
    for (std::size_t i = 0; i < graph_.states.size(); ++i) {
      if (graph_.states[i].value == target) {
        std::copy(value.begin(), value.end(), states[i].begin() + static_cast<std::ptrdiff_t>(offset));
      }
    }
    if (is_view(node)) {
      offset += static_cast<std::size_t>(node.attributes.integer("offset"));
      write_to_state(node.inputs[0], value, offset);
    } else if (node.op == &toy::absorb_op || node.op == &toy::pack_op) {
      write_to_state(node.inputs[0], value, offset);
    }
  }

  const GraphData& graph_;
  std::vector<std::vector<Floats>> values_;
};

bool same_bits(const Floats& a, const Floats& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  });
}

std::vector<Floats> random_inputs(const GraphData& graph, std::mt19937& random) {
  std::vector<Floats> inputs;
  for (const NamedEdge& input : graph.inputs) {
    Floats values(toy::count(graph.desc(input.value)));
    for (float& value : values) value = static_cast<float>(random() % 2048) / 1024.0f - 1.0f;
    inputs.push_back(std::move(values));
  }
  return inputs;
}

void run_and_compare(const Graph& graph, const PlanOptions& options, std::uint32_t seed) {
  const Program program = make_program(graph, options);
  REQUIRE(find_hazard(program) == "");
  for (const PlacedNode& node : program.nodes) {
    for (std::size_t i = 1; i < node.outputs.size(); ++i) REQUIRE(!node.outputs[i].overlaps(node.outputs[0]));
  }
  std::mt19937 random(seed);
  toy::HostMachine machine(program);
  Meaning meaning(graph.data());
  for (int step = 0; step < 2; ++step) {
    const std::vector<Floats> inputs = random_inputs(graph.data(), random);
    const std::vector<Floats> expected = meaning.step(inputs);
    machine.write_inputs(inputs);
    machine.poison();
    if (options.caps) {
      machine.run_dispatches(random);
    } else {
      machine.run_nodes();
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE_MESSAGE(same_bits(machine.read(program.outputs[i]), expected[i]), program.outputs[i].name);
    }
    for (std::size_t i = 0; i < meaning.states.size(); ++i) {
      REQUIRE_MESSAGE(same_bits(machine.read(program.states[i]), meaning.states[i]), program.states[i].name);
    }
  }
}

std::ptrdiff_t barriers(const Program& program) {
  return std::count_if(program.dispatches.begin(), program.dispatches.end(),
                       [](const PlacedDispatch& dispatch) { return dispatch.barrier_before; });
}

std::uint64_t arena_bytes(const Program& program) {
  return std::accumulate(program.arena_block_bytes.begin(), program.arena_block_bytes.end(), std::uint64_t{0});
}

std::size_t placed_parts(const Program& program) {
  std::size_t placed = 0;
  for (const PlacedNode& node : program.nodes) {
    if (node.op != &toy::pack_op) continue;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      const auto offset = static_cast<std::uint64_t>(node.attributes.integers("offsets")[i - 1]) * 4;
      placed += node.inputs[i].space == node.outputs[0].space && node.inputs[i].block == node.outputs[0].block &&
                        node.inputs[i].offset == node.outputs[0].offset + offset
                    ? 1
                    : 0;
    }
  }
  return placed;
}

}  // namespace

TEST_CASE("random graphs compute what they mean, however their memory is shared") {
  constexpr std::uint32_t kGraphs = 4000;
  std::size_t refused = 0, nodes = 0, placed = 0, parts = 0;
  std::uint64_t shared_bytes = 0, unshared_bytes = 0;
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    CAPTURE(seed);
    const RandomGraph random_graph(seed);
    const Graph& graph = random_graph.graph;
    INFO(graph.to_string());
    Program program;
    try {
      program = make_program(graph, {});
    } catch (const Error& error) {
      REQUIRE(error.kind() == ErrorKind::Usage);  // an update whose old value is needed too late
      ++refused;
      continue;
    }
    nodes += program.nodes.size();
    placed += placed_parts(program);
    for (const PlacedNode& node : program.nodes) parts += node.op == &toy::pack_op ? node.inputs.size() - 1 : 0;
    shared_bytes += arena_bytes(program);
    unshared_bytes += program.unaliased_arena_bytes;
    const std::uint64_t guard = seed % 2 == 0 ? 0 : 64;
    const std::uint64_t block = seed % 3 == 0 ? 2048 : 1ull << 30;
    for (const bool alias : {true, false}) {
      run_and_compare(graph, {.caps = {}, .alias = alias, .max_block_bytes = block, .guard_bytes = guard}, seed);
      run_and_compare(graph, {.caps = DeviceCaps{}, .alias = alias, .max_block_bytes = block, .guard_bytes = guard},
                      seed);
    }
  }
  CHECK(refused < kGraphs / 2);
  CHECK(placed > parts / 20);
  CHECK(shared_bytes < unshared_bytes);
  MESSAGE((kGraphs - refused) << " graphs of " << nodes << " nodes run 4 ways over 2 steps, " << refused << " refused; "
                              << placed << " of " << parts << " packed parts in place; arenas "
                              << (100 * shared_bytes / unshared_bytes) << " % of unshared");
}

TEST_CASE("sharing memory over time costs no barrier") {
  constexpr std::uint32_t kGraphs = 1000;
  std::ptrdiff_t all = 0;
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    CAPTURE(seed);
    const RandomGraph random_graph(seed, RandomGraph::Kind::Unaliased);
    const Program shared = make_program(random_graph.graph, {.caps = DeviceCaps{}});
    const Program unshared = make_program(random_graph.graph, {.caps = DeviceCaps{}, .alias = false});
    REQUIRE(barriers(shared) == barriers(unshared));
    all += barriers(shared);
  }
  CHECK(all > kGraphs);
  MESSAGE(kGraphs << " graphs, " << all << " barriers with and without sharing");
}

}  // namespace scoria
