#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Sizes {
  const char* name;
  std::int64_t row_count, width, rows;
};

const Sizes kSizes[] = {
    {"one of each", 1, 1, 1},
    {"every row hit", 5, 3, 40},
    {"token types", 2, 33, 300},  // parts of the host and of the device
    {"sixteen rows, the most in parts", 16, 8, 200},
    {"seventeen rows, the first in chains", 17, 8, 200},
    {"positions", 24, 20, 240},    // every row as often as another
    {"few of many", 500, 12, 30},  // most rows not hit
    {"BERT's width", 40, 768, 25},
    {"one wide", 50, 1, 333},
};

Fill ids(const Sizes& s) { return integers(0, static_cast<double>(s.row_count - 1)); }

}  // namespace

TEST_CASE("scatter_add_rows") {
  OpCheck check("scatter_add_rows");
  for (const Sizes& s : kSizes) {
    check.add(
        s.name,
        [=](OpCase& c) {
          c.output(scatter_add_rows(c.input_i32({s.rows}, ids(s)), c.input({s.rows, s.width}, normal()), s.row_count));
        },
        {.terms = static_cast<double>(s.rows), .multilinear = true, .mistrust = s.rows > 2 * s.row_count});
  }
  check.add("whole numbers are exact",
            [](OpCase& c) {
              c.output(scatter_add_rows(c.input_i32({200}, integers(0, 30)), c.input({200, 7}, integers(1, 9)), 31));
            },
            {.exact = true});
  check.add("all into one row",
            [](OpCase& c) {
              c.output(scatter_add_rows(c.input_i32({150}, constant(18)), c.input({150, 5}, integers(1, 9)), 20));
            },
            {.exact = true, .mistrust = false});
  check.add("a chain from row 0 to the last",
            [](OpCase& c) {
              c.output(scatter_add_rows(c.input_i32({4}, {19, 3, 4, 19}), c.input({4, 5}, normal()), 20));
            },
            {.terms = 2, .mistrust = false});
  for (const std::int64_t count : {3, 20}) {
    check.add("rows outside are left out, of " + std::to_string(count),
              [=](OpCase& c) {
                const Value rows = c.input_i32({200}, integers(-3, 25));
                c.output(scatter_add_rows(rows, c.input({200, 6}, normal()), count));
              },
              {.terms = 200, .multilinear = true});
  }
  check.rejects("x must be [3, n], a row for each of rows [3]; got [4, 2]", [](OpCase& c) {
    scatter_add_rows(c.input_i32({3}, integers(0, 7)), c.input({4, 2}, normal()), 8);
  });
  check.rejects("row_count must be at least 1; got 0", [](OpCase& c) {
    scatter_add_rows(c.input_i32({3}, integers(0, 7)), c.input({3, 2}, normal()), 0);
  });
  check.run();
}
