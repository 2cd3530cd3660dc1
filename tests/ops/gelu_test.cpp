#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("gelu") {
  for (const GeluForm form : {GeluForm::Erf, GeluForm::Tanh}) {
    OpCheck check("gelu");
    for (const Shape& shape : elementwise_shapes()) {
      check.add(shape.to_string(), [=](OpCase& c) { c.output(gelu(c.input(shape, normal(0, 2)), form)); },
                {.slack_ulps = 8});
    }
    check.add("around zero", [=](OpCase& c) { c.output(gelu(c.input({500}, normal(0, 1e-3)), form)); },
              {.slack_ulps = 8});
    // Not 1 + erf, which cancels: -4e-5 must come out with its digits. Each element is a row of its own.
    check.add("the lower tail keeps its digits",
              [=](OpCase& c) {
                c.output(gelu(c.input({500, 1}, uniform(-5, -3)), form));
              },
              {.slack_ulps = 60, .gradient = false});
    check.add("large arguments stay finite",
              [=](OpCase& c) {
                c.output(gelu(c.input({6}, {-1e30, -100, -50, 50, 100, 1e30}), form));
              },
              {.slack_ulps = 8, .gradient = false, .mistrust = false});
    check.add("in place", [=](OpCase& c) { c.output(gelu(scale(c.input({300}, normal()), 0.5f), form)); },
              {.slack_ulps = 8});
    check.run();
  }
}

TEST_CASE("gelu_grad") {
  for (const GeluForm form : {GeluForm::Erf, GeluForm::Tanh}) {
    OpCheck check("gelu_grad");
    for (const Shape& shape : elementwise_shapes()) {
      check.add(shape.to_string(),
                [=](OpCase& c) { c.output(gelu_grad(c.input(shape, normal(0, 2)), c.input(shape, normal()), form)); },
                {.slack_ulps = 8});
    }
    check.add("large arguments stay finite",
              [=](OpCase& c) {
                c.output(gelu_grad(c.input({6}, {-1e30, -100, -50, 50, 100, 1e30}), c.input({6}, positive()), form));
              },
              {.slack_ulps = 8, .mistrust = false});
    check.add(
        "in place of dy",
        [=](OpCase& c) { c.output(gelu_grad(c.input({300}, normal()), scale(c.input({300}, normal()), 0.5f), form)); },
        {.slack_ulps = 8});
    check.rejects("argument 1 must be [3, 4], as argument 0; got [4, 3]", [=](OpCase& c) {
      gelu_grad(c.input({3, 4}, normal()), c.input({4, 3}, normal()), form);
    });
    check.run();
  }
}
