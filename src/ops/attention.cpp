#include "ops/attention.h"

#include <fmt/format.h>

#include <cmath>

#include "ops/expect.h"
#include "scoria/error.h"
#include "scoria/ops.h"

namespace scoria {
namespace {

// Checks options and the shapes that follow from them; `rng_at` is where rng stands when there is one.
AttentionProblem checked_problem(const OpCall& call, std::size_t lengths_at, std::size_t rng_at) {
  const Attributes& at = call.attributes;
  const Shape& qkv = call.inputs[0].shape;
  const std::int64_t heads = at.integer("heads"), length = at.integer("sequence_length");
  expect_dtype(call, 0, "qkv", DType::f32);
  if (heads < 1 || length < 1) {
    misuse(call, fmt::format("heads and sequence_length must be positive; got {} and {}", heads, length));
  }
  expect_probability(call, "dropout");
  const bool packed = at.integer("packed") != 0;
  if (qkv.rank() != 2 || (!packed && qkv[0] % length != 0) || qkv[1] % (3 * heads) != 0) {
    misuse(call, fmt::format("qkv must be [T, 3H] with {}H of heads {}; got {}",
                             packed ? "" : fmt::format("T a multiple of sequence_length {} and ", length), heads,
                             qkv.to_string()));
  }
  const TensorDesc& bounds = call.inputs[lengths_at];
  if (packed && (bounds.dtype != DType::i32 || bounds.shape.rank() != 1 || bounds.shape[0] < 2)) {
    misuse(call, fmt::format("starts must be i32 [B + 1], where each sequence starts and where the last one ends; got {}",
                             bounds.to_string()));
  }
  const AttentionProblem problem = attention_problem(qkv, bounds.shape, at);
  if (!packed) expect_desc(call, lengths_at, "lengths", {DType::i32, {problem.batch}}, "one length for each sequence");
  if (problem.threshold != 0) {
    if (call.inputs.size() <= rng_at) misuse(call, fmt::format("dropout {} needs rng", at.number("dropout")));
    expect_rng(call, rng_at);
  }
  return problem;
}

std::vector<TensorDesc> infer(const OpCall& call) {
  const AttentionProblem p = checked_problem(call, attention_input::Lengths, attention_input::Rng);
  return {{DType::f32, {p.tokens, p.hidden()}}, {DType::f32, {p.tokens, p.heads}}};
}

std::vector<TensorDesc> infer_grad(const OpCall& call) {
  using namespace attention_grad_input;
  const AttentionProblem p = checked_problem(call, Lengths, Rng);
  const TensorDesc context{DType::f32, {p.tokens, p.hidden()}};
  expect_desc(call, Context, "context", context, "T and H of qkv");
  expect_desc(call, Lse, "lse", {DType::f32, {p.tokens, p.heads}}, "one for each token and head");
  expect_desc(call, Dcontext, "dcontext", context, "as context");
  return {call.inputs[Qkv]};
}

Attributes attributes_of(const AttentionOptions& options) {
  return {{"heads", options.heads},
          {"sequence_length", options.sequence_length},
          {"packed", std::int64_t{options.packed}},
          {"dropout", double{options.dropout}},
          {"site", std::int64_t{options.site}}};
}

AttentionOptions options_of(const Attributes& attributes) {
  return {attributes.integer("heads"), attributes.integer("sequence_length"),
          static_cast<float>(attributes.number("dropout")), static_cast<std::uint32_t>(attributes.integer("site")),
          attributes.integer("packed") != 0};
}

// A dropout that rounds to none takes no rng, so that such a node is the same with and without one.
// Probabilities that infer will refuse take none either.
bool needs_rng(const AttentionOptions& options) {
  return options.dropout > 0 && options.dropout < 1 && dropout_threshold(options.dropout) != 0;
}

MatrixLayout heads_of_qkv(const AttentionProblem& p, std::int64_t part) {
  return {part * p.hidden(), p.length * 3 * p.hidden(), p.size, 3 * p.hidden()};
}

// Scores lie [T, A * S], not [B, A, S, S]: a token's row then holds all its heads, as dropout's contract wants, and
// masked_softmax sees [B, S, A, S], of which it only needs the first axis and the last. Packed sequences have no
// expansion: no smaller op knows of boundaries.
std::vector<Value> expand(std::span<const Value> inputs, const Attributes& attributes) {
  const Value qkv = inputs[attention_input::Qkv], lengths = inputs[attention_input::Lengths];
  const AttentionProblem p = attention_problem(qkv.shape(), lengths.shape(), attributes);
  if (p.packed) return {};
  const std::int64_t row = p.heads * p.length;
  const MatrixLayout scores_layout{0, p.length * row, p.length, row};
  const Value scores = strided_matmul(qkv, qkv,
                                      {.outer = p.batch,
                                       .inner = p.heads,
                                       .m = p.length,
                                       .n = p.length,
                                       .k = p.size,
                                       .a = heads_of_qkv(p, 0),
                                       .b = heads_of_qkv(p, 1),
                                       .c = scores_layout,
                                       .transpose_b = true,
                                       .c_shape = {p.tokens, row},
                                       .alpha = attention_scale(p)});
  Value probabilities = masked_softmax(reshape(scores, {p.batch, p.length, p.heads, p.length}), lengths);
  probabilities = reshape(probabilities, {p.tokens, row});
  if (p.threshold != 0) {
    const AttentionOptions options = options_of(attributes);
    probabilities = dropout(probabilities, inputs[attention_input::Rng], options.dropout, options.site);
  }
  return {strided_matmul(probabilities, qkv,
                         {.outer = p.batch,
                          .inner = p.heads,
                          .m = p.length,
                          .n = p.size,
                          .k = p.length,
                          .a = scores_layout,
                          .b = heads_of_qkv(p, 2),
                          .c = {0, p.length * p.hidden(), p.size, p.hidden()},
                          .c_shape = {p.tokens, p.hidden()}})};
}

std::vector<Value> grad(const GradArgs& args) {
  if (args.output_grads.size() > 1 && args.output_grads[1]) {
    throw Error(ErrorKind::Usage, "attention: no gradient through the kept log-sum-exp");
  }
  const bool has_rng = args.inputs.size() > attention_input::Rng;
  const Value dqkv = attention_grad(
      args.inputs[attention_input::Qkv], args.outputs[0], args.outputs[1], args.inputs[attention_input::Lengths],
      has_rng ? args.inputs[attention_input::Rng] : Value(), args.output_grads[0], options_of(args.attributes));
  std::vector<Value> grads(args.inputs.size());
  grads[attention_input::Qkv] = dqkv;
  return grads;
}

// Two products forward, five backward (the probabilities are computed again), whatever the lengths are.
double product_flops(const AttentionProblem& p, double products) {
  return products * 2.0 * static_cast<double>(p.tokens) * static_cast<double>(p.length) *
         static_cast<double>(p.hidden());
}
double flops(const OpCall& call) { return product_flops(attention_problem(call), 2); }
double flops_grad(const OpCall& call) { return product_flops(attention_grad_problem(call), 5); }

}  // namespace

AttentionProblem attention_problem(const Shape& qkv, const Shape& bounds, const Attributes& attributes) {
  AttentionProblem p;
  p.packed = attributes.integer("packed") != 0;
  p.tokens = qkv[0];
  p.length = attributes.integer("sequence_length");
  p.heads = attributes.integer("heads");
  p.batch = p.packed ? bounds[0] - 1 : qkv[0] / p.length;
  p.size = qkv[1] / (3 * p.heads);
  p.threshold = dropout_threshold(attributes.number("dropout"));
  p.site = static_cast<std::uint32_t>(attributes.integer("site"));
  return p;
}

AttentionProblem attention_problem(const OpCall& call) {
  using namespace attention_input;
  return attention_problem(call.inputs[Qkv].shape, call.inputs[Lengths].shape, call.attributes);
}
AttentionProblem attention_grad_problem(const OpCall& call) {
  using namespace attention_grad_input;
  return attention_problem(call.inputs[Qkv].shape, call.inputs[Lengths].shape, call.attributes);
}

float attention_scale(const AttentionProblem& problem) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(problem.size)));
}

Value attention(Value qkv, Value lengths, Value rng, const AttentionOptions& options) {
  if (needs_rng(options) && rng) return add_op(attention_op, {qkv, lengths, rng}, attributes_of(options));
  return add_op(attention_op, {qkv, lengths}, attributes_of(options));
}

Value attention_grad(Value qkv, Value context, Value lse, Value lengths, Value rng, Value dcontext,
                     const AttentionOptions& options) {
  if (needs_rng(options) && rng) {
    return add_op(attention_grad_op, {qkv, context, lse, lengths, dcontext, rng}, attributes_of(options));
  }
  return add_op(attention_grad_op, {qkv, context, lse, lengths, dcontext}, attributes_of(options));
}

const OpDef attention_op{
    .name = "attention",
    .infer = infer,
    .reference = attention_reference,
    .cpu = attention_cpu,
    .kernels = attention_kernels(),
    .expand = expand,
    .grad = grad,
    .flops = flops,
};
const OpDef attention_grad_op{
    .name = "attention_grad",
    .infer = infer_grad,
    .reference = attention_grad_reference,
    .cpu = attention_grad_cpu,
    .kernels = attention_grad_kernels(),
    .no_grad = "second derivatives of attention are not supported",
    .flops = flops_grad,
};
const OpRegistration attention_registered(attention_op);
const OpRegistration attention_grad_registered(attention_grad_op);

}  // namespace scoria
