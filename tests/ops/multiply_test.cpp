#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/binary_cases.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("multiply") {
  OpCheck check("multiply");
  add_binary_cases(check, multiply, normal(), {.multilinear = true});
  check.add("whole numbers are exact",
            [](OpCase& c) {
              c.output(multiply(c.input({7, 130}, integers(1, 1000)), c.input({130}, integers(1, 1000))));
            },
            {.exact = true});
  check.run();
}
