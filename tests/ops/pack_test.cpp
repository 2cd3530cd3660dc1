#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

TEST_CASE("pack") {
  OpCheck check("pack");
  const OpCaseOptions exact{.exact = true, .gradient = false};
  // Parts at multiples of 64 elements are computed in place, the others are copied.
  check.add(
      "parts in place, gaps kept",
      [](OpCase& c) {
        const Value flat = c.state({512}, normal());
        const Value parts[] = {scale(c.input({3, 5}, normal()), 2.0f), scale(c.input({64}, normal()), 4.0f),
                               scale(c.input({70}, normal()), 0.5f)};
        const std::int64_t offsets[] = {0, 64, 256};
        c.output(pack(flat, parts, offsets));
      },
      exact);
  check.add(
      "parts that start anywhere",
      [](OpCase& c) {
        const Value flat = c.state({300}, normal());
        const Value parts[] = {scale(c.input({7}, normal()), 2.0f), scale(c.input({100}, normal()), 4.0f)};
        const std::int64_t offsets[] = {293, 13};
        c.output(pack(flat, parts, offsets));
      },
      exact);
  check.add(
      "inputs as parts",
      [](OpCase& c) {
        const Value flat = c.state({128}, normal());
        const Value parts[] = {c.input({64}, normal()), c.input({64}, normal())};
        const std::int64_t offsets[] = {64, 0};
        c.output(pack(flat, parts, offsets));
      },
      exact);
  check.add(
      "one value twice",
      [](OpCase& c) {
        const Value flat = c.state({128}, normal());
        const Value x = scale(c.input({64}, normal()), 2.0f);
        const Value parts[] = {x, x};
        const std::int64_t offsets[] = {0, 64};
        c.output(pack(flat, parts, offsets));
      },
      exact);
  check.add(
      "a part that others read too",
      [](OpCase& c) {
        const Value flat = c.state({128}, normal());
        const Value x = scale(c.input({64}, normal()), 2.0f);
        const Value parts[] = {x};
        const std::int64_t offsets[] = {64};
        c.output(pack(flat, parts, offsets));
        c.output(scale(x, 2.0f));
      },
      exact);
  check.add(
      "a part longer than a workgroup's share",
      [](OpCase& c) {
        const Value flat = c.state({5000}, normal());
        const Value parts[] = {scale(c.input({4321}, normal()), 2.0f)};
        const std::int64_t offsets[] = {100};
        c.output(pack(flat, parts, offsets));
      },
      exact);
  check.rejects("part 1 [8] at 60 must lie inside flat [64]", [](OpCase& c) {
    const Value parts[] = {c.input({8}, normal()), c.input({8}, normal())};
    const std::int64_t offsets[] = {0, 60};
    pack(c.state({64}, normal()), parts, offsets);
  });
  check.rejects("parts must not overlap; part 1 at 4 ends at 12, part 0 starts at 8", [](OpCase& c) {
    const Value parts[] = {c.input({8}, normal()), c.input({8}, normal())};
    const std::int64_t offsets[] = {8, 4};
    pack(c.state({64}, normal()), parts, offsets);
  });
  check.rejects("flat must have one axis", [](OpCase& c) {
    const Value parts[] = {c.input({8}, normal())};
    const std::int64_t offsets[] = {8};
    pack(c.state({8, 8}, normal()), parts, offsets);
  });
  check.run();
}
