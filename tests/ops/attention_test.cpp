#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "scoria/autodiff.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "support/op_check.h"
#include "support/test_device.h"

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

namespace {

// Sequences of these lengths beside each other; the longest may be `longest`.
struct Packing {
  std::vector<std::int64_t> lengths;
  std::int64_t longest, heads, size;

  Fill starts() const {
    std::vector<double> all{0};
    for (const std::int64_t length : lengths) all.push_back(all.back() + static_cast<double>(length));
    return Fill(std::move(all));
  }
  std::int64_t tokens() const { return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}); }
};

void add_packed(OpCheck& check, const std::string& what, const Packing& packing, const Draw& draw,
                bool every_kernel = true) {
  OpCaseOptions options = options_for({1, packing.heads, packing.longest, packing.size});
  options.kernels = every_kernel;
  check.add(
      fmt::format("packed: {}{}", what, draw.dropout > 0 ? ", dropped" : ""),
      [=](OpCase& c) {
        const Value qkv = c.input({packing.tokens(), 3 * packing.heads * packing.size}, normal());
        const Value starts =
            c.input_i32({static_cast<std::int64_t>(packing.lengths.size()) + 1}, packing.starts());
        const Value rng = c.input_u32({4}, {12345, 678, draw.step, draw.first_row});
        c.output(attention(qkv, starts, rng, {packing.heads, packing.longest, draw.dropout, 9, true}));
      },
      options);
}

}  // namespace

TEST_CASE("attention: packed sequences") {
  OpCheck check("attention");
  add_case(check, {2, 1, 5, 3}, {}, mixed_lengths({2, 1, 5, 3}));  // what has an expansion
  for (const Draw& draw : {Draw{}, Draw{0.1f, 3, 48}}) {
    add_packed(check, "one token", {{1}, 1, 1, 3}, draw);
    add_packed(check, "one sequence, shorter than it may be", {{7}, 24, 2, 8}, draw);
    add_packed(check, "every length to 17", {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 17, 2, 3}, draw);
    add_packed(check, "empty ones first, between and last", {{0, 5, 0, 0, 16, 1, 0}, 16, 2, 8}, draw);
    add_packed(check, "around the blocks of queries and keys", {{33, 8, 31, 64, 9, 1}, 64, 2, 8}, draw);
    add_packed(check, "as long as a block of 128 and longer", {{128, 3, 129, 40}, 130, 1, 16}, draw, false);
    add_packed(check, "BERT's heads", {{5, 70, 12, 33}, 70, 2, 64}, draw, false);
  }
  check.run();
}

TEST_CASE("attention: packed sequences give what padded ones give, draws and all") {
  const std::vector<std::int64_t> lengths{7, 16, 1, 0, 12};
  constexpr std::int64_t S = 16, A = 2, D = 8, row = 3 * A * D;
  std::vector<std::int32_t> starts{0};
  std::vector<std::int32_t> keys, places;  // of each token among the padded ones
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    starts.push_back(starts.back() + static_cast<std::int32_t>(lengths[b]));
    keys.push_back(static_cast<std::int32_t>(std::max<std::int64_t>(lengths[b], 1)));
    for (std::int64_t i = 0; i < lengths[b]; ++i)
      places.push_back(static_cast<std::int32_t>(static_cast<std::int64_t>(b) * S + i));
  }
  const auto B = static_cast<std::int64_t>(lengths.size()), T = static_cast<std::int64_t>(places.size());
  Graph graph;
  const Value padded = graph.input("padded", {DType::f32, {B * S, row}}), rng = graph.input("rng", {DType::u32, {4}});
  const Value rows = graph.input("places", {DType::i32, {T}});
  const Value weights = graph.input("weights", {DType::f32, {T, A * D}});
  const Value each = attention(padded, graph.input("keys", {DType::i32, {B}}), rng, {A, S, 0.3f, 5});
  const Value together = attention(gather_rows(padded, rows), graph.input("starts", {DType::i32, {B + 1}}), rng,
                                   {A, S, 0.3f, 5, true});
  graph.output("each", gather_rows(each, rows));
  graph.output("together", together);
  for (const auto& [name, value] : {std::pair("d each", gather_rows(each, rows)), std::pair("d together", together)})
    graph.output(name, gradients(sum(multiply(value, weights)), {{padded}}).front());
  const auto check = [&](const Device& device) {
    Session session(device, graph);
    const auto fill = [&](const char* name, std::uint64_t seed) {
      const auto count = static_cast<std::size_t>(session.desc(name).shape.element_count());
      session.write(name, encode(DType::f32, make_values(normal(), count, DType::f32, seed)));
    };
    fill("padded", 1);
    fill("weights", 2);
    session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{1, 2, 3, 32}));
    session.write("places", Tensor::from({T}, places));
    session.write("keys", Tensor::from({B}, keys));
    session.write("starts", Tensor::from({B + 1}, starts));
    session.step();
    for (const auto& [left, right] : {std::pair("each", "together"), std::pair("d each", "d together")}) {
      const Tensor a = session.read(left), b = session.read(right);
      float worst = 0;
      for (std::size_t i = 0; i < a.values<float>().size(); ++i)
        worst = std::max(worst, std::abs(a.values<float>()[i] - b.values<float>()[i]));
      MESSAGE(fmt::format("{}: {} and {} differ by at most {:.1e}", device.info().name, left, right, worst));
      CHECK(worst < 1e-5f);
    }
  };
  check(cpu_test_device());
  if (const Device* device = vulkan_test_device()) check(*device);
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
  check.rejects("starts must be i32 [B + 1]", [=](OpCase& c) {
    attention(c.input({8, 12}, normal()), c.input_i32({1}, {0}), Value(), {2, 4, 0, 0, true});
  });
  check.rejects("needs rng", [=](OpCase& c) { with(c, {8, 12}, 2, {2, 4, 0.1f}, false); });
  check.run();
}
