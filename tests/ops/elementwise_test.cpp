#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

using Binary = Value (*)(Value, Value);

// Cases that add, multiply and divide share: shapes of a and b, and what they are for.
void add_binary_cases(OpCheck& check, Binary op, const Fill& divisor, const OpCaseOptions& options) {
  struct Shapes {
    const char* name;
    Shape a, b;
  };
  const Shapes table[] = {
      {"one element", {1}, {1}},
      {"scalar", {}, {}},
      {"odd", {3, 7}, {3, 7}},
      {"just under a workgroup's share", {1023}, {1023}},
      {"a workgroup's share", {1024}, {1024}},
      {"just over", {1025}, {1025}},
      {"several workgroups and a rest", {5, 777}, {5, 777}},
      {"last axis", {5, 7}, {7}},
      {"last axis, blocks", {6, 256}, {256}},
      {"last axis, whole subgroups", {9, 24}, {24}},
      {"last two axes", {3, 4, 5}, {4, 5}},
      {"bias of BERT's width", {12, 768}, {768}},
      {"repeats longer than a workgroup's share", {3, 1100}, {1100}},
      {"one repeated element", {37, 5}, {1}},
      {"scalar repeated", {37, 5}, {}},
      {"one element with axes", {4, 5}, {1, 1}},
      {"column of ones", {4, 1}, {1}},
  };
  for (const Shapes& s : table) {
    OpCaseOptions one = options;
    one.gradient_terms = static_cast<double>(s.a.element_count());
    check.add(
        s.name, [=](OpCase& c) { c.output(op(c.input(s.a, normal()), c.input(s.b, divisor))); }, one);
  }
  OpCaseOptions chained = options;
  chained.terms = 3;
  check.add(
      "in place of either argument",
      [=](OpCase& c) {
        const Value a = c.input({9, 130}, normal()), b = c.input({9, 130}, divisor);
        c.output(op(scale(a, 2.0f), b));
        c.output(op(a, scale(b, 2.0f)));
      },
      chained);
  check.add(
      "the same value twice",
      [=](OpCase& c) {
        const Value a = c.input({4, 33}, divisor);
        c.output(op(a, a));
      },
      chained);
  check.rejects("b must have the shape of a [3, 4], its last axes, or one element; got [3]", [=](OpCase& c) {
    op(c.input({3, 4}, normal()), c.input({3}, normal()));
  });
  check.rejects("argument 1 must be f32; got i32 [4]", [=](OpCase& c) {
    op(c.input({3, 4}, normal()), c.input_i32({4}, integers(0, 3)));
  });
  check.rejects("argument 1 is absent", [=](OpCase& c) { op(c.input({3, 4}, normal()), Value()); });
}

const std::vector<Shape> kShapes = {{1}, {}, {3, 7}, {255}, {256}, {257}, {1024}, {1025}, {2, 3, 5, 7}, {11, 768}};

}  // namespace

TEST_CASE("add") {
  OpCheck check("add");
  add_binary_cases(check, add, normal(), {.multilinear = true});
  check.add("whole numbers are exact",
            [](OpCase& c) {
              c.output(add(c.input({7, 130}, integers(-1000, 1000)), c.input({130}, integers(1, 1000))));
            },
            {.exact = true});
  check.run();
}

TEST_CASE("multiply") {
  OpCheck check("multiply");
  add_binary_cases(check, multiply, normal(), {.multilinear = true});
  check.add("whole numbers are exact",
            [](OpCase& c) {
              c.output(multiply(c.input({7, 130}, integers(1, 1000)), c.input({130}, integers(1, 1000))));
            },
            {.exact = true});
  check.run();
}

TEST_CASE("divide") {
  OpCheck check("divide");
  add_binary_cases(check, divide, positive(), {.slack_ulps = 3});
  check.add("powers of two are exact",
            [](OpCase& c) {
              c.output(divide(c.input({7, 130}, integers(1, 1000)), c.input({130}, Fill{1, 2, 4, 0.5, 0.25})));
            },
            {.exact = true});
  check.run();
}

TEST_CASE("scale") {
  OpCheck check("scale");
  for (const Shape& shape : kShapes) {
    check.add(shape.to_string(), [=](OpCase& c) { c.output(scale(c.input(shape, normal()), -0.37f)); });
  }
  check.add("in place", [](OpCase& c) { c.output(scale(scale(c.input({300}, normal()), 3.0f), 0.125f)); });
  check.add("to nothing", [](OpCase& c) { c.output(scale(c.input({300}, normal()), 0.0f)); },
            {.exact = true, .mistrust = false});
  check.rejects("argument 0 must be f32", [](OpCase& c) { scale(c.input_i32({4}, integers(0, 3)), 2.0f); });
  check.run();
}

TEST_CASE("tanh") {
  OpCheck check("tanh");
  for (const Shape& shape : kShapes) {
    check.add(shape.to_string(), [=](OpCase& c) { c.output(tanh(c.input(shape, normal(0, 2)))); }, {.slack_ulps = 4});
  }
  check.add("tiny", [](OpCase& c) { c.output(tanh(c.input({500}, normal(0, 1e-4)))); }, {.slack_ulps = 4});
  check.add("around the seam of the two formulas",
            [](OpCase& c) { c.output(tanh(c.input({500}, uniform(0.6, 0.65)))); }, {.slack_ulps = 4});
  // sinh / cosh, by which Vulkan defines tanh, overflows from 89 on.
  check.add("large arguments stay finite",
            [](OpCase& c) {
              c.output(tanh(c.input({6}, {-1e30, -100, -50, 50, 100, 1e30})));
            },
            {.slack_ulps = 4, .gradient = false});
  check.add("in place", [](OpCase& c) { c.output(tanh(scale(c.input({300}, normal()), 0.5f))); }, {.slack_ulps = 4});
  check.run();
}

TEST_CASE("gelu") {
  for (const GeluForm form : {GeluForm::Erf, GeluForm::Tanh}) {
    OpCheck check("gelu");
    for (const Shape& shape : kShapes) {
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
    for (const Shape& shape : kShapes) {
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

TEST_CASE("tanh_grad") {
  OpCheck check("tanh_grad");
  for (const Shape& shape : kShapes) {
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

TEST_CASE("full") {
  OpCheck check("full");
  for (const Shape& shape : kShapes) {
    check.add(shape.to_string(), [=](OpCase& c) {
      const Value x = c.input(shape, normal());
      c.output(full(x.graph(), shape, -2.5f));
      c.output(add(x, full(x.graph(), shape, 1.5f)));
    });
  }
  check.rejects("every axis must be at least 1; got [3, 0]", [](OpCase& c) { full(c.graph(), {3, 0}, 1.0f); });
  check.run();
}
