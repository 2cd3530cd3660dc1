#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("place") {
  OpCheck check("place");
  const OpCaseOptions exact{.exact = true, .multilinear = true};
  check.add(
      "in the middle",
      [](OpCase& c) {
        c.output(place(c.input({9, 9}, normal()), {100}, 7));
      },
      exact);
  check.add(
      "at the start", [](OpCase& c) { c.output(place(c.input({1100}, normal()), {1500}, 0)); }, exact);
  check.add(
      "at the end", [](OpCase& c) { c.output(place(c.input({1100}, normal()), {1500}, 400)); }, exact);
  check.add(
      "all of it",
      [](OpCase& c) {
        c.output(place(c.input({6, 4}, normal()), {4, 6}, 0));
      },
      exact);
  check.add("one element among many",
            [](OpCase& c) {
              c.output(place(c.input({}, normal()), {5, 7}, 34));
            },
            {.exact = true, .multilinear = true, .mistrust = false});
  check.rejects("x [10] at element 3 must lie inside shape [12]",
                [](OpCase& c) { place(c.input({10}, normal()), {12}, 3); });
  check.run();
}
