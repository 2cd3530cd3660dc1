#include "support/binary_cases.h"

#include "scoria/ops.h"

namespace scoria::test {
void add_binary_cases(OpCheck& check, Binary op, const Fill& divisor, const OpCaseOptions& options) {
  struct Shapes {
    const char* name;
    Shape a, b;
  };
  const Shapes table[] = {
      {"one element", {1}, {1}},
      {"scalar", {}, {}},
      {"odd", {3, 7}, {3, 7}},
      {"just under a workgroup's share", {1023}, {1023}},
      {"a workgroup's share", {1024}, {1024}},
      {"just over", {1025}, {1025}},
      {"several workgroups and a rest", {5, 777}, {5, 777}},
      {"last axis", {5, 7}, {7}},
      {"last axis, blocks", {6, 256}, {256}},
      {"last axis, whole subgroups", {9, 24}, {24}},
      {"last two axes", {3, 4, 5}, {4, 5}},
      {"bias of BERT's width", {12, 768}, {768}},
      {"repeats longer than a workgroup's share", {3, 1100}, {1100}},
      // From 2^17 elements on, software devices take larger workgroups, of up to 1024.
      {"long, with a rest", {131, 1003}, {131, 1003}},
      {"long, a period no workgroup divides", {171, 768}, {768}},
      {"long, a period of two workgroups", {64, 2048}, {2048}},
      {"one repeated element", {37, 5}, {1}},
      {"scalar repeated", {37, 5}, {}},
      {"one element with axes", {4, 5}, {1, 1}},
      {"column of ones", {4, 1}, {1}},
  };
  for (const Shapes& s : table) {
    OpCaseOptions one = options;
    one.gradient_terms = static_cast<double>(s.a.element_count());
    check.add(
        s.name, [=](OpCase& c) { c.output(op(c.input(s.a, normal()), c.input(s.b, divisor))); }, one);
  }
  OpCaseOptions chained = options;
  chained.terms = 3;
  check.add(
      "in place of either argument",
      [=](OpCase& c) {
        const Value a = c.input({9, 130}, normal()), b = c.input({9, 130}, divisor);
        c.output(op(scale(a, 2.0f), b));
        c.output(op(a, scale(b, 2.0f)));
      },
      chained);
  check.add(
      "the same value twice",
      [=](OpCase& c) {
        const Value a = c.input({4, 33}, divisor);
        c.output(op(a, a));
      },
      chained);
  check.rejects("b must have the shape of a [3, 4], its last axes, or one element; got [3]", [=](OpCase& c) {
    op(c.input({3, 4}, normal()), c.input({3}, normal()));
  });
  check.rejects("argument 1 must be f32; got i32 [4]", [=](OpCase& c) {
    op(c.input({3, 4}, normal()), c.input_i32({4}, integers(0, 3)));
  });
  check.rejects("argument 1 is absent", [=](OpCase& c) { op(c.input({3, 4}, normal()), Value()); });
}

const std::vector<Shape>& elementwise_shapes() {
  static const std::vector<Shape> shapes = {{1},   {},     {3, 7}, {255},        {256},
                                            {257}, {1024}, {1025}, {2, 3, 5, 7}, {11, 768}};
  return shapes;
}

}  // namespace scoria::test
