#include <cstdio>

#include "scoria/scoria.h"

int main() {
  using namespace scoria;
  Graph graph;
  Value x = graph.input("x", {DType::f32, {1}});
  Value f = add(multiply(multiply(x, x), x), scale(x, 3));  // x^3 + 3x
  graph.output("df", gradients(f, {{x}}).front());

  Session session(Device::open("cpu"), graph);
  session.write("x", Tensor::scalar(2));
  session.step();
  std::printf("f'(2) = %g\n", session.read("df").item());
}
