#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("sigmoid_cross_entropy") {
  // exp errs by 3 + x^2 ulp on a device, what is made of it by a few roundings.
  OpCheck check("sigmoid_cross_entropy");
  const auto add = [&](const std::string& name, const Shape& shape, const Fill& logits, const Fill& targets,
                       OpCaseOptions options) {
    options.terms = options.gradient_terms = 4;
    check.add(
        name,
        [=](OpCase& c) { c.output(sigmoid_cross_entropy(c.input(shape, logits), c.input_constant(shape, targets))); },
        options);
  };
  for (const Shape& shape : elementwise_shapes()) {
    add(shape.to_string(), shape, normal(0, 2), integers(0, 1), {.slack_ulps = 20});
  }
  add("soft targets", {500}, normal(0, 2), uniform(0, 1), {.slack_ulps = 20});
  // log of a rounded sigmoid would be log 0 here.
  add("large logits stay finite", {6}, {-1e30, -100, -50, 50, 100, 1e30}, {0, 1, 1, 0, 0, 1},
      {.slack_ulps = 20, .gradient = false, .mistrust = false});
  // e^-|x| is all there is: 1 + e must not swallow it.
  add("sure and right", {400}, uniform(9, 10), constant(1), {.slack_ulps = 120});
  check.rejects("argument 1 must be", [](OpCase& c) {
    c.output(sigmoid_cross_entropy(c.input({3}, normal()), c.input_constant({4}, integers(0, 1))));
  });
  check.run();
}

TEST_CASE("sigmoid_cross_entropy_grad") {
  OpCheck check("sigmoid_cross_entropy_grad");
  for (const Shape& shape : elementwise_shapes()) {
    check.add(shape.to_string(),
              [=](OpCase& c) {
                c.output(sigmoid_cross_entropy_grad(c.input(shape, normal(0, 2)),
                                                    c.input_constant(shape, integers(0, 1)), c.input(shape, normal())));
              },
              {.terms = 4, .slack_ulps = 20});
  }
  check.run();
}
