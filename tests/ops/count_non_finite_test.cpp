#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("count_non_finite") {
  OpCheck check("count_non_finite");
  // Where the value is finite, half of the result is the 0 that is to be shown.
  const auto add = [&](const char* name, double x) {
    check.add(name,
              [=](OpCase& c) {
                c.output(count_non_finite(c.state_u32({2}, {7, 3}), c.input({1}, {x})));
              },
              {.exact = true, .mistrust = false});
  };
  add("a finite value ends the row", 12.5);
  add("the largest finite value", 3.4028234e38);
  add("zero", 0);
  add("infinity", INFINITY);
  add("minus infinity", -INFINITY);
  add("NaN", NAN);
  check.rejects("counter must be u32 [2]",
                [](OpCase& c) { count_non_finite(c.state_u32({1}, {0}), c.input({1}, {1})); });
  check.rejects("x must be f32 [1]", [](OpCase& c) { count_non_finite(c.state_u32({2}, {0}), c.input({2}, {1})); });
  check.run();
}
