#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("global_norm") {
  OpCheck check("global_norm");
  const auto add = [&](const char* name, Shape shape, Fill fill, OpCaseOptions options = {}) {
    check.add(
        name, [=](OpCase& c) { c.output(global_norm(c.input(shape, fill))); }, options);
  };
  add("one element", {1}, constant(-3), {.slack_ulps = 4});
  add("odd", {37}, normal(), {.terms = 37});
  add("a matrix", {33, 65}, normal(), {.terms = 33 * 65});
  add("longer than all shares", {300007}, normal(0, 1e-3), {.terms = 300007});
  add("exact: 3, 4 and zeros", {64},
      Fill(std::vector<double>{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                               0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                               0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}),
      {.slack_ulps = 4});
  check.rejects("x must be f32", [](OpCase& c) { global_norm(c.input_u32({4}, {1})); });
  check.run();
}

// What the optimizer relies on: one value that is not finite, or whose square is not, and the step is skipped.
TEST_CASE("global_norm: NaN and infinity reach clip_scale") {
  OpCheck check("clip_scale");
  for (double poison : {double{NAN}, double{INFINITY}, -double{INFINITY}, 1e30}) {
    for (std::size_t at : {0, 1000, 4999}) {
      check.add("one element is " + std::to_string(poison) + " at " + std::to_string(at),
                [=](OpCase& c) {
                  std::vector<double> x(5000, 0.5);
                  x[at] = poison;
                  c.output(clip_scale(global_norm(c.input_constant({5000}, Fill(x))), 1.0f));
                },
                {.magnitude = 1, .mistrust = false});
    }
  }
  check.run();
}
