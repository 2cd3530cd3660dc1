#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("view") {
  OpCheck check("view");
  const OpCaseOptions exact{.exact = true, .multilinear = true};
  check.add(
      "all of it",
      [](OpCase& c) {
        c.output(scale(view(c.input({4, 6}, normal()), {3, 8}), 2.0f));
      },
      exact);
  check.add(
      "a part",
      [](OpCase& c) {
        c.output(scale(view(c.input({100}, normal()), {3, 7}, 11), 2.0f));
      },
      exact);
  check.add(
      "the last element", [](OpCase& c) { c.output(scale(view(c.input({100}, normal()), {}, 99), 2.0f)); }, exact);
  check.add(
      "a view of a view",
      [](OpCase& c) {
        const Value x = c.input({10, 10}, normal());
        c.output(scale(view(view(x, {7, 5}, 20), {4}, 3), 2.0f));
      },
      exact);
  check.add("overlapping views",
            [](OpCase& c) {
              const Value x = c.input({50}, normal());
              c.output(add(view(x, {30}, 0), view(x, {30}, 20)));
            },
            {.exact = false, .multilinear = true});
  check.add("of a computed value",
            [](OpCase& c) {
              const Value x = scale(c.input({64}, normal()), 2.0f);
              c.output(add(view(x, {8, 4}, 32), view(x, {4}, 5)));
            },
            {.multilinear = true});
  check.add("of a state",
            [](OpCase& c) {
              c.output(multiply(view(c.state({256}, normal()), {8, 8}, 64), c.input({8}, normal())));
            },
            {.gradient_terms = 8, .multilinear = true});
  check.add("integers",
            [](OpCase& c) {
              const Value rows = view(c.input_i32({12}, integers(0, 4)), {5}, 6);
              c.output(gather_rows(c.input({5, 3}, normal()), rows));
            },
            {.gradient_terms = 5, .exact = true, .multilinear = true});
  check.rejects("shape [3, 4] from element 1 on must lie inside x [12]", [](OpCase& c) {
    view(c.input({12}, normal()), {3, 4}, 1);
  });
  check.rejects("from element -1 on", [](OpCase& c) { view(c.input({12}, normal()), {3}, -1); });
  check.rejects("every axis must be at least 1; got [0]", [](OpCase& c) { view(c.input({12}, normal()), {0}, 3); });
  check.rejects("reshape: [5] must have as many elements as x [2, 3]", [](OpCase& c) {
    reshape(c.input({2, 3}, normal()), {5});
  });
  check.run();
}
