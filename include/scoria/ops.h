#pragma once

/// The manual of the ops: formula, shapes, what may surprise, errors, source.
///
/// Axis letters: B batch (sequences), S sequence length, T tokens = B * S, H hidden, A heads, D head size,
/// F feed-forward, V vocabulary, M masked positions of the whole batch, N elements of a flat arena.
/// Every op throws Error (Usage) 'op "label": ...' when it is called with shapes or dtypes it does not list.

#include <cstdint>
#include <span>
#include <vector>

#include "scoria/graph.h"

namespace scoria {

// ---- Views: no kernel runs, the result is part of the argument's memory -----------------------------------------

/// The `shape.element_count()` elements of x that start at element `offset`, seen as `shape`. Differentiable
/// (the gradient is placed among zeros). Throws if the range leaves x.
Value view(Value x, Shape shape, std::int64_t offset = 0);
/// All elements of x seen as another shape of the same count.
Value reshape(Value x, Shape shape);

/// Writes parts into one flat state: flat[offsets[i] ...] = parts[i]. Returns the state after the update.
///   flat  [N] f32, a state    parts[i]  any shape, f32, inside flat and not overlapping
/// Elements of flat in no part keep their value. The planner lets each part's producer write straight into
/// flat, so that packing gradients costs nothing. Not differentiable.
Value pack(Value flat, std::span<const Value> parts, std::span<const std::int64_t> offsets);

/// A tensor of zeros of `shape` with x's elements at element `offset`: the gradient of view.
Value place(Value x, Shape shape, std::int64_t offset);

/// A tensor of which every element is `value` (f32).
Value full(Graph& graph, Shape shape, float value);

// ---- Matrix products ----------------------------------------------------------------------------------------------

struct MatmulOptions {
  bool transpose_a = false;  ///< a is stored [..., k, m]
  bool transpose_b = false;  ///< b is stored [..., n, k]
  Value bias = {};           ///< [n] f32, added to every row; absent = none
};

/// Matrix product over the last two axes, c = a b (+ bias).
///
///   a  [..., m, k] f32    b  [k, n], or [..., k, n] with a's leading axes    c  [..., m, n] f32
///
/// Sums are f32 in an order fixed by device and shape. Differentiable in a, b and bias.
Value matmul(Value a, Value b, const MatmulOptions& options = {});

/// Where a batch of matrices lies in a tensor, in elements: matrix (outer, inner) starts at
/// offset + outer * outer_stride + inner * inner_stride, its row r at r * row_stride, columns are adjacent.
struct MatrixLayout {
  std::int64_t offset = 0;
  std::int64_t outer_stride = 0;
  std::int64_t inner_stride = 0;
  std::int64_t row_stride = 0;
};

struct StridedMatmulOptions {
  std::int64_t outer = 1, inner = 1;  ///< outer * inner products
  std::int64_t m = 0, n = 0, k = 0;
  MatrixLayout a = {}, b = {}, c = {};
  bool transpose_a = false, transpose_b = false;
  Shape c_shape = {};  ///< of the result; the c matrices must cover it exactly once
  float alpha = 1.0f;  ///< c = alpha * a b
};

/// Batched matrix product on matrices that lie inside larger tensors, such as the heads inside [T, 3H].
/// Differentiable where a's and b's matrices cover a and b exactly once.
Value strided_matmul(Value a, Value b, const StridedMatmulOptions& options);

// ---- Elementwise --------------------------------------------------------------------------------------------------

/// a + b. b has a's shape, or the last axes of a's shape (it is then repeated), or one element. f32. Differentiable.
Value add(Value a, Value b);
/// a * b elementwise; b as in add. f32. Differentiable.
Value multiply(Value a, Value b);
/// a / b elementwise; b as in add. f32. Differentiable.
Value divide(Value a, Value b);
/// factor * x. f32. Differentiable.
Value scale(Value x, float factor);

enum class GeluForm {
  Erf,   ///< x * (1 + erf(x / sqrt 2)) / 2: Hugging Face's "gelu", the default
  Tanh,  ///< x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2: "gelu_new", Google's since 2019
};

/// Gaussian error linear unit. x any shape, f32. Differentiable.
/// Source: Hendrycks, Gimpel 2016, arXiv:1606.08415.
Value gelu(Value x, GeluForm form = GeluForm::Erf);
/// dx = dy * gelu'(x).
Value gelu_grad(Value x, Value dy, GeluForm form = GeluForm::Erf);

/// What stands between two dense layers. s(x) = 1 / (1 + e^-x), cdf that of the normal distribution.
enum class Activation {
  Gelu,       ///< gelu(), the form with erf
  GeluTanh,   ///< gelu(), the form with tanh
  Gelu10,     ///< min(gelu(x), 10)
  QuickGelu,  ///< x s(1.702 x)
  Relu,       ///< max(x, 0)
  Relu2,      ///< max(x, 0)^2
  Relu6,      ///< min(max(x, 0), 6)
  LeakyRelu,  ///< x where x > 0, else x / 100
  Silu,       ///< x s(x), also called swish
  HardSwish,  ///< x min(max(x + 3, 0), 6) / 6
  Mish,       ///< x tanh(log(1 + e^x))
  Sigmoid,    ///< s(x)
  Laplace,    ///< cdf((x - 0.707107) / 0.282095)
  Tanh,       ///< tanh()
  Linear,     ///< x
};

/// One of them, x any shape, f32. Differentiable; the slope at a kink is that of PyTorch: 0 for relu and relu6.
/// Source: torch.nn's documentation of each; Laplace: arXiv:2209.10655.
Value activate(Value x, Activation activation);
/// dx = dy * activation'(x). For those that are ops of their own (gelu, tanh) and for Linear there is none.
Value activate_grad(Value x, Value dy, Activation activation);

/// tanh x, finite for every finite x (a device's own tanh may overflow). f32. Differentiable.
Value tanh(Value x);
/// dx = dy * (1 - y^2), y = tanh x.
Value tanh_grad(Value y, Value dy);

/// Drops elements with probability p and scales the others by 1 / (1 - p).
///
///   x     [..., n] f32
///   rng   [4] u32: seed low, seed high, step, first row
///   rows  [rows of x] i32, or absent: row r draws as row rows[r] would; absent, as row r
///
/// Element e of row r is kept where 16-bit lane (i mod 8) of the Philox4x32-10 block with counter
/// (i / 8, site, step, 0) and key (seed low, seed high) is at least round(65536 p), with
/// i = (first row + rows[r]) * n + e modulo 2^32. So masks are equal on every device, `first row` makes the
/// micro-batches of one batch draw what the whole batch would, `rows` makes some rows of a tensor draw what they
/// would among all, and p is rounded to 1/65536 (the scale uses the rounded p). The gradient of dropout is dropout
/// of the gradient: nothing is stored.
Value dropout(Value x, Value rng, float p, std::uint32_t site, Value rows = {});

/// Converts the elements. f32 to and from f16, bf16 (nearest even), i32, u32 (toward zero, saturating).
/// Differentiable between float types.
Value cast(Value x, DType dtype);

// ---- Rows ---------------------------------------------------------------------------------------------------------

/// Layer normalization over the last axis.
///
///     y = gamma * (x - mean) / sqrt(var + eps) + beta
///
///   x [..., n] f32    gamma [n] f32    beta [n] f32    y [..., n] f32
///
/// var is the population variance (divides by n), from a second pass over x. Differentiable in x, gamma and
/// beta; training keeps mean and 1/sqrt(var + eps), 8 bytes a row.
/// Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, section 3.
Value layer_norm(Value x, Value gamma, Value beta, float eps = 1e-12f);

struct LayerNormGrads {
  Value dx, dgamma, dbeta;
};
/// Gradients of layer_norm from x, the kept mean [rows] and rstd [rows], and dy.
LayerNormGrads layer_norm_grad(Value x, Value gamma, Value mean, Value rstd, Value dy);

/// layer_norm(residual + dropout(x)) in one pass: fused from those three ops. Outputs of its node: y, the sum
/// before normalization, mean, rstd. Arguments as in dropout and layer_norm; residual has x's shape.
Value dropout_add_layer_norm(Value x, Value residual, Value rng, Value gamma, Value beta, float p, std::uint32_t site,
                             float eps = 1e-12f, Value rows = {});

/// Softmax over the last axis of attention scores, over the first lengths[b] keys only; masked keys get 0.
///   scores [B, A, S, S] f32    lengths [B] i32, each in 1..S
/// Differentiable in scores.
Value masked_softmax(Value scores, Value lengths);
/// dscores = y * (dy - sum(y * dy)).
Value masked_softmax_grad(Value y, Value dy);

/// Rows of a table: y[i] = table[rows[i]]. The embedding lookup, and the gather of masked positions.
///   table [V, n] f32    rows [R] i32, each in 0..V-1 (others read row 0)    y [R, n]
/// Differentiable in table, through scatter_add_rows.
Value gather_rows(Value table, Value rows);
/// out[v] = sum of x[i] over all i with rows[i] = v, in ascending i: a fixed order, no atomics.
///   rows [R] i32    x [R, n] f32    out [row_count, n] f32; rows outside 0..row_count-1 are left out
Value scatter_add_rows(Value rows, Value x, std::int64_t row_count);
/// base + scatter_add_rows(rows, x, V), into base's memory: fused from those two ops, so that the two gradients of
/// a tied table meet without another pass over it. base [V, n] f32.
Value scatter_add_rows_into(Value base, Value rows, Value x);

/// Sums over all axes but the last `axes` ones: [.., n] -> [n] with axes = 1, the gradient of a bias.
Value sum_leading(Value x, int axes = 1);
/// Sum of all elements, [1].
Value sum(Value x);
/// Mean of all elements, [1].
Value mean(Value x);
/// The column of the largest element of each row, the first if several: x [R, n] f32 -> [R] i32. Not differentiable.
Value argmax_rows(Value x);

// ---- Attention ----------------------------------------------------------------------------------------------------

struct AttentionOptions {
  std::int64_t heads = 1;
  std::int64_t sequence_length = 0;  ///< S; T must be a multiple of it. Packed: the longest that a sequence may be
  float dropout = 0.0f;              ///< of the probabilities; 0 = none, then rng may be absent
  std::uint32_t site = 0;
  bool packed = false;  ///< sequences of any lengths stand beside each other, without padding
};

/// Multi-head scaled dot-product self-attention over the first lengths[b] keys of each sequence.
///
///     P = softmax(Q K^T / sqrt(D)) over keys 0 .. lengths[b]-1,   context = dropout(P) V
///
///   qkv      [T, 3H] f32: a token's query, key and value, each A heads of D = H / A
///   lengths  [B] i32, each in 1..S
///   rng      [4] u32, as in dropout; row = token, column = head * S + key, n = A * S
///   context  [T, H] f32
///
/// Packed: in the place of lengths stand starts [B + 1] i32, 0 = starts[0] <= ... <= starts[B] = T. Sequence b is the
/// tokens starts[b] .. starts[b + 1] - 1, none to S of them, all of them its keys. Token i of it draws as token b S + i
/// of padded sequences, so that both forms drop the same probabilities.
///
/// Queries beyond the length are computed like any other. Neither pass stores the S x S probabilities: the node
/// keeps log-sum-exp, [T, A] f32, and the gradient computes them again. Differentiable in qkv.
/// Source: Vaswani et al. 2017, arXiv:1706.03762; Dao et al. 2022, arXiv:2205.14135, section 3 for the gradient.
Value attention(Value qkv, Value lengths, Value rng, const AttentionOptions& options);
/// dqkv from the kept log-sum-exp lse [T, A] and dcontext.
Value attention_grad(Value qkv, Value context, Value lse, Value lengths, Value rng, Value dcontext,
                     const AttentionOptions& options);

// ---- Losses -------------------------------------------------------------------------------------------------------

struct CrossEntropy {
  Value loss;     ///< [R] f32: -log softmax(logits)[label], 0 for an ignored row
  Value correct;  ///< [R] f32: 1 where the first largest logit is the label's, else 0; 0 for an ignored row
};

/// Softmax cross-entropy of each row. logits [R, V] f32, labels [R] i32; a label outside 0..V-1 ignores its row.
/// Differentiable in logits through loss; training keeps log-sum-exp, 4 bytes a row.
CrossEntropy cross_entropy(Value logits, Value labels);
/// dlogits = (softmax(logits) - onehot(label)) * dloss, 0 for an ignored row; may take the memory of logits.
Value cross_entropy_grad(Value logits, Value labels, Value lse, Value dloss);

/// Cross-entropy of independent yes-or-no questions, each element by itself: what PyTorch calls BCEWithLogitsLoss.
///
///     loss = -(y log sigmoid(x) + (1 - y) log(1 - sigmoid(x)))
///
/// logits x and targets y, in 0 .. 1, of one shape, f32. Finite for every finite x: neither logarithm is taken of a
/// rounded sigmoid. Differentiable in the logits.
Value sigmoid_cross_entropy(Value logits, Value targets);
/// dx = (sigmoid(x) - y) * dloss.
Value sigmoid_cross_entropy_grad(Value logits, Value targets, Value dloss);

// ---- Optimization: the host only submits ----------------------------------------------------------------------------

/// sqrt(sum of squares of all elements), [1] f32; infinity where the sum leaves f32, from a norm of 1.8e19 on.
Value global_norm(Value x);
/// min(1, max_norm / (norm + 1e-6)), [1] f32: PyTorch's clip_grad_norm_. 0 where the norm is not finite, so that adamw
/// leaves everything as it is.
Value clip_scale(Value norm, float max_norm);

struct LearningRateOptions {
  enum class Decay {
    Linear,        ///< Hugging Face: peak at the end of warm-up, then straight to 0 at total
    LinearGoogle,  ///< straight from peak at step 0 to 0 at total, with warm-up put over it: a drop at its end
    Constant,      ///< peak after warm-up
  };
  float peak = 1e-4f;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
  Decay decay = Decay::Linear;
};
/// The learning rate of a step, [1] f32, from the count of steps done, step [1] u32: the first step has rate 0 when
/// there is a warm-up.
Value learning_rate(Value step, const LearningRateOptions& options);

struct AdamwOptions {
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float eps = 1e-8f;
  float weight_decay = 0.01f;
  bool bias_correction = true;  ///< false is Google's BERT
};

struct AdamwState {
  Value params, m, v;
};

/// One decoupled-weight-decay Adam step over a flat arena, in place.
///
///     g = grad_scale * grads;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  t = step + 1
///     params -= rate * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + weight_decay * decay * params)
///
///   params, m, v  [N] f32 states, updated    grads [N] f32    step [1] u32: steps done before this one
///   rate [1] f32    grad_scale [1] f32    decay_blocks [ceil(N / 64)] u32: 1 where a block of 64 elements decays
///
/// Returns the states after the update. Where grad_scale is 0 (a gradient that is not finite) nothing changes.
/// Options mean the decimal they were written as: beta2 = 0.999f is 0.999, and 1 - beta2 is 0.001 to f32.
/// Source: Loshchilov, Hutter 2019, arXiv:1711.05101, algorithm 2, with PyTorch's placement of eps.
AdamwState adamw(AdamwState state, Value grads, Value step, Value rate, Value grad_scale, Value decay_blocks,
                 const AdamwOptions& options);

/// sum = keep * sum + x in place; keep [1] u32 is 0 or 1, and 0 forgets even what is not finite.
/// sum: a state, f32; x f32 of the same shape.
Value accumulate(Value sum, Value x, Value keep);
/// counter[0] += 1 in place; counter: a state, u32, of which the other elements stay.
Value increment(Value counter, std::int64_t element = 0);
/// Where x [1] f32 is not finite counter[0] += 1 and counter[1] += 1, else counter[1] = 0, in place: how often in all,
/// and how often in a row. counter: a state, u32 [2].
Value count_non_finite(Value counter, Value x);

}  // namespace scoria
