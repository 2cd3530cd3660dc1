#include <doctest/doctest.h>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

const std::vector<Shape> kShapes = {
    {3, 7},      // odd, narrower than a subgroup
    {1, 8},      // as wide as a subgroup of llvmpipe
    {2, 5, 24},  // three axes
    {17, 33},    // one past four subgroups of 8
    {5, 64},     // whole
    {40, 100},   // rows past a workgroup of rows, three parts of the gradient
    {3, 128},    // BERT-tiny
    {9, 256},    // BERT-mini
    {4, 768},    // BERT-base
    {2, 1000},   // not a multiple of anything
};

OpCaseOptions options_for(const Shape& shape) {
  return {.terms = static_cast<double>(shape.row_size()), .gradient_terms = static_cast<double>(shape.element_count())};
}

OpCheck::Builder normalize(const Shape& shape, const Fill& fill) {
  return [=](OpCase& c) {
    const Value x = c.input(shape, fill), gamma = c.input({shape[-1]}, normal(1, 0.3));
    c.output(layer_norm(x, gamma, c.input({shape[-1]}, normal())));
  };
}

Value all_outputs(OpCase& c, Value y, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) c.output(Value(&y.graph(), y.node(), i));
  return y;
}

}  // namespace

TEST_CASE("layer_norm") {
  OpCheck check("layer_norm");
  for (const Shape& shape : kShapes) check.add(shape.to_string(), normalize(shape, normal(0.3, 2)), options_for(shape));
  // A row of one element is its own mean: y = beta. Its gradient in x and gamma is 0.
  check.add("one wide", normalize({6, 1}, normal()), {.gradient = false});
  check.add("one row", normalize({1, 96}, normal()), {.terms = 96, .gradient_terms = 96});
  check.add("a row too wide for registers", normalize({2, 3001}, normal()), {.terms = 3001, .gradient_terms = 6002});
  // A variance of E[x^2] - E[x]^2 is off by 100 here; two passes leave the rounding of the mean, sqrt(768) eps 1e4.
  check.add("large mean", normalize({4, 768}, normal(1e4, 1)), {.terms = 768, .magnitude = 1e4, .gradient = false});
  // var = 0: finite, and equal to beta.
  check.add("constant row", normalize({3, 64}, constant(3)), {.terms = 64, .gradient = false});
  // Central differences would need a step far below 1e-4.
  check.add("a small spread", normalize({3, 64}, normal(0, 1e-4)),
            {.terms = 64, .gradient_terms = 192, .gradient_size_limit = 0});
  check.add("statistics",
            [](OpCase& c) {
              const Value x = c.input({12, 40}, normal(2, 3));
              all_outputs(c, layer_norm(x, c.input({40}, normal(1, 0.3)), c.input({40}, normal())), 3);
            },
            {.terms = 40, .gradient = false});
  check.add("eps that matters",
            [](OpCase& c) {
              const Value x = c.input({5, 40}, normal(0, 0.1));
              c.output(layer_norm(x, c.input({40}, normal(1, 0.3)), c.input({40}, normal()), 0.01f));
            },
            {.terms = 40, .gradient_terms = 200});
  check.add("in place",
            [](OpCase& c) {
              const Value x = scale(c.input({9, 40}, normal()), 2.0f);
              c.output(layer_norm(x, c.input({40}, normal(1, 0.3)), c.input({40}, normal())));
            },
            {.terms = 40, .gradient_terms = 360});
  check.rejects("gamma must be f32 [768], the last axis of x [2, 4, 768]; got f32 [512]", [](OpCase& c) {
    layer_norm(c.input({2, 4, 768}, normal()), c.input({512}, normal()), c.input({768}, normal()));
  });
  check.rejects("beta must be f32 [768], the last axis of x [4, 768]; got f32 [1]", [](OpCase& c) {
    layer_norm(c.input({4, 768}, normal()), c.input({768}, normal()), c.input({1}, normal()));
  });
  check.rejects("x must have at least one axis",
                [](OpCase& c) { layer_norm(c.input({}, normal()), c.input({1}, normal()), c.input({1}, normal())); });
  check.rejects("eps must be positive; got 0", [](OpCase& c) {
    layer_norm(c.input({4, 8}, normal()), c.input({8}, normal()), c.input({8}, normal()), 0.0f);
  });
  check.run();
}

TEST_CASE("layer_norm_grad") {
  OpCheck check("layer_norm_grad");
  for (const Shape& shape : kShapes) {
    check.add(shape.to_string(),
              [=](OpCase& c) {
                const Value x = c.input(shape, normal(0.3, 2)), gamma = c.input({shape[-1]}, normal(1, 0.3));
                const Value mean = c.input({shape.row_count()}, normal(0.3, 0.1));
                const Value rstd = c.input({shape.row_count()}, uniform(0.4, 0.6));
                const LayerNormGrads grads = layer_norm_grad(x, gamma, mean, rstd, c.input(shape, normal()));
                c.output(grads.dx);
                c.output(grads.dgamma);
                c.output(grads.dbeta);
              },
              {.terms = static_cast<double>(shape.element_count())});
  }
  // 5 parts of 16 rows, the last of one row; dx takes the memory of dy.
  check.add(
      "in place of dy",
      [](OpCase& c) {
        const Value x = c.input({65, 24}, normal()), gamma = c.input({24}, normal(1, 0.3));
        const Value mean = c.input({65}, normal(0, 0.1)), rstd = c.input({65}, uniform(0.9, 1.1));
        const LayerNormGrads grads = layer_norm_grad(x, gamma, mean, rstd, scale(c.input({65, 24}, normal()), 2.0f));
        c.output(grads.dx);
        c.output(grads.dgamma);
        c.output(grads.dbeta);
      },
      {.terms = 1560});
  check.add("more parts than one stage sums",
            [](OpCase& c) {
              const Value x = c.input({1100, 9}, normal()), gamma = c.input({9}, normal(1, 0.3));
              const Value mean = c.input({1100}, normal(0, 0.1)), rstd = c.input({1100}, uniform(0.9, 1.1));
              const LayerNormGrads grads = layer_norm_grad(x, gamma, mean, rstd, c.input({1100, 9}, normal()));
              c.output(grads.dx);
              c.output(grads.dgamma);
              c.output(grads.dbeta);
            },
            {.terms = 9900});
  check.rejects("mean must be f32 [4], one for each row of x [4, 8]; got f32 [8]", [](OpCase& c) {
    const Value x = c.input({4, 8}, normal()), row = c.input({8}, normal());
    layer_norm_grad(x, row, row, row, x);
  });
  check.run();
}

TEST_CASE("dropout_add_layer_norm") {
  OpCheck check("dropout_add_layer_norm");
  for (const Shape& shape : kShapes) {
    check.add(
        shape.to_string(),
        [=](OpCase& c) {
          const Value x = c.input(shape, normal()), residual = c.input(shape, normal());
          const Value rng = c.input_u32({4}, {11, 22, 33, 5});
          const Value gamma = c.input({shape[-1]}, normal(1, 0.3)), beta = c.input({shape[-1]}, normal());
          all_outputs(c, dropout_add_layer_norm(x, residual, rng, gamma, beta, 0.3f, 77), 2);
        },
        options_for(shape));
  }
  const auto one = [](OpCase& c, Shape shape, float p, const Fill& rng) {
    const Value x = c.input(shape, normal()), residual = c.input(shape, normal());
    const Value words = c.input_u32({4}, rng);
    const Value gamma = c.input({shape[-1]}, normal(1, 0.3)), beta = c.input({shape[-1]}, normal());
    return dropout_add_layer_norm(x, residual, words, gamma, beta, p, 3);
  };
  check.add("nothing dropped",
            [=](OpCase& c) {
              c.output(one(c, {5, 48}, 0.0f, {1, 2, 3, 0}));
            },
            {.terms = 48, .gradient_terms = 240});
  check.add("nearly all dropped",
            [=](OpCase& c) {
              c.output(one(c, {5, 48}, 0.95f, {1, 2, 3, 0}));
            },
            {.terms = 48, .gradient_terms = 240, .mistrust = false});
  check.add("statistics",
            [=](OpCase& c) {
              all_outputs(c, one(c, {7, 40}, 0.1f, {1, 2, 3, 9}), 4);
            },
            {.terms = 40, .gradient = false});
  // Element numbers are modulo 2^32, and wrap inside this tensor.
  check.add("first row near the end of the counter",
            [=](OpCase& c) {
              c.output(one(c, {6, 1024}, 0.5f, {1, 2, 3, 4194301}));
            },
            {.terms = 1024, .gradient = false});
  check.add("a row too wide for registers",
            [=](OpCase& c) {
              c.output(one(c, {2, 3000}, 0.1f, {1, 2, 3, 0}));
            },
            {.terms = 3000, .gradient_terms = 6000});
  for (const Shape& shape : {Shape{5, 96}, Shape{4, 37}}) {
    check.add(
        "rows that draw as others, " + shape.to_string(),
        [=](OpCase& c) {
          const Value x = c.input(shape, normal()), residual = c.input(shape, normal());
          const Value rng = c.input_u32({4}, {11, 22, 33, 5});
          const Value gamma = c.input({shape[-1]}, normal(1, 0.3)), beta = c.input({shape[-1]}, normal());
          const Value rows = c.input_i32({shape[0]}, {9, 2, 700, 2, 0});
          all_outputs(c, dropout_add_layer_norm(x, residual, rng, gamma, beta, 0.3f, 77, 1e-12f, rows), 2);
        },
        options_for(shape));
  }
  check.add(
      "in place of x",
      [](OpCase& c) {
        const Value x = scale(c.input({9, 40}, normal()), 2.0f), residual = scale(c.input({9, 40}, normal()), 3.0f);
        const Value rng = c.input_u32({4}, {1, 2, 3, 4});
        c.output(
            dropout_add_layer_norm(x, residual, rng, c.input({40}, normal(1, 0.3)), c.input({40}, normal()), 0.1f, 1));
      },
      {.terms = 40, .gradient_terms = 360});
  check.rejects("residual must be f32 [4, 8], as x; got f32 [8]", [](OpCase& c) {
    const Value x = c.input({4, 8}, normal()), row = c.input({8}, normal());
    dropout_add_layer_norm(x, row, c.input_u32({4}, {1, 2, 3, 4}), row, row, 0.1f, 1);
  });
  check.rejects("p must be in [0, 1); got 1", [=](OpCase& c) { one(c, {4, 8}, 1.0f, {1, 2, 3, 4}); });
  check.run();
}
