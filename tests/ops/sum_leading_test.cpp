#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("sum_leading") {
  OpCheck check("sum_leading");
  struct Sizes {
    Shape x;
    int axes;
  };
  // 65 rows are the first that take two stages, 2100 the first that take three.
  const Sizes table[] = {{{1, 1}, 1},    {{1, 7}, 1},    {{3, 1}, 1},    {{7, 5}, 1},     {{64, 9}, 1},
                         {{65, 9}, 1},   {{100, 33}, 1}, {{2100, 3}, 1}, {{300, 768}, 1}, {{5000, 1}, 1},
                         {{4, 5, 6}, 1}, {{4, 5, 6}, 2}, {{4, 5, 6}, 3}, {{11}, 1},       {{3, 3000}, 1}};
  for (const Sizes& s : table) {
    const auto terms = static_cast<double>(s.x.element_count());
    check.add(s.x.to_string() + " to " + std::to_string(s.axes),
              [=](OpCase& c) { c.output(sum_leading(c.input(s.x, normal()), s.axes)); },
              {.terms = terms, .multilinear = true});
  }
  check.add("whole numbers are exact",
            [](OpCase& c) {
              c.output(sum_leading(c.input({777, 20}, integers(-99, 100))));
            },
            {.exact = true, .multilinear = true});
  check.rejects("axes must be in 1..2, the axes of x [3, 4]; got 3", [](OpCase& c) {
    sum_leading(c.input({3, 4}, normal()), 3);
  });
  check.run();
}
