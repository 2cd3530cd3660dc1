// 03_fit: train. A line y = w x + b is fitted to four points on y = 2x + 1; weights, moments and the step counter are
// states: they stay on the device, and the host only says "step". Prints:
//   step    1  loss 21.0000
//   step  100  loss 0.0...
//   step  500  loss 0.0000
//   w 2.000  b 1.000

#include <cstdio>
#include <vector>

#include "scoria/scoria.h"

int main() try {
  using namespace scoria;

  Graph graph;
  Value x = graph.input("x", {DType::f32, {4, 1}});
  Value y = graph.input("y", {DType::f32, {4, 1}});

  // All parameters live in one flat state, so that one op updates them all; w and b are parts of it.
  const Shape flat{128};
  Value parameters = graph.state("parameters", {DType::f32, flat});
  Value w = view(parameters, {1, 1}, 0);
  Value b = view(parameters, {1}, 64);

  Value error = add(matmul(x, w, {.bias = b}), scale(y, -1));
  Value loss = mean(multiply(error, error));

  // The optimizer is ops too: gradients into a flat state, then one step of AdamW on it.
  const std::vector<Value> grads = gradients(loss, {{w, b}});
  Value packed = pack(graph.state("gradients", {DType::f32, flat}), grads, {{0, 64}});
  Value step = graph.state("step", {DType::u32, {1}});
  Value decay = graph.state("decay", {DType::u32, {2}});  // zero: no weight decay
  AdamwState state{parameters, graph.state("m", {DType::f32, flat}), graph.state("v", {DType::f32, flat})};
  graph.keep(adamw(state, packed, step, full(graph, {1}, 0.05f), full(graph, {1}, 1), decay, {}).params);
  graph.keep(increment(step));
  graph.output("loss", loss);

  Session session(Device::open("cpu"), graph);
  session.write("x", Tensor::from({4, 1}, std::vector<float>{0, 1, 2, 3}));
  session.write("y", Tensor::from({4, 1}, std::vector<float>{1, 3, 5, 7}));
  for (int i = 1; i <= 500; ++i) {
    session.step();
    if (i == 1 || i == 100 || i == 500) std::printf("step %4d  loss %.4f\n", i, session.read("loss").item());
  }
  const Tensor fitted = session.read("parameters");
  std::printf("w %.3f  b %.3f\n", fitted.values<float>()[0], fitted.values<float>()[64]);
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "03_fit: %s\n", error.what());
  return static_cast<int>(error.kind());
}
