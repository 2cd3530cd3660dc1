#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("divide") {
  OpCheck check("divide");
  add_binary_cases(check, divide, positive(), {.slack_ulps = 3});
  check.add("powers of two are exact",
            [](OpCase& c) {
              c.output(divide(c.input({7, 130}, integers(1, 1000)), c.input({130}, Fill{1, 2, 4, 0.5, 0.25})));
            },
            {.exact = true});
  check.run();
}
