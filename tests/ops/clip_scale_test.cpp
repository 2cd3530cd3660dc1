#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("clip_scale") {
  OpCheck check("clip_scale");
  const auto add = [&](const char* name, double norm, float max_norm, OpCaseOptions options = {}) {
    check.add(
        name, [=](OpCase& c) { c.output(clip_scale(c.input({1}, {norm}), max_norm)); }, options);
  };
  add("a long gradient is shortened", 12.5, 1.0f);
  add("a short one stays", 0.25, 1.0f, {.exact = true});
  add("just at the norm", 1.0, 1.0f);
  add("zero", 0.0, 1.0f, {.exact = true});
  add("infinite max_norm never clips", 1e30, INFINITY, {.exact = true});
  add("an infinite norm gives 0", INFINITY, 1.0f, {.exact = true, .mistrust = false});
  add("NaN gives 0", NAN, 1.0f, {.exact = true, .mistrust = false});
  check.rejects("max_norm must be positive", [](OpCase& c) { clip_scale(c.input({1}, {1}), 0.0f); });
  check.rejects("norm must be f32 [1]", [](OpCase& c) { clip_scale(c.input({2}, {1}), 1.0f); });
  check.run();
}
