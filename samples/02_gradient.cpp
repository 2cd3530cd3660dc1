// 02_gradient: differentiate a function and check one value by hand. Prints:
//   f(2)     14.000         f = x^3 + 3x
//   f'(2)    15.000         by hand: 3x^2 + 3 = 15

#include <cstdio>

#include "scoria/scoria.h"

int main() try {
  using namespace scoria;

  Graph graph;
  Value x = graph.input("x", {DType::f32, {1}});
  Value f = add(multiply(multiply(x, x), x), scale(x, 3));

  // Gradients are nodes like any other: printed, planned and run with the rest.
  graph.output("f", f);
  graph.output("df", gradients(f, {{x}}).front());

  Session session(Device::open("cpu"), graph);
  session.write("x", Tensor::scalar(2));
  session.step();
  std::printf("f(2)   %8.3f         f = x^3 + 3x\n", session.read("f").item());
  std::printf("f'(2)  %8.3f         by hand: 3x^2 + 3 = 15\n", session.read("df").item());
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "02_gradient: %s\n", error.what());
  return static_cast<int>(error.kind());
}
