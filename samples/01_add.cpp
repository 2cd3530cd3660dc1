// 01_add: a graph, a device, a session, a step. Prints:
//   on CPU (...
//   [1, 2, 3] + [10, 20, 30] = [11, 22, 33]
//
// Another device: 01_add 0, or a part of its name.

#include <cstdio>
#include <vector>

#include "scoria/scoria.h"

int main(int argc, char** argv) try {
  using namespace scoria;

  // The computation, written down once. Misuse is an Error here, before any device work.
  Graph graph;
  Value a = graph.input("a", {DType::f32, {3}});
  Value b = graph.input("b", {DType::f32, {3}});
  graph.output("sum", add(a, b));

  // A session plans the graph for a device, and runs it as often as you like.
  Device device = Device::open(argc > 1 ? argv[1] : "cpu");
  Session session(device, graph);
  session.write("a", Tensor::from({3}, std::vector<float>{1, 2, 3}));
  session.write("b", Tensor::from({3}, std::vector<float>{10, 20, 30}));
  session.step();

  const Tensor sum = session.read("sum");
  const auto values = sum.values<float>();
  std::printf("on %s\n", device.info().name.c_str());
  std::printf("[1, 2, 3] + [10, 20, 30] = [%g, %g, %g]\n", values[0], values[1], values[2]);
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "01_add: %s\n", error.what());
  return static_cast<int>(error.kind());
}
