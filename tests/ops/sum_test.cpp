#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("sum") {
  OpCheck check("sum");
  // 65 takes a fold, 2049 the fold to 1024 columns, 70000 all stages.
  for (const std::int64_t n : {1, 2, 7, 64, 65, 1000, 2048, 2049, 5000, 70000}) {
    check.add(std::to_string(n), [=](OpCase& c) { c.output(sum(c.input({n}, normal(1, 1)))); },
              {.terms = static_cast<double>(n), .gradient_terms = 1, .multilinear = true});
  }
  check.add("several axes",
            [](OpCase& c) {
              c.output(sum(c.input({3, 4, 5}, normal(1, 1))));
            },
            {.terms = 60, .multilinear = true});
  check.add("a scalar", [](OpCase& c) { c.output(sum(c.input({}, normal(1, 1)))); }, {.multilinear = true});
  check.add("whole numbers are exact", [](OpCase& c) { c.output(sum(c.input({4096}, integers(-99, 100)))); },
            {.exact = true, .multilinear = true});
  // mean is sum and scale. A power of two divides exactly.
  check.add("mean of whole numbers is exact", [](OpCase& c) { c.output(mean(c.input({4096}, integers(-99, 100)))); },
            {.exact = true, .multilinear = true});
  check.add("mean of several axes",
            [](OpCase& c) {
              c.output(mean(c.input({3, 4, 5}, normal(1, 1))));
            },
            {.terms = 60, .multilinear = true});
  check.rejects("x must be f32; got i32 [4]", [](OpCase& c) { sum(c.input_i32({4}, integers(0, 3))); });
  check.run();
}
