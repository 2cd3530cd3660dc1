#include "runtime/session_family.h"

#include <doctest/doctest.h>

#include <vector>

#include "scoria/ops.h"

namespace {

using namespace scoria;

// y = x * w, and a counter of steps; w is a state.
Graph scaled(const std::int64_t& count) {
  Graph graph;
  const Value w = graph.state("w", {DType::f32, {1}});
  const Value x = graph.input("x", {DType::f32, {count}});
  const Value twice = add(x, x);  // an intermediate value, so that there is an arena
  graph.output("y", reshape(matmul(reshape(twice, {count, 1}), reshape(w, {1, 1})), {count}));
  graph.keep(increment(graph.state("steps", {DType::u32, {1}})));
  return graph;
}

void check_step(Session& session, std::int64_t count, float expected) {
  session.write("x", Tensor::from({count}, std::vector<float>(static_cast<std::size_t>(count), 1.0f)));
  session.step();
  const Tensor y = session.read("y");
  for (const float value : y.values<float>()) REQUIRE(value == expected);
}

TEST_CASE("sessions of several shapes share their states") {
  SessionFamily<std::int64_t> family(Device::open("cpu"), scaled);
  Session& large = family.at(1000);
  large.write("w", Tensor::from({1}, std::vector<float>{3}));
  check_step(large, 1000, 6);
  check_step(family.at(10), 10, 6);
  family.at(10).write("w", Tensor::from({1}, std::vector<float>{5}));
  check_step(large, 1000, 10);
  CHECK(&family.at(1000) == &large);
  CHECK(family.at(7).read("steps").values<std::uint32_t>()[0] == 3);
}

TEST_CASE("a family may share the states of a session that stands apart") {
  const Device device = Device::open("cpu");
  Session apart(device, scaled(4));
  apart.write("w", Tensor::from({1}, std::vector<float>{2}));
  SessionFamily<std::int64_t> family(apart, scaled);
  check_step(family.at(5), 5, 4);
  CHECK(apart.read("steps").values<std::uint32_t>()[0] == 1);
}

}  // namespace
