#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

#include "scoria/ops.h"
#include "support/op_check.h"

using namespace scoria;
using namespace scoria::test;

namespace {

struct Sizes {
  std::int64_t batch, heads, length, size;
};

// Lengths of the sequences of a case: full, one key, and something between, in turn.
Fill mixed_lengths(const Sizes& s) {
  std::vector<double> lengths;
  for (std::int64_t b = 0; b < s.batch; ++b) {
    const std::int64_t some = 1 + (7 * b + s.length / 2) % s.length;
    lengths.push_back(static_cast<double>(b % 3 == 1 ? s.length : b % 3 == 2 ? 1 : some));
  }
  return Fill(std::move(lengths));
}

struct Draw {
  float dropout = 0;
  double step = 0, first_row = 0;
};

Value build(OpCase& c, const Sizes& s, const Draw& draw, const Fill& lengths, double spread = 1) {
  const Value qkv = c.input({s.batch * s.length, 3 * s.heads * s.size}, normal(0, spread));
  const Value keys = c.input_i32({s.batch}, lengths);
  const Value rng = c.input_u32({4}, {12345, 678, draw.step, draw.first_row});
  return attention(qkv, keys, rng, {s.heads, s.length, draw.dropout, 9});
}

std::string name_of(const Sizes& s, const Draw& draw) {
  return fmt::format("B{} A{} S{} D{}{}", s.batch, s.heads, s.length, s.size,
                     draw.dropout > 0 ? fmt::format(" p={}", draw.dropout) : "");
}

// A score sums D products, a result S probabilities; e^x turns the score's absolute error into a relative one. The
// gradient of the softmax is a difference of numbers about 1 in size (one key: exactly 0), hence the least magnitude.
OpCaseOptions options_for(const Sizes& s) {
  const double terms = static_cast<double>(s.size + s.length);
  return {.terms = terms, .gradient_terms = 4 * terms, .slack_ulps = 8, .magnitude = 1, .mistrust = false};
}

void add_case(OpCheck& check, const Sizes& s, const Draw& draw, const Fill& lengths, const std::string& what = "",
              bool every_kernel = true) {
  OpCaseOptions options = options_for(s);
  options.kernels = every_kernel;
  check.add(
      what + name_of(s, draw), [=](OpCase& c) { c.output(build(c, s, draw, lengths)); }, options);
}

}  // namespace

TEST_CASE("attention") {
  OpCheck check("attention");
  // Lengths around the blocks of 8, 16, 32 and 128 keys and queries; head sizes odd, around vectors, and BERT's.
  // Each pipeline compiles for its head size, hence one odd and one even size all along and the others once.
  for (const std::int64_t length : {1, 2, 3, 7, 8, 9, 16, 17, 31, 33}) {
    for (const std::int64_t size : {3, 8}) {
      add_case(check, {3, 2, length, size}, {}, mixed_lengths({3, 2, length, size}));
      add_case(check, {3, 2, length, size}, {0.1f}, mixed_lengths({3, 2, length, size}));
    }
  }
  add_case(check, {2, 2, 65, 64}, {0.1f}, mixed_lengths({2, 2, 65, 64}));
  // Many heads, so that GPU kernels take their larger tiles.
  for (const Sizes& s : {Sizes{16, 4, 33, 3}, Sizes{32, 2, 70, 8}, Sizes{32, 1, 65, 32}}) {
    add_case(check, s, {0.1f}, mixed_lengths(s));
  }
  add_case(check, {2, 2, 20, 40}, {0.1f}, mixed_lengths({2, 2, 20, 40}));  // eight quads of a row, then two
  // The rest only by the kernel that the device itself would choose: large heads compile long in software.
  for (const Sizes& s : {Sizes{1, 2, 129, 33}, Sizes{2, 1, 128, 64}, Sizes{1, 1, 64, 32}, Sizes{1, 1, 12, 130}}) {
    add_case(check, s, {0.1f}, mixed_lengths(s), "", false);
  }
  for (const Sizes& s :
       {Sizes{1, 1, 130, 16}, Sizes{1, 12, 24, 8}, Sizes{1, 1, 20, 72}, Sizes{1, 2, 35, 17}, Sizes{2, 3, 10, 1}}) {
    add_case(check, s, {}, mixed_lengths(s), "", false);
  }
  add_case(check, {2, 2, 24, 8}, {0.5f}, mixed_lengths({2, 2, 24, 8}));
  check.run();
}

TEST_CASE("attention: every length") {
  OpCheck check("attention");
  for (const std::int64_t length : {5, 16, 37}) {
    for (std::int64_t keys = 1; keys <= length; keys += length > 20 ? 5 : 1) {
      add_case(check, {1, 2, length, 3}, {}, constant(static_cast<double>(keys)), fmt::format("{} keys ", keys));
      add_case(check, {1, 2, length, 3}, {0.2f}, constant(static_cast<double>(keys)), fmt::format("{} keys ", keys));
    }
  }
  check.run();
}

TEST_CASE("attention: far-apart scores") {
  OpCheck check("attention");
  // Scores of up to some hundreds: e^x overflows unless the maximum is taken off first.
  const Sizes s{2, 2, 35, 8};
  OpCaseOptions options = options_for(s);
  options.magnitude = 40;
  options.gradient_terms = 4096 * options.terms;
  for (const float p : {0.0f, 0.3f}) {
    check.add(
        "spread 6 " + name_of(s, {p}), [=](OpCase& c) { c.output(build(c, s, {p}, mixed_lengths(s), 6)); }, options);
  }
  check.run();
}

TEST_CASE("attention: steps and row offsets change the mask") {
  OpCheck check("attention");
  for (const double step : {1.0, 4e9}) {
    for (const double first_row : {0.0, 5.0, 1000003.0, 4294967290.0}) {
      for (const Sizes& s : {Sizes{2, 2, 8, 8}, Sizes{1, 3, 11, 3}}) {
        add_case(check, s, {0.25f, step, first_row}, mixed_lengths(s), fmt::format("{} from {} ", step, first_row));
      }
    }
  }
  check.run();
}

TEST_CASE("attention: operands that start anywhere in a tensor") {
  OpCheck check("attention");
  const Sizes s{2, 2, 16, 8};
  for (const std::int64_t offset : {1, 2, 4}) {
    check.add(
        fmt::format("from element {}", offset),
        [=](OpCase& c) {
          const Value flat = c.input({32 * 48 + 8}, normal());
          const Value rng = c.input_u32({4}, {1, 2, 3, 0});
          c.output(attention(view(flat, {32, 48}, offset), c.input_i32({2}, {16, 5}), rng, {2, 16, 0.1f, 9}));
        },
        options_for(s));
  }
  check.run();
}

TEST_CASE("attention rejects") {
  OpCheck check("attention");
  const auto with = [](OpCase& c, Shape qkv, std::int64_t batch, AttentionOptions options, bool rng = true) {
    attention(c.input(qkv, normal()), c.input_i32({batch}, constant(1)), rng ? c.input_u32({4}, {1, 2, 3, 0}) : Value(),
              options);
  };
  check.rejects("T a multiple of sequence_length 4", [=](OpCase& c) { with(c, {6, 12}, 1, {2, 4}); });
  check.rejects("H of heads 3", [=](OpCase& c) { with(c, {8, 12}, 2, {3, 4}); });
  check.rejects("must be positive", [=](OpCase& c) { with(c, {8, 12}, 2, {2, 0}); });
  check.rejects("one length for each sequence", [=](OpCase& c) { with(c, {8, 12}, 3, {2, 4}); });
  check.rejects("dropout must be in [0, 1)", [=](OpCase& c) { with(c, {8, 12}, 2, {2, 4, 1.0f}); });
  check.rejects("needs rng", [=](OpCase& c) { with(c, {8, 12}, 2, {2, 4, 0.1f}, false); });
  check.run();
}
