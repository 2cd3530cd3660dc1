#include "scoria/graph.h"

#include <doctest/doctest.h>

#include "scoria/error.h"
#include "scoria/ops.h"

using namespace scoria;

namespace {

std::string message_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a graph prints one line a node, with labels") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {2, 3}});
  {
    Graph::Scope layer(graph, "encoder.0");
    Graph::Scope part(graph, "output");
    graph.output("y", scale(x, 2.0f));
  }
  CHECK(graph.to_string() ==
        "%0 = input \"x\" : f32 [2, 3]\n"
        "%1 = scale %0 {factor: 2} : f32 [2, 3]  // encoder.0.output\n"
        "output \"y\" = %1\n");
  graph.verify();
}

TEST_CASE("names are taken once") {
  Graph graph;
  graph.input("x", {DType::f32, {2}});
  CHECK(message_of([&] { graph.input("x", {DType::f32, {2}}); }) ==
        "input \"x\": the graph already has an input or state of this name");
  CHECK(message_of([&] { graph.state("x", {DType::f32, {2}}); }) ==
        "state \"x\": the graph already has an input of this name");
  CHECK(message_of([&] { graph.input("empty", {DType::f32, {2, 0}}); }) ==
        "input \"empty\": every axis must be at least 1; got [2, 0]");
}

TEST_CASE("shapes that cannot be are refused") {
  CHECK(message_of([] { Shape{3, -1}; }) ==
        "shape [3, -1]: sizes must not be negative, nor make more than 2^56 elements");
  CHECK(message_of([] { Shape{1ll << 40, 1ll << 40}; }).find("[1099511627776, 1099511627776]") != std::string::npos);
  CHECK(Shape{1ll << 28, 1ll << 28}.element_count() == Shape::kMostElements);
  CHECK(Shape{7, 0}.element_count() == 0);
}

TEST_CASE("the same state is the same value, another desc is refused") {
  Graph graph;
  Value w = graph.state("w", {DType::f32, {4}});
  CHECK(graph.state("w", {DType::f32, {4}}) == w);
  CHECK(message_of([&] { graph.state("w", {DType::f32, {5}}); }) ==
        "state \"w\": already f32 [4], asked for again as f32 [5]");
}

TEST_CASE("a misuse names op, label, what was expected and what was given") {
  Graph graph;
  Graph other;
  Value x = graph.input("x", {DType::f32, {4, 768}});
  Value gamma = graph.input("gamma", {DType::f32, {512}});
  Value beta = graph.input("beta", {DType::f32, {768}});
  Graph::Scope scope(graph, "encoder.3.attention.out");
  CHECK(message_of([&] { layer_norm(x, gamma, beta); }) ==
        "layer_norm \"encoder.3.attention.out\": gamma must be f32 [768], the last axis of x [4, 768]; got f32 [512]");
  CHECK(message_of([&] { add(x, other.input("x", {DType::f32, {4, 768}})); }) ==
        "add \"encoder.3.attention.out\": argument 1 belongs to another graph; ops take values of one graph");
  CHECK(message_of([&] { graph.keep(other.input("kept", {DType::f32, {1}})); }) ==
        "keep: the value belongs to another graph");
  CHECK(message_of([&] { view(x, {0}); }) ==
        "view \"encoder.3.attention.out\": every axis must be at least 1; got [0]");
  CHECK(message_of([&] { add(x, Value()); }) == "add: argument 1 is absent (a default-made Value)");
}

TEST_CASE("a copy of a graph is independent") {
  Graph graph;
  graph.output("y", graph.input("x", {DType::f32, {2}}));
  Graph copy = graph;
  copy.output("z", Value(&copy, 0, 0));
  CHECK(graph.to_string() != copy.to_string());
}
