#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoria/graph.h"
#include "support/fill.h"

namespace scoria::test {

/// A tensor that a case gives: an input, or a state with its first contents.
struct Given {
  std::string name;
  Value value;
  bool is_state = false;
  bool differentiable = false;
  std::vector<double> values;
};

/// A graph under construction together with the data to run it on. Two cases of one name hold the same data.
class OpCase {
 public:
  explicit OpCase(std::string_view name);
  OpCase(const OpCase&) = delete;
  OpCase& operator=(const OpCase&) = delete;

  /// An f32 input, differentiated where the op can be.
  Value input(Shape shape, const Fill& fill);
  /// An f32 input that is left out of the gradient check.
  Value input_constant(Shape shape, const Fill& fill);
  Value input_i32(Shape shape, const Fill& fill);
  Value input_u32(Shape shape, const Fill& fill);
  /// A state with first contents; after the step it is compared with the reference.
  Value state(Shape shape, const Fill& fill);
  Value state_u32(Shape shape, const Fill& fill);
  /// A result to compare.
  void output(Value value);

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  const std::vector<Given>& given() const { return given_; }
  const std::vector<Value>& outputs() const { return outputs_; }

  /// Turns the case into its own gradient: adds loss = sum of w * output over all f32 outputs, with fixed random w,
  /// and outputs d loss / d input for each differentiable input. Returns the weights, one list an output.
  std::vector<std::vector<double>> add_gradients();
  std::size_t differentiable_count() const;

 private:
  Value give(TensorDesc desc, const Fill& fill, bool is_state, bool differentiable);

  std::uint64_t seed_;
  Graph graph_;
  std::vector<Given> given_;
  std::vector<Value> outputs_;
};

}  // namespace scoria::test
