#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("scale") {
  OpCheck check("scale");
  for (const Shape& shape : elementwise_shapes()) {
    check.add(shape.to_string(), [=](OpCase& c) { c.output(scale(c.input(shape, normal()), -0.37f)); });
  }
  check.add("long, with a rest", [](OpCase& c) { c.output(scale(c.input({131, 1003}, normal()), -0.37f)); });
  check.add("in place", [](OpCase& c) { c.output(scale(scale(c.input({300}, normal()), 3.0f), 0.125f)); });
  check.add("to nothing", [](OpCase& c) { c.output(scale(c.input({300}, normal()), 0.0f)); },
            {.exact = true, .mistrust = false});
  check.rejects("argument 0 must be f32", [](OpCase& c) { scale(c.input_i32({4}, integers(0, 3)), 2.0f); });
  check.run();
}
