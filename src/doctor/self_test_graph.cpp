#include <cmath>

#include "doctor/self_test_cases.h"
#include "scoria/autodiff.h"
#include "scoria/ops.h"

namespace scoria {

Value SelfTestGraph::f32(Shape shape, float spread, float mean) {
  Tensor tensor(DType::f32, std::move(shape));
  for (float& v : tensor.values<float>()) v = mean + spread * normal();
  return add_input(std::move(tensor));
}

Value SelfTestGraph::exact(Shape shape, int range) {
  Tensor tensor(DType::f32, std::move(shape));
  const auto choices = static_cast<std::uint32_t>(2 * range + 1);
  for (float& v : tensor.values<float>()) v = static_cast<float>(static_cast<int>(next() % choices) - range);
  return add_input(std::move(tensor));
}

Value SelfTestGraph::i32(std::vector<std::int32_t> values) {
  return add_input(Tensor::from({static_cast<std::int64_t>(values.size())}, values));
}

Value SelfTestGraph::u32(std::vector<std::uint32_t> values) {
  return add_input(Tensor::from({static_cast<std::int64_t>(values.size())}, values));
}

Value SelfTestGraph::state(Shape shape, float spread, float mean) {
  Tensor tensor(DType::f32, std::move(shape));
  for (float& v : tensor.values<float>()) v = mean + spread * std::fabs(normal());
  return add_state(std::move(tensor));
}

Value SelfTestGraph::counter(std::vector<std::uint32_t> values) {
  return add_state(Tensor::from({static_cast<std::int64_t>(values.size())}, values));
}

void SelfTestGraph::output(Value value) { graph.output("output" + std::to_string(outputs_++), value); }

void SelfTestGraph::output_with_gradients(Value value, std::vector<Value> with_respect_to) {
  output(value);
  const Value loss = sum(multiply(value, f32(value.shape())));
  for (const Value gradient : gradients(loss, with_respect_to)) output(gradient);
}

Value SelfTestGraph::add_input(Tensor tensor) {
  const std::string name = "input" + std::to_string(inputs.size());
  const TensorDesc desc = tensor.desc();
  inputs.emplace_back(name, std::move(tensor));
  return graph.input(name, desc);
}

Value SelfTestGraph::add_state(Tensor tensor) {
  const std::string name = "state" + std::to_string(states.size());
  const TensorDesc desc = tensor.desc();
  states.emplace_back(name, std::move(tensor));
  return graph.state(name, desc);
}

float SelfTestGraph::normal() {
  float sum = -6;  // of twelve uniform numbers: mean 0, variance 1
  for (int i = 0; i < 12; ++i) sum += static_cast<float>(next() & 0xffffu) / 65536.0f;
  return sum;
}

}  // namespace scoria
