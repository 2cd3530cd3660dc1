#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Sizes {
  Shape scores;
  std::vector<double> lengths;
};

const Sizes kSizes[] = {
    {{1, 1}, {1}},                  // probability 1
    {{2, 3, 5, 5}, {5, 4}},         // odd
    {{3, 2, 8, 8}, {8, 7, 6}},      // as wide as a subgroup of llvmpipe
    {{2, 2, 17, 17}, {17, 13}},     // one past
    {{2, 1, 33, 128}, {128, 100}},  // BERT's
    {{2, 5, 100}, {71, 100}},       // three axes
};

// In dy - sum(y dy) the rounding of y, that of an exp, stays where the difference cancels.
OpCaseOptions options_for(const Sizes& s) {
  const auto n = static_cast<double>(s.scores[-1]);
  return {.terms = n, .gradient_terms = 16 * n, .slack_ulps = 8};
}

}  // namespace

TEST_CASE("masked_softmax") {
  OpCheck check("masked_softmax");
  for (const Sizes& s : kSizes) {
    check.add(
        s.scores.to_string(),
        [=](OpCase& c) {
          const Value lengths = c.input_i32({s.scores[0]}, Fill(s.lengths));
          c.output(masked_softmax(c.input(s.scores, normal(0, 2)), lengths));
        },
        options_for(s));
  }
  check.add("one key",
            [](OpCase& c) {
              c.output(masked_softmax(c.input({2, 3, 9}, normal()), c.input_i32({2}, {1, 1})));
            },
            {.terms = 9, .mistrust = false});
  check.add("large scores do not overflow",
            [](OpCase& c) {
              c.output(masked_softmax(c.input({2, 3, 40}, normal(500, 2)), c.input_i32({2}, {40, 33})));
            },
            {.terms = 40, .slack_ulps = 8});
  // What a masked key scores must not matter, however large.
  check.add("a masked key above all others",
            [](OpCase& c) {
              c.output(masked_softmax(c.input({1, 2, 4}, {1, 2, 3, 1e30, -1, 0, 1, 1e30}), c.input_i32({1}, {3})));
            },
            {.terms = 4, .slack_ulps = 8, .gradient = false});
  check.add("in place",
            [](OpCase& c) {
              c.output(masked_softmax(scale(c.input({2, 7, 40}, normal()), 0.5f), c.input_i32({2}, {40, 33})));
            },
            {.terms = 40, .slack_ulps = 8});
  check.add("a row too wide for registers",
            [](OpCase& c) {
              c.output(masked_softmax(c.input({1, 2, 1500}, normal()), c.input_i32({1}, {1400})));
            },
            {.terms = 1500, .slack_ulps = 8});
  check.rejects("lengths must be i32 [2], one for each sequence of scores; got i32 [3]", [](OpCase& c) {
    masked_softmax(c.input({2, 3, 9}, normal()), c.input_i32({3}, {1, 1, 1}));
  });
  check.rejects("scores must be [B, ..., S]; got [9]",
                [](OpCase& c) { masked_softmax(c.input({9}, normal()), c.input_i32({9}, constant(1))); });
  check.run();
}

TEST_CASE("masked_softmax_grad") {
  OpCheck check("masked_softmax_grad");
  for (const Sizes& s : kSizes) {
    check.add(s.scores.to_string(),
              [=](OpCase& c) {
                c.output(masked_softmax_grad(c.input(s.scores, uniform(0, 1)), c.input(s.scores, normal())));
              },
              {.terms = static_cast<double>(s.scores[-1]), .magnitude = 20});
  }
  check.add(
      "in place of dy",
      [](OpCase& c) {
        c.output(masked_softmax_grad(c.input({6, 40}, uniform(0, 0.05)), scale(c.input({6, 40}, normal()), 2.0f)));
      },
      {.terms = 40, .magnitude = 1});
  check.run();
}
