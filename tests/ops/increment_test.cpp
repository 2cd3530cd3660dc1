#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("increment") {
  OpCheck check("increment");
  check.add("a lone counter", [](OpCase& c) { c.output(increment(c.state_u32({1}, {41}))); }, {.exact = true});
  check.add("one element of several, the others stay",
            [](OpCase& c) {
              c.output(increment(c.state_u32({4}, {7, 8, 9, 10}), 2));
            },
            {.exact = true});
  check.add("wraps after 2^32 - 1",
            [](OpCase& c) {
              c.output(increment(c.state_u32({2}, {4294967295.0, 5})));
            },
            {.exact = true, .mistrust = false});
  check.add("twice in a step",
            [](OpCase& c) {
              c.output(increment(increment(c.state_u32({3}, {1, 2, 3}), 1), 0));
            },
            {.exact = true});
  check.rejects("counter must be u32", [](OpCase& c) { increment(c.input({1}, normal())); });
  check.rejects("element must be in 0..3", [](OpCase& c) { increment(c.state_u32({4}, {1}), 4); });
  check.rejects("element must be in 0..3", [](OpCase& c) { increment(c.state_u32({4}, {1}), -1); });
  check.run();
}
