#include <doctest/doctest.h>

#include <vector>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

using enum Activation;

/// The kinds that activate() makes nodes of its own for.
struct Kind {
  Activation activation;
  const char* name;
  bool half_zero;  ///< zero for half of all inputs: fill with what mostly passes
};

/// A slope is the sum of two terms of about that, and near its root less than either. Lower tails are tested apart.
constexpr double kTerms = 0.1;

constexpr Kind kKinds[] = {{Gelu10, "gelu_10", false},
                           {QuickGelu, "quick_gelu", false},
                           {Relu, "relu", true},
                           {Relu2, "relu2", true},
                           {Relu6, "relu6", true},
                           {LeakyRelu, "leaky_relu", false},
                           {Silu, "silu", false},
                           {HardSwish, "hardswish", true},
                           {Mish, "mish", false},
                           {Sigmoid, "sigmoid", false},
                           {Activation::Laplace, "laplace", false}};

Fill filling(const Kind& kind) { return normal(kind.half_zero ? 2 : 0, 2); }

}  // namespace

TEST_CASE("activate") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const Activation a = kind.activation;
    OpCheck check("activate");
    for (const Shape& shape : elementwise_shapes()) {
      check.add(shape.to_string(), [=](OpCase& c) { c.output(activate(c.input(shape, filling(kind)), a)); },
                {.slack_ulps = 16, .magnitude = kTerms});
    }
    check.add("around zero", [=](OpCase& c) { c.output(activate(c.input({500}, normal(0, 1e-3)), a)); },
              {.slack_ulps = 16, .gradient = false, .mistrust = false});
    check.add("large arguments stay finite",
              [=](OpCase& c) {
                c.output(activate(c.input({8}, {-1e15, -1000, -100, -50, 50, 100, 1000, 1e15}), a));
              },
              {.slack_ulps = 60, .gradient = false, .mistrust = false});
    check.add("in place", [=](OpCase& c) { c.output(activate(scale(c.input({300}, filling(kind)), 0.5f), a)); },
              {.slack_ulps = 16, .magnitude = kTerms});
    check.run();
  }
}

TEST_CASE("activate: lower tails keep their digits") {
  for (const Activation a : {QuickGelu, Silu, Mish, Sigmoid}) {
    OpCheck check("activate");
    check.add("tail",
              [=](OpCase& c) {
                c.output(activate(c.input({500, 1}, uniform(-20, -5)), a));
              },
              {.slack_ulps = 60, .gradient = false});
    check.run();
  }
  OpCheck check("activate");  // z = (x - 0.7) / 0.28 down to -13, and e^(-z^2 / 2) loses z^2 ulp
  check.add("tail",
            [=](OpCase& c) {
              c.output(activate(c.input({500, 1}, uniform(-3, -1)), Activation::Laplace));
            },
            {.slack_ulps = 250, .gradient = false});
  check.run();
}

TEST_CASE("activate_grad") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const Activation a = kind.activation;
    OpCheck check("activate_grad");
    for (const Shape& shape : elementwise_shapes()) {
      check.add(shape.to_string(),
                [=](OpCase& c) { c.output(activate_grad(c.input(shape, filling(kind)), c.input(shape, normal()), a)); },
                {.slack_ulps = 16, .magnitude = kTerms});
    }
    check.add("kinks and large arguments",
              [=](OpCase& c) {
                c.output(activate_grad(c.input({10}, {-1e15, -100, -3.5, -50, 0, 0, 50, 6.5, 100, 1e15}),
                                       c.input({10}, positive()), a));
              },
              {.slack_ulps = 60, .mistrust = false});
    check.add("in place of dy",
              [=](OpCase& c) {
                c.output(activate_grad(c.input({300}, filling(kind)), scale(c.input({300}, normal()), 0.5f), a));
              },
              {.slack_ulps = 16, .magnitude = kTerms});
    check.rejects("argument 1 must be [3, 4], as argument 0; got [4, 3]", [=](OpCase& c) {
      activate_grad(c.input({3, 4}, normal()), c.input({4, 3}, normal()), a);
    });
    check.run();
  }
}

TEST_CASE("activate: gelu, tanh and the identity are what they were") {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {4}});
  graph.output("a", activate(x, Gelu));
  graph.output("b", activate(x, GeluTanh));
  graph.output("c", activate(x, Activation::Tanh));
  CHECK(graph.to_string().find("activate") == std::string::npos);
  CHECK(activate(x, Linear).desc().shape == x.desc().shape);
}
