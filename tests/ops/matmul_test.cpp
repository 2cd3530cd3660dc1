#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Product {
  std::int64_t m, n, k;
  bool ta = false, tb = false, bias = false;
};

std::string name_of(const Product& p) {
  return fmt::format("{}x{}x{}{}{}{}", p.m, p.n, p.k, p.ta ? " ta" : "", p.tb ? " tb" : "", p.bias ? " bias" : "");
}

// a, b (and bias) of a product, with leading axes for a and for b.
Value build(OpCase& c, const Product& p, const Fill& fill, std::vector<std::int64_t> lead_a = {},
            std::vector<std::int64_t> lead_b = {}) {
  const auto with = [](std::vector<std::int64_t> lead, std::int64_t rows, std::int64_t columns) {
    lead.push_back(rows);
    lead.push_back(columns);
    return Shape(std::move(lead));
  };
  const Value a = c.input(p.ta ? with(lead_a, p.k, p.m) : with(lead_a, p.m, p.k), fill);
  const Value b = c.input(p.tb ? with(lead_b, p.n, p.k) : with(lead_b, p.k, p.n), fill);
  MatmulOptions options{.transpose_a = p.ta, .transpose_b = p.tb};
  if (p.bias) options.bias = c.input({p.n}, fill);
  return matmul(a, b, options);
}

OpCaseOptions options_for(const Product& p) {
  return {.terms = static_cast<double>(p.k + 1),
          .gradient_terms = static_cast<double>(std::max({p.m, p.n, p.k})),
          .multilinear = true};
}

void add_product(OpCheck& check, const Product& p, bool every_kernel = true) {
  OpCaseOptions options = options_for(p);
  options.kernels = every_kernel;
  check.add(
      name_of(p), [p](OpCase& c) { c.output(build(c, p, normal())); }, options);
}

}  // namespace

TEST_CASE("matmul") {
  OpCheck check("matmul");
  constexpr std::array<std::array<bool, 2>, 4> kTransposes = {
      {{false, false}, {false, true}, {true, false}, {true, true}}};
  // One of every size in every form: 1 wide, odd, around 16-wide vectors and 32-, 64- and 128-wide tiles.
  constexpr std::array<std::int64_t, 10> kSizes = {1, 2, 3, 7, 16, 17, 31, 33, 65, 129};
  std::mt19937 random(1);
  for (const auto& [ta, tb] : kTransposes) {
    for (const std::int64_t size : kSizes) {
      const std::int64_t other = kSizes[random() % kSizes.size()], third = kSizes[random() % kSizes.size()];
      add_product(check, {size, other, third, ta, tb, random() % 2 == 0});
      add_product(check, {other, size, third, ta, tb, random() % 2 == 0});
      add_product(check, {third, other, size, ta, tb, random() % 2 == 0});
    }
    // Whole tiles, and several of them.
    add_product(check, {128, 64, 32, ta, tb, false});
    add_product(check, {256, 128, 64, ta, tb, true});
  }
  add_product(check, {32, 2, 256, false, true, true});    // a classifier of two classes
  add_product(check, {2, 256, 32, true, false, false});   // its weight gradient
  add_product(check, {5, 3, 2000, true, false, false});   // few elements, long sums: split over workgroups on GPUs
  add_product(check, {40, 1000, 24, false, true, true});  // logits in small
  check.run();
}

TEST_CASE("matmul: so many tiles that GPU kernels take the larger ones") {
  OpCheck check("matmul");
  // 64 tiles of 128 x 128, of 128 x 64 and of 64 x 64; by quads, and not.
  for (const Product& p : {Product{1000, 12, 1020, false, false, true}, Product{1017, 7, 999, true, true, false},
                           Product{1000, 20, 508, false, true, true}, Product{1013, 5, 511, true, false, false},
                           Product{508, 36, 508, false, false, false}}) {
    add_product(check, p);
  }
  check.run();
}

TEST_CASE("matmul: whole numbers are exact") {
  OpCheck check("matmul");
  for (const Product& p :
       {Product{33, 17, 65}, Product{129, 65, 31, false, true, true}, Product{7, 130, 100, true, false},
        Product{64, 64, 64, true, true, true}, Product{1, 1, 1, false, false, true}}) {
    OpCaseOptions options = options_for(p);
    options.exact = true;  // |sums| < 2^24
    check.add(
        name_of(p), [p](OpCase& c) { c.output(build(c, p, integers(1, 9))); }, options);
  }
  check.run();
}

TEST_CASE("matmul: operands that start anywhere in a tensor") {
  OpCheck check("matmul");
  for (const std::int64_t offset : {1, 2, 3, 4}) {
    check.add(
        fmt::format("from element {}", offset),
        [offset](OpCase& c) {
          const Value a = view(c.input({32 * 64 + 8}, normal()), {32, 64}, offset);
          const Value b = view(c.input({64 * 48 + 8}, normal()), {64, 48}, offset);
          c.output(matmul(a, b, {.bias = view(c.input({60}, normal()), {48}, offset)}));
        },
        options_for({32, 48, 64}));
  }
  check.run();
}

TEST_CASE("matmul: leading axes") {
  OpCheck check("matmul");
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      for (const Product& p : {Product{3, 5, 7, ta, tb}, Product{17, 9, 33, ta, tb, true}, Product{1, 4, 6, ta, tb}}) {
        check.add(
            "shared b " + name_of(p),
            [p](OpCase& c) {
              c.output(build(c, p, normal(), {2, 3}));
            },
            options_for({6 * p.m, p.n, p.k}));
        check.add(
            "batch of both " + name_of(p),
            [p](OpCase& c) {
              c.output(build(c, p, normal(), {2, 3}, {2, 3}));
            },
            options_for(p));
        check.add(
            "one of each " + name_of(p), [p](OpCase& c) { c.output(build(c, p, normal(), {1}, {1})); }, options_for(p));
        check.add(
            "one a, shared b " + name_of(p), [p](OpCase& c) { c.output(build(c, p, normal(), {1})); }, options_for(p));
      }
    }
  }
  check.run();
}

namespace {

struct Heads {
  std::int64_t batch, heads, length, size;
};

// Q K^T over the heads inside [T, 3H]: the product attention is made of.
StridedMatmulOptions scores_of(const Heads& h, float alpha) {
  const std::int64_t hidden = h.heads * h.size, tokens = h.batch * h.length;
  StridedMatmulOptions o;
  o.outer = h.batch;
  o.inner = h.heads;
  o.m = o.n = h.length;
  o.k = h.size;
  o.a = {0, h.length * 3 * hidden, h.size, 3 * hidden};
  o.b = {hidden, h.length * 3 * hidden, h.size, 3 * hidden};
  o.transpose_b = true;
  o.c = {0, h.length * h.heads * h.length, h.length, h.heads * h.length};
  o.c_shape = Shape{tokens, h.heads * h.length};
  o.alpha = alpha;
  return o;
}

// P V with P [T, A * S] and V as columns of heads in [T, H]: each covers its tensor, so both have gradients.
StridedMatmulOptions context_of(const Heads& h, bool transpose_a) {
  const std::int64_t hidden = h.heads * h.size, row = h.heads * h.length;
  StridedMatmulOptions o;
  o.outer = h.batch;
  o.inner = h.heads;
  o.m = o.k = h.length;
  o.n = h.size;
  o.a = {0, h.length * row, h.length, row};
  o.b = {0, h.length * hidden, h.size, hidden};
  o.c = {0, h.length * hidden, h.size, hidden};
  o.transpose_a = transpose_a;
  o.c_shape = Shape{h.batch * h.length, hidden};
  return o;
}

}  // namespace

TEST_CASE("strided_matmul") {
  OpCheck check("matmul");
  for (const Heads& h :
       {Heads{1, 1, 1, 1}, Heads{2, 3, 5, 7}, Heads{3, 2, 17, 8}, Heads{2, 2, 33, 16}, Heads{1, 4, 40, 12}}) {
    const std::string name = fmt::format("B{} A{} S{} D{}", h.batch, h.heads, h.length, h.size);
    const std::int64_t tokens = h.batch * h.length, hidden = h.heads * h.size;
    const double terms = static_cast<double>(std::max(h.length, h.size));
    check.add("scores " + name,
              [=](OpCase& c) {
                const Value qkv = c.input({tokens, 3 * hidden}, normal());
                c.output(strided_matmul(qkv, qkv, scores_of(h, 0.125f)));
              },
              {.terms = terms, .multilinear = true, .gradient = false});
    for (const bool transpose : {false, true}) {
      check.add(fmt::format("context {} {}", transpose ? "transposed" : "", name),
                [=](OpCase& c) {
                  const Value p = c.input({tokens, h.heads * h.length}, normal());
                  const Value v = c.input({tokens, hidden}, normal());
                  c.output(strided_matmul(p, v, context_of(h, transpose)));
                },
                {.terms = terms, .multilinear = true});
    }
  }
  check.run();
}

TEST_CASE("matmul rejects") {
  OpCheck check("matmul");
  check.rejects("b must have 7 rows", [](OpCase& c) { matmul(c.input({3, 7}, normal()), c.input({6, 5}, normal())); });
  check.rejects("two axes or more", [](OpCase& c) { matmul(c.input({7}, normal()), c.input({7, 5}, normal())); });
  check.rejects("bias must be [5]", [](OpCase& c) {
    matmul(c.input({3, 7}, normal()), c.input({7, 5}, normal()), {.bias = c.input({3}, normal())});
  });
  check.rejects("a's leading axes", [](OpCase& c) {
    matmul(c.input({2, 3, 7}, normal()), c.input({3, 7, 5}, normal()));
  });
  check.rejects("must be f32", [](OpCase& c) {
    matmul(c.input({3, 7}, normal()), c.input_i32({7, 5}, integers(0, 3)));
  });
  const auto strided = [](OpCase& c, auto change) {
    StridedMatmulOptions o;
    o.m = 3;
    o.n = 5;
    o.k = 7;
    o.a.row_stride = 7;
    o.b.row_stride = o.c.row_stride = 5;
    o.c_shape = Shape{3, 5};
    change(o);
    strided_matmul(c.input({3, 7}, normal()), c.input({7, 5}, normal()), o);
  };
  check.rejects("must lie inside", [=](OpCase& c) { strided(c, [](auto& o) { o.a.offset = 1; }); });
  check.rejects("must lie inside", [=](OpCase& c) { strided(c, [](auto& o) { o.b.row_stride = 4; }); });
  check.rejects("exactly once", [=](OpCase& c) { strided(c, [](auto& o) { o.c_shape = Shape{4, 5}; }); });
  check.rejects("exactly once", [=](OpCase& c) { strided(c, [](auto& o) { o.c.row_stride = 6; }); });
  check.rejects("must be positive", [=](OpCase& c) { strided(c, [](auto& o) { o.k = 0; }); });
  check.run();
}
