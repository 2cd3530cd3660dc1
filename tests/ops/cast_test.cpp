#include <doctest/doctest.h>

#include <cmath>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

// Rounding is a staircase: its derivative by differences is 0 or huge, while the rule passes the gradient through.
constexpr OpCaseOptions kExact = {.exact = true, .gradient = false};
constexpr OpCaseOptions kOdd = {.exact = true, .gradient = false, .mistrust = false};

}  // namespace

TEST_CASE("cast") {
  OpCheck check("cast");
  const auto from_f32 = [&](const char* name, Shape shape, Fill fill, DType to, OpCaseOptions options = kExact) {
    check.add(
        name, [=](OpCase& c) { c.output(cast(c.input(shape, fill), to)); }, options);
  };
  const auto and_back = [&](const char* name, Shape shape, Fill fill, DType through) {
    check.add(
        name, [=](OpCase& c) { c.output(cast(cast(c.input(shape, fill), through), DType::f32)); }, kOdd);
  };
  for (DType half : {DType::f16, DType::bf16}) {
    from_f32("one element", {1}, normal(), half);
    from_f32("odd", {3, 7}, normal(), half);
    from_f32("many workgroups", {130, 517}, normal(), half);
    from_f32(
        "ends of the format", {14},
        Fill{65504, 65519, 65520, 1e30, -INFINITY, INFINITY, 6e-8, 2.98e-8, 6.1e-5, -5e-6, 0, -0.0, 3.39e38, 1e-38},
        half, kOdd);
    and_back("there and back", {301}, normal(0, 100), half);
    and_back("small numbers there and back", {301}, normal(0, 1e-6), half);
  }
  from_f32("f32 to f32", {3, 7}, normal(), DType::f32, {.exact = true});
  from_f32("to i32", {12}, Fill{0.9, -0.9, 1.5, -1.5, 2147483520, 2147483648.0, 3e9, -2147483648.0, -3e9, 7, -7, NAN},
           DType::i32, kOdd);
  from_f32("to u32", {10}, Fill{0.9, -0.9, 1.5, 4294967040.0, 4294967296.0, 5e9, -5e9, 2147483648.0, 7, NAN},
           DType::u32, kOdd);
  check.add(
      "from i32", [](OpCase& c) { c.output(cast(c.input_i32({33}, integers(-1e6, 1e6)), DType::f32)); }, kExact);
  check.add(
      "from u32", [](OpCase& c) { c.output(cast(c.input_u32({33}, integers(0, 1e7)), DType::f32)); }, kExact);
  check.add("from large integers, rounded",
            [](OpCase& c) { c.output(cast(c.input_u32({33}, integers(4e9, 4.2e9)), DType::f32)); },
            {.gradient = false});
  check.rejects("one side must be f32; got f16 to bf16",
                [](OpCase& c) { cast(cast(c.input({4}, normal()), DType::f16), DType::bf16); });
  check.run();
}
