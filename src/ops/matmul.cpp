#include "ops/matmul.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/expect.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// Two attribute forms of one op. The plain one, {transpose_a, transpose_b, bias}, takes its sizes from the shapes; the
// strided one spells out sizes, views and the result's shape. matmul_problem turns both into the same numbers.
bool is_strided(const Attributes& attributes) { return attributes.has("c_shape"); }

Attribute view_attribute(const MatrixView& v) {
  return std::vector<std::int64_t>{v.offset, v.outer_stride, v.inner_stride, v.row_stride, v.column_stride};
}

MatrixView view_of(const std::vector<std::int64_t>& v) { return {v[0], v[1], v[2], v[3], v[4]}; }

Value add_strided(Value a, Value b, const MatmulProblem& p, const Shape& c_shape) {
  return add_op(matmul_op, {a, b},
                {{"outer", p.outer},
                 {"inner", p.inner},
                 {"m", p.m},
                 {"n", p.n},
                 {"k", p.k},
                 {"a", view_attribute(p.a)},
                 {"b", view_attribute(p.b)},
                 {"c", view_attribute(p.c)},
                 {"c_shape", c_shape.sizes()},
                 {"alpha", double{p.alpha}}});
}

// A stored rows x columns matrix per batch, seen as stored or transposed.
MatrixView dense_view(std::int64_t rows, std::int64_t columns, bool batched, bool transpose) {
  const MatrixView stored{0, batched ? rows * columns : 0, 0, columns, 1};
  return transpose ? stored.transposed() : stored;
}

MatmulProblem plain_problem(const OpCall& call) {
  const Shape &a = call.inputs[0].shape, &b = call.inputs[1].shape;
  const bool ta = call.attributes.flag("transpose_a"), tb = call.attributes.flag("transpose_b");
  if (a.rank() < 2 || b.rank() < 2) {
    misuse(call, fmt::format("a and b must have two axes or more; got a {}, b {}", a.to_string(), b.to_string()));
  }
  MatmulProblem p;
  p.m = a[ta ? -1 : -2];
  p.k = a[ta ? -2 : -1];
  p.n = b[tb ? -2 : -1];
  p.has_bias = call.attributes.flag("bias");
  const std::int64_t b_k = b[tb ? -1 : -2];
  if (b_k != p.k) {
    misuse(call, fmt::format("b must have {} rows, as a has columns{}; got a {}, b {}", p.k,
                             ta || tb ? " (after transposing)" : "", a.to_string(), b.to_string()));
  }
  const bool shared_b = b.rank() == 2;
  if (!shared_b && !std::equal(a.sizes().begin(), a.sizes().end() - 2, b.sizes().begin(), b.sizes().end() - 2)) {
    misuse(call,
           fmt::format("b must be a matrix or have a's leading axes; got a {}, b {}", a.to_string(), b.to_string()));
  }
  p.outer = a.element_count() / std::max<std::int64_t>(1, p.m * p.k);
  // One shared b: a's leading axes are only more rows.
  if (shared_b && !ta) {
    p.m *= p.outer;
    p.outer = 1;
  }
  p.a = ta ? dense_view(p.k, p.m, true, true) : dense_view(p.m, p.k, true, false);
  p.b = tb ? dense_view(p.n, p.k, !shared_b, true) : dense_view(p.k, p.n, !shared_b, false);
  p.c = dense_view(p.m, p.n, true, false);
  return p;
}

// Whether the rows x columns matrices of a view hold every element of a tensor exactly once.
bool covers_once(const MatrixView& view, const MatmulProblem& batch, std::int64_t rows, std::int64_t columns,
                 std::int64_t element_count) {
  std::array<std::array<std::int64_t, 2>, 4> axes = {{{view.outer_stride, batch.outer},
                                                      {view.inner_stride, batch.inner},
                                                      {view.row_stride, rows},
                                                      {view.column_stride, columns}}};
  std::sort(axes.begin(), axes.end());
  std::int64_t covered = 1;
  for (const auto& [stride, size] : axes) {
    if (size == 1) continue;
    if (stride != covered) return false;
    covered *= size;
  }
  return view.offset == 0 && covered == element_count;
}

void check_inside(const OpCall& call, const char* which, const MatrixView& v, const MatmulProblem& p, std::int64_t rows,
                  std::int64_t columns, std::int64_t element_count) {
  const bool column_major = v.column_stride != 1;
  const std::int64_t width = column_major ? rows : columns, stride = column_major ? v.column_stride : v.row_stride;
  const bool negative = std::min({v.offset, v.outer_stride, v.inner_stride, v.row_stride, v.column_stride}) < 0;
  const bool folded = (column_major ? columns : rows) > 1 && stride < width;
  const std::int64_t last = v.offset + (p.outer - 1) * v.outer_stride + (p.inner - 1) * v.inner_stride +
                            (rows - 1) * v.row_stride + (columns - 1) * v.column_stride;
  if (negative || folded || last >= element_count || (column_major && v.row_stride != 1)) {
    misuse(call, fmt::format("the {} x {} x [{}, {}] matrices of {} must lie inside its {} elements, with rows apart; "
                             "got offset {}, strides {}, {}, row stride {}",
                             p.outer, p.inner, rows, columns, which, element_count, v.offset, v.outer_stride,
                             v.inner_stride, stride));
  }
}

MatmulProblem strided_problem(const OpCall& call) {
  const Attributes& at = call.attributes;
  MatmulProblem p{at.integer("outer"),
                  at.integer("inner"),
                  at.integer("m"),
                  at.integer("n"),
                  at.integer("k"),
                  view_of(at.integers("a")),
                  view_of(at.integers("b")),
                  view_of(at.integers("c")),
                  static_cast<float>(at.number("alpha")),
                  false};
  if (std::min({p.outer, p.inner, p.m, p.n, p.k}) < 1) {
    misuse(call, fmt::format("outer, inner, m, n and k must be positive; got {}, {}, {}, {}, {}", p.outer, p.inner, p.m,
                             p.n, p.k));
  }
  check_inside(call, "a", p.a, p, p.m, p.k, call.inputs[0].shape.element_count());
  check_inside(call, "b", p.b, p, p.k, p.n, call.inputs[1].shape.element_count());
  const Shape c_shape(at.integers("c_shape"));
  if (p.c.column_stride != 1 || !covers_once(p.c, p, p.m, p.n, c_shape.element_count())) {
    misuse(call, fmt::format("the {} x {} x [{}, {}] matrices of c must cover c_shape {} exactly once", p.outer,
                             p.inner, p.m, p.n, c_shape.to_string()));
  }
  return p;
}

std::vector<TensorDesc> infer(const OpCall& call) {
  expect_f32(call);
  const MatmulProblem p = matmul_problem(call);
  if (is_strided(call.attributes)) return {{DType::f32, Shape(call.attributes.integers("c_shape"))}};
  if (p.has_bias && call.inputs[2].shape != Shape{p.n}) {
    misuse(call, fmt::format("bias must be [{}], b's columns; got {}", p.n, call.inputs[2].shape.to_string()));
  }
  std::vector<std::int64_t> sizes = call.inputs[0].shape.sizes();
  sizes[sizes.size() - 2] = call.inputs[0].shape[call.attributes.flag("transpose_a") ? -1 : -2];
  sizes.back() = p.n;
  return {{DType::f32, Shape(std::move(sizes))}};
}

// The descs of a reference call, for matmul_problem.
MatmulProblem problem_of(const ReferenceArgs& args) {
  std::vector<TensorDesc> inputs;
  for (const ReferenceTensor* input : args.inputs) inputs.push_back(input->desc);
  return matmul_problem(OpCall{"matmul", "", inputs, {}, args.attributes});
}

void reference(const ReferenceArgs& args) {
  const MatmulProblem p = problem_of(args);
  const std::vector<double>&a = args.inputs[0]->values, &b = args.inputs[1]->values;
  std::vector<double>& c = args.outputs[0].values;
  const auto start = [](const MatrixView& v, std::int64_t o, std::int64_t i) {
    return v.offset + o * v.outer_stride + i * v.inner_stride;
  };
  for (std::int64_t matrix = 0; matrix < p.batch(); ++matrix) {
    const std::int64_t o = matrix / p.inner, i = matrix % p.inner;
    const double* a0 = a.data() + start(p.a, o, i);
    const double* b0 = b.data() + start(p.b, o, i);
    double* c0 = c.data() + start(p.c, o, i);
    for (std::int64_t row = 0; row < p.m; ++row) {
      for (std::int64_t column = 0; column < p.n; ++column) {
        double sum = 0;
        for (std::int64_t t = 0; t < p.k; ++t) {
          sum += a0[row * p.a.row_stride + t * p.a.column_stride] * b0[t * p.b.row_stride + column * p.b.column_stride];
        }
        c0[row * p.c.row_stride + column] = p.alpha * sum + (p.has_bias ? args.inputs[2]->values[column] : 0.0);
      }
    }
  }
}

// (a b)^T = b^T a^T
MatmulProblem transposed(const MatmulProblem& p) {
  return {p.outer, p.inner, p.n, p.m, p.k, p.b.transposed(), p.a.transposed(), p.c.transposed(), p.alpha, false};
}

// c = alpha a b: da = alpha dc b^T and db = alpha a^T dc, each in its operand's own layout. Where that is transposed,
// the product is computed transposed too, so that the columns of what it writes are adjacent either way.
Value operand_gradient(const MatmulProblem& p, bool of_a, Value dc, Value other, const Shape& shape) {
  const MatrixView& own = of_a ? p.a : p.b;
  const std::int64_t rows = of_a ? p.m : p.k, columns = of_a ? p.k : p.n;
  if (!covers_once(own, p, rows, columns, shape.element_count())) {
    throw Error(ErrorKind::Usage,
                fmt::format("matmul: no gradient for {} {}: its matrices do not hold each of its elements exactly once",
                            of_a ? "a" : "b", shape.to_string()));
  }
  MatmulProblem g{p.outer, p.inner, rows, columns, of_a ? p.n : p.m, {}, {}, own, p.alpha, false};
  g.a = of_a ? p.c : p.a.transposed();
  g.b = of_a ? p.b.transposed() : p.c;
  const Value first = of_a ? dc : other, second = of_a ? other : dc;
  if (own.column_stride == 1) return add_strided(first, second, g, shape);
  return add_strided(second, first, transposed(g), shape);
}

// b is one matrix for all of a's: each product's share, then their sum.
Value shared_b_gradient(const MatmulProblem& p, Value dc, Value a, const Shape& shape) {
  MatmulProblem each = p;
  each.b.outer_stride = p.k * p.n;
  const Shape shares{p.outer, shape[0], shape[1]};
  return sum_leading(operand_gradient(each, false, dc, a, shares), 2);
}

// Gradients of the plain form are plain products too, which print and plan best.
std::vector<Value> plain_gradients(Value a, Value b, Value dc, bool ta, bool tb) {
  if (b.shape().rank() == 2 && a.shape().rank() > 2) {
    const Value a2 = reshape(a, {a.shape().row_count(), a.shape().row_size()});
    const Value dc2 = reshape(dc, {dc.shape().row_count(), dc.shape().row_size()});
    const Value db = tb ? matmul(dc2, a2, {.transpose_a = true}) : matmul(a2, dc2, {.transpose_a = true});
    return {matmul(dc, b, {.transpose_b = !tb}), db};
  }
  const Value da = ta ? matmul(b, dc, {.transpose_a = tb, .transpose_b = true}) : matmul(dc, b, {.transpose_b = !tb});
  const Value db = tb ? matmul(dc, a, {.transpose_a = true, .transpose_b = ta}) : matmul(a, dc, {.transpose_a = !ta});
  return {da, db};
}

std::vector<Value> grad(const GradArgs& args) {
  const Value a = args.inputs[0], b = args.inputs[1], dc = args.output_grads[0];
  std::vector<TensorDesc> descs;
  for (Value input : args.inputs) descs.push_back(input.desc());
  const MatmulProblem p = matmul_problem(OpCall{"matmul", "", descs, {}, args.attributes});
  if (is_strided(args.attributes)) {
    return {operand_gradient(p, true, dc, b, a.shape()), operand_gradient(p, false, dc, a, b.shape())};
  }
  const bool ta = args.attributes.flag("transpose_a"), tb = args.attributes.flag("transpose_b");
  std::vector<Value> grads;
  if (ta && p.outer > 1 && b.shape().rank() == 2) {
    grads = {operand_gradient(p, true, dc, b, a.shape()), shared_b_gradient(p, dc, a, b.shape())};
  } else if (ta && a.shape().rank() > 2 && b.shape().rank() == 2) {
    grads = {operand_gradient(p, true, dc, b, a.shape()), operand_gradient(p, false, dc, a, b.shape())};
  } else {
    grads = plain_gradients(a, b, dc, ta, tb);
  }
  if (p.has_bias) grads.push_back(sum_leading(dc, 1));
  return grads;
}

double flops(const OpCall& call) {
  const MatmulProblem p = matmul_problem(call);
  return 2.0 * static_cast<double>(p.batch()) * static_cast<double>(p.m) * static_cast<double>(p.n) *
         static_cast<double>(p.k);
}

MatrixView view_of(const MatrixLayout& layout, bool transpose) {
  const MatrixView stored{layout.offset, layout.outer_stride, layout.inner_stride, layout.row_stride, 1};
  return transpose ? stored.transposed() : stored;
}

}  // namespace

MatmulProblem matmul_problem(const OpCall& call) {
  return is_strided(call.attributes) ? strided_problem(call) : plain_problem(call);
}

Value matmul(Value a, Value b, const MatmulOptions& options) {
  Attributes attributes;
  attributes.set("transpose_a", std::int64_t{options.transpose_a});
  attributes.set("transpose_b", std::int64_t{options.transpose_b});
  attributes.set("bias", std::int64_t{static_cast<bool>(options.bias)});
  if (options.bias) return add_op(matmul_op, {a, b, options.bias}, std::move(attributes));
  return add_op(matmul_op, {a, b}, std::move(attributes));
}

Value strided_matmul(Value a, Value b, const StridedMatmulOptions& options) {
  const MatmulProblem p{options.outer,
                        options.inner,
                        options.m,
                        options.n,
                        options.k,
                        view_of(options.a, options.transpose_a),
                        view_of(options.b, options.transpose_b),
                        view_of(options.c, false),
                        options.alpha,
                        false};
  return add_strided(a, b, p, options.c_shape);
}

const OpDef matmul_op{
    .name = "matmul",
    .infer = infer,
    .reference = reference,
    .cpu = matmul_cpu,
    .kernels = matmul_kernels(),
    .grad = grad,
    .flops = flops,
};
const OpRegistration matmul_registered(matmul_op);

}  // namespace scoria
