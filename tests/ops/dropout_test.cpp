#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("dropout") {
  OpCheck check("dropout");
  const auto add = [&](const char* name, Shape shape, float p, double first_row, std::uint32_t site) {
    check.add(name,
              [=](OpCase& c) {
                const Value x = c.input(shape, normal(0, 2));
                c.output(dropout(x, c.input_u32({4}, {0x9E3779B9u, 7, 1000, first_row}), p, site));
              },
              {.mistrust = p < 0.3f});
  };
  add("one element", {1}, 0.1f, 0, 0);
  add("odd rows, a first row in the middle of a block", {5, 7}, 0.1f, 3, 9);
  add("BERT's hidden state", {16, 768}, 0.1f, 32, 4000000000u);
  add("three axes", {2, 3, 37}, 0.25f, 11, 2);
  add("draws wrap at 2^32", {4, 1001}, 0.1f, 4290000.0, 1);
  add("many workgroups", {130, 517}, 0.1f, 1, 5);
  add("half of all", {33, 65}, 0.5f, 0, 3);
  add("nearly all", {64, 64}, 0.999f, 0, 3);
  add("none", {3, 33}, 0.0f, 0, 3);
  check.rejects("p must be in [0, 1)",
                [](OpCase& c) { dropout(c.input({4}, normal()), c.input_u32({4}, {1}), 1.0f, 0); });
  check.rejects("rng must be u32 [4]",
                [](OpCase& c) { dropout(c.input({4}, normal()), c.input_u32({3}, {1}), 0.1f, 0); });
  check.rejects("x must be f32", [](OpCase& c) { dropout(c.input_u32({4}, {1}), c.input_u32({4}, {1}), 0.1f, 0); });
  check.run();
}
