#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("argmax_rows") {
  OpCheck check("argmax_rows");
  const auto add = [&](const char* name, Shape shape, Fill fill, OpCaseOptions options = {.exact = true}) {
    check.add(
        name, [=](OpCase& c) { c.output(argmax_rows(c.input(shape, fill))); }, options);
  };
  add("one", {1, 1}, normal(), {.exact = true, .mistrust = false});
  add("two classes", {67, 2}, normal(), {.exact = true, .mistrust = false});
  add("odd", {5, 37}, normal());
  add("a vocabulary", {3, 30522}, normal());
  add("all equal: the first", {4, 100}, constant(2), {.exact = true, .mistrust = false});
  add("ties", {40, 100}, integers(0, 3), {.exact = true, .mistrust = false});
  add("all negative", {4, 100}, uniform(-9, -8));
  add("infinities", {1, 40}, Fill{-INFINITY, -INFINITY, 3, INFINITY}, {.exact = true, .mistrust = false});
  add("nothing but -infinity", {2, 40}, constant(-INFINITY), {.exact = true, .mistrust = false});
  add("NaN loses", {2, 64}, Fill{NAN, 1, 2, 1}, {.exact = true, .mistrust = false});
  check.rejects("x must be [R, n]", [](OpCase& c) { argmax_rows(c.input({4}, normal())); });
  check.rejects("x must be f32", [](OpCase& c) { argmax_rows(c.input_i32({4, 4}, integers(0, 3))); });
  check.run();
}
