#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scoria/autodiff.h"
#include "scoria/error.h"
#include "scoria/ops.h"
#include "scoria/session.h"

using namespace scoria;

namespace {

double run_scalar(Graph& graph, std::string_view output, double x) {
  Session session(Device::open("reference"), graph);
  session.write("x", Tensor::scalar(static_cast<float>(x)));
  session.step();
  return session.read(output).item();
}

}  // namespace

TEST_CASE("a value used twice gets the sum of both gradients") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {1}});
  Value f = add(multiply(x, multiply(x, x)), scale(x, 3));  // x^3 + 3x
  graph.output("df", gradients(f, {{x}}).front());
  CHECK(run_scalar(graph, "df", 2.0) == doctest::Approx(15.0));
}

TEST_CASE("gradients of gradients") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {1}});
  Value df = gradients(multiply(x, multiply(x, x)), {{x}}).front();
  graph.output("ddf", gradients(df, {{x}}).front());  // 6x
  CHECK(run_scalar(graph, "ddf", 2.0) == doctest::Approx(12.0));
}

TEST_CASE("a value the loss does not depend on gets zeros") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {1}});
  Value unused = graph.input("unused", {DType::f32, {2, 3}});
  const std::vector<Value> grads = gradients(scale(x, 2), {{x, unused}});
  REQUIRE(grads[1].shape() == Shape{2, 3});
  graph.output("zero", sum(grads[1]));
  CHECK(run_scalar(graph, "zero", 1.0) == 0.0);
}

TEST_CASE("the loss must have one element") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {3}});
  CHECK_THROWS_WITH_AS(gradients(x, {{x}}),
                       "gradients: the loss must have one element, got f32 [3]; sum or mean it first", Error);
}

TEST_CASE("an op without a gradient is named, with its label") {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {2, 3}});
  Graph::Scope scope(graph, "feed_forward");
  const Value dx = gradients(sum(gelu(x)), {{x}}).front();  // made by gelu_grad, which has no gradient of its own
  std::string message;
  try {
    gradients(sum(dx), {{x}});
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK(message.find("gelu_grad \"feed_forward.grad\"") != std::string::npos);
  CHECK(message.find("is not differentiable: ") != std::string::npos);
}
