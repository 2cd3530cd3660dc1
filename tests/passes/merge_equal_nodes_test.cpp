#include "passes/merge_equal_nodes.h"

#include <doctest/doctest.h>

#include "graph/node.h"
#include "scoria/ops.h"

namespace scoria {

TEST_CASE("merge_equal_nodes") {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, Shape{8}});
  const Value rng = graph.input("rng", {DType::u32, Shape{4}});
  SUBCASE("equal nodes, and the nodes that become equal by that") {
    const Value a = scale(view(x, {4}, 4), 2.0f);
    const Value b = scale(view(x, {4}, 4), 2.0f);
    graph.output("y", add(gelu(a), gelu(b)));
    CHECK(merge_equal_nodes(graph) == 3);
    graph.verify();
    CHECK(graph.to_string() == R"(%0 = input "x" : f32 [8]
%1 = input "rng" : u32 [4]
%2 = view %0 {shape: [4], offset: 4} : f32 [4]
%3 = scale %2 {factor: 2} : f32 [4]
%4 = gelu %3 {tanh: 0} : f32 [4]
%5 = add %4, %4 : f32 [4]
output "y" = %5
)");
  }
  SUBCASE("a dropout of one site is one dropout, of two sites two") {
    graph.output("a", dropout(x, rng, 0.5f, 1));
    graph.output("b", dropout(x, rng, 0.5f, 1));
    graph.output("c", dropout(x, rng, 0.5f, 2));
    CHECK(merge_equal_nodes(graph) == 1);
    CHECK(graph.data().outputs[0].value == graph.data().outputs[1].value);
    CHECK(graph.data().outputs[0].value != graph.data().outputs[2].value);
  }
  SUBCASE("other inputs, other attributes, other order of inputs: not equal") {
    graph.output("a", add(scale(x, 2.0f), scale(x, 3.0f)));
    graph.output("b", divide(tanh(x), gelu(x)));
    graph.output("c", divide(gelu(x), tanh(x)));
    CHECK(merge_equal_nodes(graph) == 2);  // tanh and gelu, and no divide
  }
  SUBCASE("updates, and what is updated, stay apart") {
    const Value keep = graph.input("keep", {DType::u32, Shape{1}});
    const Value one = graph.state("one", {DType::f32, Shape{8}});
    const Value two = graph.state("two", {DType::f32, Shape{8}});
    graph.keep(accumulate(one, gelu(x), keep));
    graph.keep(accumulate(two, gelu(x), keep));
    const Value zeros = full(graph, {8}, 0.0f);
    const Value other_zeros = full(graph, {8}, 0.0f);
    graph.output("a", accumulate(zeros, x, keep));
    graph.output("b", accumulate(other_zeros, gelu(x), keep));
    CHECK(merge_equal_nodes(graph) == 2);  // gelu
  }
  const std::string merged = graph.to_string();
  CHECK(merge_equal_nodes(graph) == 0);
  CHECK(graph.to_string() == merged);
}

}  // namespace scoria
