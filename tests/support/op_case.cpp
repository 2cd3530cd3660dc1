#include "support/op_case.h"

#include "graph/node.h"
#include "scoria/autodiff.h"
#include "scoria/ops.h"

namespace scoria::test {
namespace {

// FNV-1a: the same data for a case on every machine, other data for every case.
std::uint64_t seed_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace

OpCase::OpCase(std::string_view name) : seed_(seed_of(name)) {}

Value OpCase::give(TensorDesc desc, const Fill& fill, bool is_state, bool differentiable) {
  const std::string name = (is_state ? "state" : "in") + std::to_string(given_.size());
  const auto count = static_cast<std::size_t>(desc.shape.element_count());
  std::vector<double> values = make_values(fill, count, desc.dtype, seed_ + given_.size());
  const Value value = is_state ? graph_.state(name, desc) : graph_.input(name, desc);
  given_.push_back({name, value, is_state, differentiable, std::move(values)});
  return value;
}

Value OpCase::input(Shape shape, const Fill& fill) { return give({DType::f32, std::move(shape)}, fill, false, true); }
Value OpCase::input_constant(Shape shape, const Fill& fill) {
  return give({DType::f32, std::move(shape)}, fill, false, false);
}
Value OpCase::input_i32(Shape shape, const Fill& fill) {
  return give({DType::i32, std::move(shape)}, fill, false, false);
}
Value OpCase::input_u32(Shape shape, const Fill& fill) {
  return give({DType::u32, std::move(shape)}, fill, false, false);
}
Value OpCase::state(Shape shape, const Fill& fill) { return give({DType::f32, std::move(shape)}, fill, true, false); }
Value OpCase::state_u32(Shape shape, const Fill& fill) {
  return give({DType::u32, std::move(shape)}, fill, true, false);
}

void OpCase::output(Value value) {
  graph_.output("out" + std::to_string(outputs_.size()), value);
  outputs_.push_back(value);
}

std::size_t OpCase::differentiable_count() const {
  std::size_t count = 0;
  for (const Given& g : given_) count += g.differentiable;
  return count;
}

std::vector<std::vector<double>> OpCase::add_gradients() {
  std::vector<Value> inputs;
  for (const Given& g : given_) {
    if (g.differentiable) inputs.push_back(g.value);
  }
  std::vector<std::vector<double>> weights;
  Value loss;
  for (const Value& y : outputs_) {
    weights.emplace_back();
    if (y.dtype() != DType::f32) continue;
    const Value w = input_constant(y.shape(), normal());
    weights.back() = given_.back().values;
    const Value term = sum(multiply(y, w));
    loss = loss ? add(loss, term) : term;
  }
  // The gradient's graph is compared for its gradients alone, so that nothing holds on to the forward results.
  outputs_.clear();
  graph_.data().outputs.clear();
  const std::vector<Value> grads = gradients(loss, inputs);
  for (std::size_t i = 0; i < grads.size(); ++i) {
    graph_.output("grad" + std::to_string(i), grads[i]);
    outputs_.push_back(grads[i]);
  }
  return weights;
}

}  // namespace scoria::test
