#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("scatter_add_rows_into") {
  OpCheck check("scatter_add_rows_into");
  struct Sizes {
    const char* name;
    std::int64_t row_count, width, rows;
  };
  const Sizes table[] = {{"one of each", 1, 1, 1},
                         {"every row hit", 5, 3, 40},
                         {"two rows", 2, 33, 300},
                         {"most rows keep", 500, 12, 30},
                         {"BERT's width", 40, 768, 25}};
  for (const Sizes& s : table) {
    check.add(s.name,
              [=](OpCase& c) {
                const Value base = scale(c.input({s.row_count, s.width}, normal()), 2.0f);
                const Value rows = c.input_i32({s.rows}, integers(0, static_cast<double>(s.row_count - 1)));
                c.output(scatter_add_rows_into(base, rows, c.input({s.rows, s.width}, normal())));
              },
              {.terms = static_cast<double>(s.rows + 1), .multilinear = true});
  }
  check.add("into a state",
            [](OpCase& c) {
              const Value rows = c.input_i32({50}, integers(-2, 25));
              c.output(scatter_add_rows_into(c.state({20, 6}, integers(1, 9)), rows, c.input({50, 6}, integers(1, 9))));
            },
            {.exact = true});
  check.rejects("x must be f32 [3, 4], a row as wide as base's for each of rows; got f32 [3, 2]", [](OpCase& c) {
    scatter_add_rows_into(c.state({8, 4}, normal()), c.input_i32({3}, integers(0, 7)), c.input({3, 2}, normal()));
  });
  check.run();
}
