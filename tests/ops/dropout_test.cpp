#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "scoria/ops.h"
#include "scoria/session.h"
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
  const auto add_listed = [&](const char* name, Shape shape, float p, double first_row, const Fill& rows) {
    check.add(name,
              [=](OpCase& c) {
                const Value x = c.input(shape, normal(0, 2)), rng = c.input_u32({4}, {0x9E3779B9u, 7, 1000, first_row});
                c.output(dropout(x, rng, p, 9, c.input_i32({shape.row_count()}, rows)));
              },
              {.mistrust = p < 0.3f});
  };
  add_listed("listed: some of BERT's rows, one of them twice", {5, 768}, 0.1f, 32, {7, 3, 500, 3, 0});
  add_listed("listed: rows that begin inside a block", {6, 37}, 0.3f, 5, {11, 2, 2, 9, 1000, 4});
  add_listed("listed: one element", {1}, 0.1f, 0, {3});
  add_listed("listed: draws wrap at 2^32", {4, 1001}, 0.4f, 4290000.0, {3, 2, 70000, 1});
  add_listed("listed: many workgroups", {130, 517}, 0.1f, 1, integers(0, 5000));
  check.rejects("p must be in [0, 1)",
                [](OpCase& c) { dropout(c.input({4}, normal()), c.input_u32({4}, {1}), 1.0f, 0); });
  check.rejects("rng must be u32 [4]",
                [](OpCase& c) { dropout(c.input({4}, normal()), c.input_u32({3}, {1}), 0.1f, 0); });
  check.rejects("rows must be i32 [3], one for each row of x", [](OpCase& c) {
    dropout(c.input({3, 4}, normal()), c.input_u32({4}, {1}), 0.1f, 0, c.input_i32({4}, {0}));
  });
  check.rejects("x must be f32", [](OpCase& c) { dropout(c.input_u32({4}, {1}), c.input_u32({4}, {1}), 0.1f, 0); });
  check.run();
}

TEST_CASE("dropout: some rows draw what they would among all") {
  const std::vector<std::int32_t> rows{5, 0, 7, 5};
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {8, 40}}), rng = graph.input("rng", {DType::u32, {4}});
  const Value chosen = graph.input("rows", {DType::i32, {4}});
  graph.output("all", gather_rows(dropout(x, rng, 0.4f, 3), chosen));
  graph.output("some", dropout(gather_rows(x, chosen), rng, 0.4f, 3, chosen));
  Session session(Device::open("cpu"), graph);
  Tensor values(DType::f32, {8, 40});
  for (std::size_t i = 0; i < 320; ++i) values.values<float>()[i] = static_cast<float>(i + 1);
  session.write("x", values);
  session.write("rng", Tensor::from({4}, std::vector<std::uint32_t>{1, 2, 3, 17}));
  session.write("rows", Tensor::from({4}, rows));
  session.step();
  CHECK(std::ranges::equal(session.read("all").values<float>(), session.read("some").values<float>()));
}
