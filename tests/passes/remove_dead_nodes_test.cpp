#include "passes/remove_dead_nodes.h"

#include <doctest/doctest.h>

#include "scoria/ops.h"

namespace scoria {

TEST_CASE("remove_dead_nodes") {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, Shape{4}});
  graph.state("unread", {DType::f32, Shape{8}});
  const Value counter = graph.state("counter", {DType::u32, Shape{1}});
  const Value dead = gelu(x);
  scale(dead, 2.0f);
  const Value y = tanh(x);
  graph.keep(increment(counter));
  graph.output("y", add(y, x));
  CHECK(remove_dead_nodes(graph) == 2);
  graph.verify();
  const std::string expected =
      R"(%0 = input "x" : f32 [4]
%1 = state "unread" : f32 [8]
%2 = state "counter" : u32 [1]
%3 = tanh %0 : f32 [4]
%4 = increment %2 {element: 0} : u32 [1]
%5 = add %3, %0 : f32 [4]
output "y" = %5
keep %4
)";
  CHECK(graph.to_string() == expected);
  CHECK(remove_dead_nodes(graph) == 0);
  CHECK(graph.to_string() == expected);
}

}  // namespace scoria
