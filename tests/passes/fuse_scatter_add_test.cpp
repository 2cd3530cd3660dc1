#include "passes/fuse_scatter_add.h"

#include <doctest/doctest.h>

#include "scoria/ops.h"

namespace scoria {
namespace {

struct Table {
  Graph graph;
  Value rows = graph.input("rows", {DType::i32, Shape{3}});
  Value x = graph.input("x", {DType::f32, Shape{3, 4}});
  Value a = graph.input("a", {DType::f32, Shape{5, 4}});

  Value scattered() { return scatter_add_rows(rows, x, 5); }

  void expect_unchanged() {
    const std::string before = graph.to_string();
    CHECK(fuse_scatter_add(graph) == 0);
    CHECK(graph.to_string() == before);
  }
};

}  // namespace

TEST_CASE("fuse_scatter_add: rows are added into the other operand") {
  for (const bool scattered_first : {true, false}) {
    Table table;
    const Value base = tanh(table.a);
    const Value rows = table.scattered();
    {
      const Graph::Scope scope(table.graph, "embeddings.grad");
      table.graph.output("y", scattered_first ? add(rows, base) : add(base, rows));
    }
    CHECK(fuse_scatter_add(table.graph) == 1);
    table.graph.verify();
    CHECK(table.graph.to_string() == R"(%0 = input "rows" : i32 [3]
%1 = input "x" : f32 [3, 4]
%2 = input "a" : f32 [5, 4]
%3 = tanh %2 : f32 [5, 4]
%4 = scatter_add_rows_into %3, %0, %1 : f32 [5, 4]  // embeddings.grad
output "y" = %4
)");
    table.expect_unchanged();
  }
}

TEST_CASE("fuse_scatter_add: what must stay as it is") {
  Table table;
  SUBCASE("the other operand is an input") {
    table.graph.output("y", add(table.a, table.scattered()));
    table.expect_unchanged();
  }
  SUBCASE("the other operand is part of a state") {
    const Value state = table.graph.state("s", {DType::f32, Shape{64}});
    table.graph.output("y", add(view(state, {5, 4}, 0), table.scattered()));
    table.expect_unchanged();
  }
  SUBCASE("the other operand has another user") {
    const Value base = tanh(table.a);
    table.graph.output("y", add(base, table.scattered()));
    table.graph.output("base", base);
    table.expect_unchanged();
  }
  SUBCASE("the scattered rows have another user") {
    const Value rows = table.scattered();
    table.graph.output("y", add(tanh(table.a), rows));
    table.graph.output("rows", rows);
    table.expect_unchanged();
  }
}

TEST_CASE("fuse_scatter_add: of two scatters one is added into the other") {
  Table table;
  table.graph.output("y", add(table.scattered(), scatter_add_rows(table.rows, tanh(table.x), 5)));
  CHECK(fuse_scatter_add(table.graph) == 1);
  table.graph.verify();
  table.expect_unchanged();
}

}  // namespace scoria
