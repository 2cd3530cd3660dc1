#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("gather_rows") {
  OpCheck check("gather_rows");
  struct Sizes {
    std::int64_t row_count, width, rows;
  };
  const Sizes table[] = {{1, 1, 1}, {5, 3, 7}, {2, 16, 40}, {100, 33, 21}, {30, 768, 5}, {7, 1, 300}, {513, 8, 64}};
  for (const Sizes& s : table) {
    check.add(
        Shape{s.row_count, s.width, s.rows}.to_string(),
        [=](OpCase& c) {
          const double last = static_cast<double>(s.row_count - 1);
          c.output(gather_rows(c.input({s.row_count, s.width}, normal()), c.input_i32({s.rows}, integers(0, last))));
        },
        {.gradient_terms = static_cast<double>(s.rows),
         .exact = true,
         .multilinear = true,
         .mistrust = s.rows > 2 * s.row_count});
  }
  // Such ids would read other memory, or crash; they are the caller's mistake, found too late to be an error.
  check.add(
      "rows outside the table read row 0",
      [](OpCase& c) {
        c.output(gather_rows(c.input({5, 4}, normal()), c.input_i32({6}, {-1, 5, 4, 0, 2147483647, -2147483648.0})));
      },
      {.exact = true, .gradient = false});
  check.rejects("table must have two axes; got [8]",
                [](OpCase& c) { gather_rows(c.input({8}, normal()), c.input_i32({3}, integers(0, 7))); });
  check.rejects("rows must be i32; got f32 [3]", [](OpCase& c) {
    gather_rows(c.input({8, 2}, normal()), c.input({3}, normal()));
  });
  check.rejects("rows must have one axis; got [1, 3]", [](OpCase& c) {
    gather_rows(c.input({8, 2}, normal()), c.input_i32({1, 3}, integers(0, 7)));
  });
  check.run();
}
