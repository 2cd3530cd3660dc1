#include "doctor/self_test_cases.h"

#include <limits>

#include "scoria/ops.h"

namespace scoria {
namespace {

std::vector<SelfTestCase> matrix_cases() {
  return {
      {"matmul, exact integers",
       [](SelfTestGraph& g) {
         for (const bool ta : {false, true}) {
           for (const bool tb : {false, true}) {
             g.output(matmul(g.exact(ta ? Shape{70, 37} : Shape{37, 70}), g.exact(tb ? Shape{45, 70} : Shape{70, 45}),
                             {.transpose_a = ta, .transpose_b = tb, .bias = g.exact({45})}));
           }
         }
       },
       70, true},
      {"matmul, its gradients",
       [](SelfTestGraph& g) {
         const Value a = g.f32({64, 96}), b = g.f32({96, 80}), bias = g.f32({80});
         g.output_with_gradients(matmul(a, b, {.bias = bias}), {a, b, bias});
       },
       96},
      {"strided_matmul",
       [](SelfTestGraph& g) {
         StridedMatmulOptions o{.outer = 2, .inner = 3, .m = 5, .n = 7, .k = 8};
         o.a = {0, 5 * 24, 8, 24};
         o.b = {0, 7 * 24, 8, 24};
         o.c = {0, 3 * 35, 35, 7};
         o.transpose_b = true;
         o.c_shape = {2, 3, 5, 7};
         const Value a = g.f32({10, 24}), b = g.f32({14, 24});
         g.output_with_gradients(strided_matmul(a, b, o), {a, b});
       },
       8},
      {"attention, packed",
       [](SelfTestGraph& g) {
         const Value qkv = g.f32({24, 3 * 2 * 8});
         const Value context = attention(
             qkv, g.i32({0, 7, 7, 19, 24}), g.u32({1, 2, 3, 0}),
             {.heads = 2, .sequence_length = 12, .dropout = 0.1f, .site = 3, .packed = true});
         g.output_with_gradients(context, {qkv});
       },
       200},
      {"attention",
       [](SelfTestGraph& g) {
         const Value qkv = g.f32({24, 48});
         const Value context = attention(qkv, g.i32({12, 7}), g.u32({1, 2, 3, 0}),
                                         {.heads = 2, .sequence_length = 12, .dropout = 0.1f, .site = 3});
         g.output_with_gradients(context, {qkv});
       },
       200},
      {"masked_softmax",
       [](SelfTestGraph& g) {
         const Value scores = g.f32({2, 2, 9, 9});
         g.output_with_gradients(masked_softmax(scores, g.i32({9, 4})), {scores});
       },
       20},
  };
}

std::vector<SelfTestCase> row_cases() {
  return {
      {"layer_norm",
       [](SelfTestGraph& g) {
         const Value x = g.f32({9, 130}), gamma = g.f32({130}, 0.1f, 1), beta = g.f32({130});
         g.output_with_gradients(layer_norm(x, gamma, beta), {x, gamma, beta});
       },
       400},
      {"dropout_add_layer_norm",
       [](SelfTestGraph& g) {
         const Value x = g.f32({9, 96}), residual = g.f32({9, 96});
         const Value gamma = g.f32({96}, 0.1f, 1), beta = g.f32({96});
         g.output_with_gradients(dropout_add_layer_norm(x, residual, g.u32({5, 6, 7, 0}), gamma, beta, 0.1f, 2, 1e-5f),
                                 {x, residual, gamma, beta});
       },
       400},
      {"sigmoid_cross_entropy",
       [](SelfTestGraph& g) {
         const Value x = g.f32({7, 111}, 3), sign = g.exact({7, 111}, 1);
         g.output_with_gradients(sigmoid_cross_entropy(x, multiply(sign, sign)), {x});
       },
       8},
      {"cross_entropy",
       [](SelfTestGraph& g) {
         const Value logits = g.f32({7, 150}, 2);
         const CrossEntropy result = cross_entropy(logits, g.i32({0, 149, -100, 17, 3, 150, 88}));
         g.output(result.correct);
         g.output_with_gradients(result.loss, {logits});
       },
       300},
      {"gather and scatter of rows, exact",
       [](SelfTestGraph& g) {
         const Value rows = g.i32({3, 0, 3, 9, 1, 3, 9});
         g.output(gather_rows(g.exact({10, 40}), rows));
         g.output(scatter_add_rows(rows, g.exact({7, 40}), 10));
         g.output(scatter_add_rows_into(scale(g.exact({10, 40}), 2), rows, g.exact({7, 40})));
         g.output(argmax_rows(g.exact({11, 77}, 1000)));
       },
       1, true},
      {"sums, exact",
       [](SelfTestGraph& g) {
         g.output(sum(g.exact({33, 65})));
         g.output(sum_leading(g.exact({33, 65})));
         g.output(sum_leading(g.exact({4, 6, 10}), 2));
       },
       1, true},
      {"mean and norm",
       [](SelfTestGraph& g) {
         const Value x = g.f32({5000}, 1, 0.5f);
         const Value norm = global_norm(x);
         g.output(norm);
         g.output(clip_scale(norm, 1));
         g.output_with_gradients(mean(x), {x});
       },
       5000},
  };
}

std::vector<SelfTestCase> element_cases() {
  return {
      {"add, multiply, divide, scale",
       [](SelfTestGraph& g) {
         const Value a = g.f32({12, 20}), b = g.f32({20}, 0.2f, 2), c = g.f32({12, 20}, 0.2f, 3);
         g.output_with_gradients(scale(divide(multiply(add(a, b), c), add(c, b)), 0.5f), {a, b, c});
       },
       40},
      {"activations",
       [](SelfTestGraph& g) {
         const Value x = g.f32({7, 111}, 3);
         for (const Activation kind :
              {Activation::Gelu10, Activation::QuickGelu, Activation::Relu, Activation::Relu2, Activation::Relu6,
               Activation::LeakyRelu, Activation::Silu, Activation::HardSwish, Activation::Mish, Activation::Sigmoid,
               Activation::Laplace})
           g.output_with_gradients(activate(x, kind), {x});
       },
       20},
      {"gelu and tanh",
       [](SelfTestGraph& g) {
         const Value x = g.f32({7, 111}, 3);
         g.output_with_gradients(gelu(x), {x});
         g.output_with_gradients(gelu(x, GeluForm::Tanh), {x});
         g.output_with_gradients(tanh(x), {x});
       },
       8},
      {"dropout",
       [](SelfTestGraph& g) {
         const Value x = g.f32({13, 70}, 1, 3);
         g.output_with_gradients(dropout(x, g.u32({8, 9, 10, 4}), 0.25f, 1), {x});
         const Value some = g.f32({3, 70}, 1, 3);
         g.output_with_gradients(dropout(some, g.u32({8, 9, 10, 4}), 0.25f, 1, g.i32({12, 5, 5})), {some});
       },
       2},
      {"cast, exact",
       [](SelfTestGraph& g) {
         const Value x = g.exact({300}, 100);
         g.output(cast(cast(x, DType::i32), DType::f32));
         g.output(cast(cast(x, DType::f16), DType::f32));
         g.output(cast(cast(x, DType::bf16), DType::f32));
       },
       1, true},
      {"full, place, pack, exact",
       [](SelfTestGraph& g) {
         g.output(place(g.exact({3, 5}), {40}, 7));
         const std::vector<Value> parts = {g.exact({64}), full(g.graph, {10}, 2.5f)};
         const std::vector<std::int64_t> offsets = {0, 128};
         g.output(pack(g.state({192}), parts, offsets));
       },
       1, true},
  };
}

std::vector<SelfTestCase> update_cases() {
  return {
      {"adamw",
       [](SelfTestGraph& g) {
         const AdamwState state{g.state({640}), g.state({640}, 0.01f), g.state({640}, 0.001f, 0.001f)};
         const Value rate = learning_rate(g.u32({3}), {.peak = 1e-2f, .warmup_steps = 2, .total_steps = 10});
         const Value blocks = g.u32({1, 0, 1, 1, 0, 1, 1, 0, 0, 1});
         const AdamwState next = adamw(state, g.f32({640}), g.u32({3}), rate, g.f32({1}, 0.1f, 1), blocks, {});
         for (const Value v : {next.params, next.m, next.v}) g.output(v);
         g.output(rate);
       },
       16},
      {"accumulate and counters, exact",
       [](SelfTestGraph& g) {
         g.output(count_non_finite(g.counter({4, 2}), g.f32({1})));
         g.output(count_non_finite(g.counter({4, 2}), full(g.graph, {1}, std::numeric_limits<float>::infinity())));
         g.output(increment(g.counter({41, 7})));
         g.output(accumulate(g.state({100}, 0, 5), g.exact({100}), g.u32({1})));
         g.output(accumulate(g.state({100}, 0, 7), g.exact({100}), g.u32({0})));
       },
       1, true},
  };
}

}  // namespace

std::vector<SelfTestCase> self_test_cases() {
  std::vector<SelfTestCase> all;
  for (const auto& family : {matrix_cases(), row_cases(), element_cases(), update_cases()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace scoria
