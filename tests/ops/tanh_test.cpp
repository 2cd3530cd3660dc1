#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("tanh") {
  // y is within 4 ulp (slack_ulps) and rounded; in 1 - y^2 that error stays where the difference cancels, as
  // 2 |y| (4 + 1/2) eps = 9 eps. The gradient's bound is 4 sqrt(gradient_terms) eps: 16 terms are the least power of
  // four that covers it.
  OpCheck check("tanh");
  for (const Shape& shape : elementwise_shapes()) {
    check.add(shape.to_string(), [=](OpCase& c) { c.output(tanh(c.input(shape, normal(0, 2)))); },
              {.gradient_terms = 16, .slack_ulps = 4});
  }
  check.add("tiny", [](OpCase& c) { c.output(tanh(c.input({500}, normal(0, 1e-4)))); },
            {.gradient_terms = 16, .slack_ulps = 4});
  check.add("around the seam of the two formulas",
            [](OpCase& c) { c.output(tanh(c.input({500}, uniform(0.6, 0.65)))); },
            {.gradient_terms = 16, .slack_ulps = 4});
  // sinh / cosh, by which Vulkan defines tanh, overflows from 89 on.
  check.add("large arguments stay finite",
            [](OpCase& c) {
              c.output(tanh(c.input({6}, {-1e30, -100, -50, 50, 100, 1e30})));
            },
            {.slack_ulps = 4, .gradient = false});
  check.add("in place", [](OpCase& c) { c.output(tanh(scale(c.input({300}, normal()), 0.5f))); },
            {.gradient_terms = 16, .slack_ulps = 4});
  check.run();
}

TEST_CASE("tanh_grad") {
  OpCheck check("tanh_grad");
  for (const Shape& shape : elementwise_shapes()) {
    check.add(shape.to_string(),
              [=](OpCase& c) { c.output(tanh_grad(c.input(shape, uniform(-1, 1)), c.input(shape, normal()))); },
              {.terms = 4});
  }
  check.add("saturated",
            [](OpCase& c) {
              c.output(tanh_grad(c.input({4}, {0.999999, -0.999999, 0.99999994, 0.5}), c.input({4}, positive())));
            },
            {.terms = 4});
  check.run();
}
