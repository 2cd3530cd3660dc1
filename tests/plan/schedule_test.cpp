#include "plan/schedule.h"

#include <doctest/doctest.h>

#include "plan/toy_ops.h"
#include "scoria/error.h"

namespace scoria {
namespace {

std::string refusal(const Graph& graph) {
  try {
    schedule(graph.data());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Usage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("schedule keeps the graph's order and drops what nobody needs") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value a = toy::rotate(x);
  toy::rotate(a);  // dead
  const Value half = toy::view(a, 64, 0);
  const Value b = toy::rotate(half);
  graph.output("b", b);
  CHECK(schedule(graph.data()) == std::vector<NodeId>{a.node(), b.node()});
}

TEST_CASE("schedule runs readers of the old value before its update") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value s = toy::state(graph, "s", 128);
  const Value updated = toy::absorb(toy::view(s, 64, 0), x);
  const Value reader = toy::rotate(s);                         // sees the half that changes
  const Value other_half = toy::rotate(toy::view(s, 64, 64));  // does not
  graph.keep(updated);
  graph.output("reader", reader);
  graph.output("other half", other_half);
  CHECK(schedule(graph.data()) == std::vector<NodeId>{reader.node(), updated.node(), other_half.node()});
}

TEST_CASE("schedule refuses what no order can satisfy") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value s = toy::state(graph, "s", 64);
  SUBCASE("a reader of the old value that needs the new one") {
    const Value updated = toy::absorb(s, x);
    graph.output("y", toy::blend(updated, s));
    CHECK(refusal(graph) ==
          "%2 toy_absorb updates a value in place that %3 toy_blend reads, and cannot run after it; let that read the "
          "updated value");
  }
  SUBCASE("two updates of one value") {
    graph.keep(toy::absorb(s, x));
    graph.keep(toy::absorb(s, toy::rotate(x)));
    CHECK(refusal(graph).find("updates a value in place that") != std::string::npos);
  }
  SUBCASE("an output from before the update") {
    graph.keep(toy::absorb(s, x));
    graph.output("old", toy::view(s, 32, 32));
    CHECK(refusal(graph) ==
          "output \"old\": %2 toy_absorb updates its value in place before it can be read; make the updated value the "
          "output");
  }
  SUBCASE("an update of an input") {
    graph.keep(toy::absorb(x, s));
    CHECK(refusal(graph) ==
          "%2 toy_absorb updates the graph input \"x\" in place; what changes from step to step must be a state");
  }
  SUBCASE("an update that reads what it updates") {
    graph.keep(toy::absorb(s, s));
    CHECK(refusal(graph) ==
          "%2 toy_absorb updates a value in place that it also reads as argument 1; give it two values");
  }
}

TEST_CASE("schedule takes updates of halves, and of updates") {
  Graph graph;
  const Value x = toy::input(graph, "x", 64);
  const Value s = toy::state(graph, "s", 128);
  const Value first = toy::absorb(toy::view(s, 64, 0), x);
  const Value second = toy::absorb(toy::view(s, 64, 64), x);
  const Value again = toy::absorb(first, x);
  graph.keep(again);
  graph.keep(second);
  CHECK(schedule(graph.data()) == std::vector<NodeId>{first.node(), second.node(), again.node()});
}

}  // namespace scoria
