#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scoria/graph.h"
#include "scoria/tensor.h"

namespace scoria {

/// A graph under construction, with the data of its inputs and states: the same numbers every time.
class SelfTestGraph {
 public:
  Graph graph;
  std::vector<std::pair<std::string, Tensor>> inputs, states;

  /// Numbers about normal.
  Value f32(Shape shape, float spread = 1, float mean = 0);
  /// Integers from -range to range: their products and short sums are exact.
  Value exact(Shape shape, int range = 4);
  Value i32(std::vector<std::int32_t> values);
  Value u32(std::vector<std::uint32_t> values);
  /// A state of numbers not below `mean`.
  Value state(Shape shape, float spread = 1, float mean = 0);
  Value counter(std::vector<std::uint32_t> values);

  void output(Value value);
  /// The value, and the gradients of a weighted sum of it.
  void output_with_gradients(Value value, std::vector<Value> with_respect_to);

 private:
  Value add_input(Tensor tensor);
  Value add_state(Tensor tensor);
  std::uint32_t next() { return (random_ = random_ * 1664525u + 1013904223u) >> 8; }
  float normal();

  std::uint32_t random_ = 12345;
  int outputs_ = 0;
};

struct SelfTestCase {
  std::string name;
  std::function<void(SelfTestGraph&)> build;
  double terms = 1;    ///< length of the longest sum
  bool exact = false;  ///< the result has to be right to the bit
};

/// Small graphs that between them use every op, forward and gradient.
std::vector<SelfTestCase> self_test_cases();

}  // namespace scoria
