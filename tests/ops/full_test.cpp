#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("full") {
  OpCheck check("full");
  for (const Shape& shape : elementwise_shapes()) {
    check.add(shape.to_string(), [=](OpCase& c) {
      const Value x = c.input(shape, normal());
      c.output(full(x.graph(), shape, -2.5f));
      c.output(add(x, full(x.graph(), shape, 1.5f)));
    });
  }
  check.rejects("every axis must be at least 1; got [3, 0]", [](OpCase& c) { full(c.graph(), {3, 0}, 1.0f); });
  check.run();
}
