// Attention on the host: one (sequence, head) at a time on each thread, whose scores of up to kQueryRows queries stay
// in the second-level cache. Products by sgemm_alone, the softmax, its gradient and dropout between them in vector
// loops. Keys beyond a sequence's length are never computed.

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "base/vector_math.h"
#include "gemm/sgemm.h"
#include "ops/attention.h"
#include "ops/softmax.h"
#include "ops/thread_scratch.h"

namespace scoria {
namespace {

constexpr std::int64_t kQueryRows = 128;  // 256 KiB of scores at S = 512

// A matrix inside a tensor: where it starts, and the elements between its rows.
struct Rows {
  const float* data;
  std::int64_t stride;
};

SgemmOperand plain(Rows rows) { return {rows.data, rows.stride, 1}; }
SgemmOperand transposed(Rows rows) { return {rows.data, 1, rows.stride}; }

// Rows of scores to rows of probabilities, in place; lse[row * lse_stride] = log-sum-exp.
SCORIA_TARGET_CLONES(void, softmax_rows,
                     (float* scores, std::int64_t rows, std::int64_t keys, float* lse, std::int64_t lse_stride)) {
  for (std::int64_t row = 0; row < rows; ++row) {
    float* x = scores + row * keys;
    lse[row * lse_stride] = softmax(x, x, keys);
  }
}

// One row of the softmax's gradient: s holds scores and becomes dropped probabilities, g holds dO V^T and becomes
// scale * dS. factors = nullptr: no dropout.
SCORIA_TARGET_CLONES(void, softmax_grad_row,
                     (float* __restrict s, float* __restrict g, const float* __restrict factors, std::int64_t keys,
                      float lse, float delta, float scale)) {
  if (factors == nullptr) {
    for (std::int64_t i = 0; i < keys; ++i) {
      const float p = exp_fast(s[i] - lse);
      s[i] = p;
      g[i] = scale * p * (g[i] - delta);
    }
    return;
  }
  for (std::int64_t i = 0; i < keys; ++i) {
    const float p = exp_fast(s[i] - lse);
    s[i] = p * factors[i];
    g[i] = scale * p * (g[i] * factors[i] - delta);
  }
}

SCORIA_TARGET_CLONES(float, dot, (const float* a, const float* b, std::int64_t n)) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// One head of one sequence.
struct Head {
  const AttentionProblem& p;
  const float* qkv;
  std::int64_t sequence, head;
  AttentionSpan span;
  std::int64_t keys;

  Head(const AttentionProblem& problem, const float* tensor, const std::int32_t* bounds, std::int64_t index)
      : p(problem),
        qkv(tensor),
        sequence(index / problem.heads),
        head(index % problem.heads),
        span(attention_span(problem, bounds, sequence)),
        keys(span.keys) {}

  std::int64_t qkv_stride() const { return 3 * p.hidden(); }
  std::int64_t token(std::int64_t i) const { return span.first + i; }
  std::int64_t qkv_offset(std::int64_t part, std::int64_t i) const {
    return token(i) * qkv_stride() + part * p.hidden() + head * p.size;
  }
  Rows part(std::int64_t which, std::int64_t i) const { return {qkv + qkv_offset(which, i), qkv_stride()}; }
  std::int64_t context_offset(std::int64_t i) const { return token(i) * p.hidden() + head * p.size; }
  std::int64_t lse_offset(std::int64_t i) const { return token(i) * p.heads + head; }

  void scores(std::int64_t first, std::int64_t rows, float* out, float* panels) const {
    SgemmCall call{rows, keys, p.size, plain(part(0, first)), transposed(part(1, 0)), out, keys};
    call.alpha = attention_scale(p);
    sgemm_alone(call, panels);
  }
};

void drop_rows(const Head& head, const DropoutStream& stream, std::int64_t first, std::int64_t rows, float* x) {
  const std::uint32_t threshold = head.p.threshold;
  for (std::int64_t i = 0; i < rows; ++i) {
    dropout_apply(stream, head.p.first_element(stream, head.sequence, first + i, head.head),
                  static_cast<std::size_t>(head.keys), threshold, dropout_scale(threshold), x + i * head.keys,
                  x + i * head.keys);
  }
}

// Memory for the packed operands of a head's products.
std::int64_t panel_floats(const AttentionProblem& p) {
  return std::max(sgemm_scratch_floats(p.length, p.size), sgemm_scratch_floats(p.size, p.length));
}

struct ForwardScratch {
  float *scores, *panels;

  static std::int64_t floats(const AttentionProblem& p) {
    return std::min(kQueryRows, p.length) * p.length + panel_floats(p);
  }
  ForwardScratch(float* memory, const AttentionProblem& p)
      : scores(memory), panels(scores + std::min(kQueryRows, p.length) * p.length) {}
};

void forward_head(const Head& head, const CpuArgs& args, const ForwardScratch& scratch) {
  const AttentionProblem& p = head.p;
  float* scores = scratch.scores;
  float *context = args.out<float>(0), *lse = args.out<float>(1);
  for (std::int64_t first = 0; first < head.span.rows; first += kQueryRows) {
    const std::int64_t rows = std::min(kQueryRows, head.span.rows - first);
    head.scores(first, rows, scores, scratch.panels);
    softmax_rows(scores, rows, head.keys, lse + head.lse_offset(first), p.heads);
    if (p.threshold != 0) {
      drop_rows(head, {args.in<std::uint32_t>(attention_input::Rng), p.site}, first, rows, scores);
    }
    sgemm_alone({rows, p.size, head.keys, plain({scores, head.keys}), plain(head.part(2, 0)),
                 context + head.context_offset(first), p.hidden()},
                scratch.panels);
  }
}

struct BackwardScratch {
  float *scores, *dscores, *factors, *panels;

  static std::int64_t floats(const AttentionProblem& p) {
    return 2 * std::min(kQueryRows, p.length) * p.length + p.length + panel_floats(p);
  }
  BackwardScratch(float* memory, const AttentionProblem& p)
      : scores(memory),
        dscores(scores + std::min(kQueryRows, p.length) * p.length),
        factors(dscores + std::min(kQueryRows, p.length) * p.length),
        panels(factors + p.length) {}
};

// scores become dropped probabilities, dscores (dO V^T so far) become dS.
void softmax_grad_rows(const Head& head, const CpuArgs& args, std::int64_t first, std::int64_t rows,
                       const BackwardScratch& scratch) {
  using namespace attention_grad_input;
  const AttentionProblem& p = head.p;
  const float *context = args.in<float>(Context), *dcontext = args.in<float>(Dcontext), *lse = args.in<float>(Lse);
  const float* factors = p.threshold == 0 ? nullptr : scratch.factors;
  for (std::int64_t i = 0; i < rows; ++i) {
    if (factors != nullptr) {
      const DropoutStream stream(args.in<std::uint32_t>(Rng), p.site);
      dropout_factors(stream, p.first_element(stream, head.sequence, first + i, head.head),
                      static_cast<std::size_t>(head.keys), p.threshold, dropout_scale(p.threshold), scratch.factors);
    }
    const std::int64_t at = head.context_offset(first + i);
    softmax_grad_row(scratch.scores + i * head.keys, scratch.dscores + i * head.keys, factors, head.keys,
                     lse[head.lse_offset(first + i)], dot(dcontext + at, context + at, p.size), attention_scale(p));
  }
}

void clear_rows_from(std::int64_t first, const Head& head, float* dqkv) {
  for (std::int64_t key = first; key < head.span.rows; ++key) {
    for (const std::int64_t part : {1, 2}) std::fill_n(dqkv + head.qkv_offset(part, key), head.p.size, 0.0f);
  }
}

void backward_head(const Head& head, const CpuArgs& args, const BackwardScratch& scratch) {
  using namespace attention_grad_input;
  const AttentionProblem& p = head.p;
  float* dqkv = args.out<float>(0);
  const float* dcontext = args.in<float>(Dcontext);
  const std::int64_t keys = head.keys, size = p.size, stride = head.qkv_stride();
  for (std::int64_t first = 0; first < head.span.rows; first += kQueryRows) {
    const std::int64_t rows = std::min(kQueryRows, head.span.rows - first);
    const Rows dout{dcontext + head.context_offset(first), p.hidden()};
    const Rows scores{scratch.scores, keys}, dscores{scratch.dscores, keys};
    const auto multiply = [&](const SgemmCall& call) { sgemm_alone(call, scratch.panels); };
    // dK and dV of all queries so far; dqkv's rows are `stride` apart.
    const auto add_keys = [&](Rows a, Rows b, std::int64_t part) {
      SgemmCall call{keys, size, rows, transposed(a), plain(b), dqkv + head.qkv_offset(part, 0), stride};
      call.accumulate = first > 0;
      multiply(call);
    };
    head.scores(first, rows, scratch.scores, scratch.panels);
    multiply({rows, keys, size, plain(dout), transposed(head.part(2, 0)), scratch.dscores, keys});
    softmax_grad_rows(head, args, first, rows, scratch);
    multiply({rows, size, keys, plain(dscores), plain(head.part(1, 0)), dqkv + head.qkv_offset(0, first), stride});
    add_keys(dscores, head.part(0, first), 1);
    add_keys(scores, dout, 2);
  }
  clear_rows_from(keys, head, dqkv);
}

// body(head, arguments, scratch) for every head of every sequence.
template <typename Scratch, typename Body>
CpuKernel for_heads(const AttentionProblem& p, std::size_t lengths_at, Body body) {
  const auto scratch = std::make_shared<ThreadScratch>(Scratch::floats(p));
  return [=](const CpuArgs& args) {
    scratch->grow();
    parallel_for(p.batch * p.heads, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t index = first; index < last; ++index) {
        body(Head(p, args.in<float>(0), args.in<std::int32_t>(lengths_at), index), args,
             Scratch(scratch->mine(), p));
      }
    });
  };
}

}  // namespace

CpuKernel attention_cpu(const OpCall& call) {
  return for_heads<ForwardScratch>(attention_problem(call), attention_input::Lengths, forward_head);
}

CpuKernel attention_grad_cpu(const OpCall& call) {
  return for_heads<BackwardScratch>(attention_grad_problem(call), attention_grad_input::Lengths, backward_head);
}

}  // namespace scoria
