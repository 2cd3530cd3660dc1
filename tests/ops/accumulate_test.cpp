#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("accumulate") {
  OpCheck check("accumulate");
  for (std::int64_t n : {1, 7, 1024, 70001}) {  // one; odd; a whole group; groups, threads and a rest
    check.add("adds " + std::to_string(n), [n](OpCase& c) {
      c.output(accumulate(c.state({n}, normal()), c.input({n}, normal()), c.input_u32({1}, {1})));
    });
    check.add(
        "forgets " + std::to_string(n),
        [n](OpCase& c) { c.output(accumulate(c.state({n}, normal()), c.input({n}, normal()), c.input_u32({1}, {0}))); },
        {.exact = true});
  }
  check.add("forgets what is not finite",
            [](OpCase& c) {
              c.output(accumulate(c.state({5}, {NAN, INFINITY, -INFINITY, 1, 2}), c.input({5}, normal()),
                                  c.input_u32({1}, {0})));
            },
            {.exact = true});
  check.rejects("x must be f32 [4], as sum is", [](OpCase& c) {
    accumulate(c.state({4}, normal()), c.input({2, 2}, normal()), c.input_u32({1}, {1}));
  });
  check.rejects("keep must be u32 [1]",
                [](OpCase& c) { accumulate(c.state({4}, normal()), c.input({4}, normal()), c.input({1}, normal())); });
  check.run();
}
