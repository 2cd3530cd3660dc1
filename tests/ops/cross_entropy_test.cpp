#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Rows {
  std::int64_t rows, classes;
  Fill logits = normal(0, 2);
  Fill labels = integers(0, 0);
};

}  // namespace

TEST_CASE("cross_entropy") {
  OpCheck check("cross_entropy");
  // `correct` is exact or wrong by 1; loss is a difference of two numbers of the size of the logits, hence magnitude.
  const auto add = [&](const char* name, Rows r, OpCaseOptions options = {}) {
    options.terms = static_cast<double>(r.classes);
    options.slack_ulps = 8;
    options.mistrust = false;
    if (options.magnitude == 0) options.magnitude = 8;
    check.add(
        name,
        [=](OpCase& c) {
          const CrossEntropy ce =
              cross_entropy(c.input({r.rows, r.classes}, r.logits), c.input_i32({r.rows}, r.labels));
          c.output(ce.loss);
          c.output(ce.correct);
        },
        options);
  };
  add("one class", {2, 1});
  add("next sentence: two classes", {7, 2, normal(), integers(0, 1)});
  add("odd, some rows ignored", {5, 37, normal(0, 2), Fill{3, -1, 36, -100, 0}});
  add("all rows ignored", {3, 37, normal(), constant(-1)});
  add("labels that are no class are ignored", {3, 8, normal(), Fill{8, 2147483647, 7}});
  add("just past a group", {3, 1025, normal(0, 3), integers(0, 1024)});
  add("a vocabulary", {3, 30522, normal(0, 2), Fill{17, 30521, 0}}, {.gradient_size_limit = 1});
  add("more rows than a group", {70, 129, normal(), integers(0, 128)});
  add("large logits do not overflow", {2, 65, normal(500, 5), integers(0, 64)}, {.magnitude = 510});
  add("very negative logits do not vanish", {2, 65, normal(-500, 5), integers(0, 64)}, {.magnitude = 510});
  // With ties, `correct` jumps under the smallest change.
  add("all equal: the first is the largest", {3, 70, constant(1.5), Fill{0, 1, 69}}, {.gradient = false});
  add("ties", {64, 40, integers(0, 3), integers(0, 39)}, {.gradient = false});
  add("a masked class", {1, 4, Fill{-INFINITY, 1, 2, 0.5}, Fill{2}}, {.gradient = false});
  check.rejects("logits must be [R, V]",
                [](OpCase& c) { cross_entropy(c.input({4}, normal()), c.input_i32({4}, constant(0))); });
  check.rejects("labels must be i32 [4], one for each row of logits", [](OpCase& c) {
    cross_entropy(c.input({4, 3}, normal()), c.input_i32({3}, constant(0)));
  });
  check.rejects("labels must be i32 [4]", [](OpCase& c) {
    cross_entropy(c.input({4, 3}, normal()), c.input({4}, constant(0)));
  });
  check.run();
}

TEST_CASE("cross_entropy_grad") {
  OpCheck check("cross_entropy_grad");
  const auto add = [&](const char* name, Rows r) {
    check.add(name,
              [=](OpCase& c) {
                c.output(cross_entropy_grad(c.input({r.rows, r.classes}, r.logits), c.input_i32({r.rows}, r.labels),
                                            c.input({r.rows}, uniform(4, 6)), c.input({r.rows}, normal())));
              },
              {.terms = 4, .slack_ulps = 16, .mistrust = false});
  };
  add("odd", {5, 37, normal(), Fill{3, -1, 36, -100, 0}});
  add("several groups a row", {3, 5000, normal(), Fill{4999, 2048, 0}});
  add("an ignored row of infinities stays zero", {2, 40, constant(INFINITY), constant(-1)});
  check.rejects("lse must be f32 [4]", [](OpCase& c) {
    cross_entropy_grad(c.input({4, 3}, normal()), c.input_i32({4}, constant(0)), c.input({3}, normal()),
                       c.input({4}, normal()));
  });
  check.run();
}
