#include "ops/cross_entropy_cpu.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "base/vector_math.h"

namespace scoria {
namespace {

// Logits that stay in the first-level cache between the pass for the maximum and the one for the sum, so that memory
// is read once: at V = 30522 the op is bound by it.
constexpr std::int64_t kChunk = 2048;

// The log of a sum of exponentials, as far as it has got: the sum is relative to the largest term.
struct RunningSum {
  float largest = -std::numeric_limits<float>::max();
  float sum = 0;
};

SCORIA_TARGET_CLONES(void, add_chunk, (RunningSum& running, const float* x, std::int64_t n)) {
  float largest = running.largest;
#pragma omp simd reduction(max : largest)
  for (std::int64_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += exp_fast(x[i] - largest);
  running.sum = running.sum * exp_fast(running.largest - largest) + sum;
  running.largest = largest;
}

void add_range(RunningSum& running, const float* x, std::int64_t n) {
  for (std::int64_t first = 0; first < n; first += kChunk) add_chunk(running, x + first, std::min(kChunk, n - first));
}

SCORIA_TARGET_CLONES(void, scaled_probabilities, (const float* x, std::int64_t n, float lse, float dloss, float* dx)) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) dx[i] = exp_fast(x[i] - lse) * dloss;
}

}  // namespace

CpuKernel cross_entropy_cpu(const OpCall& call) {
  const std::int64_t rows = call.inputs[0].shape[0], classes = call.inputs[0].shape[1];
  return [rows, classes](const CpuArgs& args) {
    const float* logits = args.in<float>(0);
    const std::int32_t* labels = args.in<std::int32_t>(1);
    float *loss = args.out<float>(0), *correct = args.out<float>(1), *lse = args.out<float>(2);
    parallel_for(rows, std::max<std::int64_t>(1, kChunk / classes), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const float* x = logits + row * classes;
        const std::int64_t label = labels[row];
        loss[row] = correct[row] = lse[row] = 0;
        if (label < 0 || label >= classes) continue;
        // In two ranges: the label wins ties with what follows it and loses them to what precedes it.
        RunningSum running;
        add_range(running, x, label);
        const bool leads = label == 0 || x[label] > running.largest;
        add_range(running, x + label, classes - label);
        correct[row] = leads && x[label] == running.largest ? 1.0f : 0.0f;
        lse[row] = running.largest + std::log(running.sum);
        loss[row] = lse[row] - x[label];
      }
    });
  };
}

CpuKernel cross_entropy_grad_cpu(const OpCall& call) {
  const std::int64_t rows = call.inputs[0].shape[0], classes = call.inputs[0].shape[1];
  return [rows, classes](const CpuArgs& args) {
    const float *logits = args.in<float>(0), *lse = args.in<float>(2), *dloss = args.in<float>(3);
    const std::int32_t* labels = args.in<std::int32_t>(1);
    float* dlogits = args.out<float>(0);
    parallel_for(rows, std::max<std::int64_t>(1, kChunk / classes), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const float* x = logits + row * classes;
        float* dx = dlogits + row * classes;
        const std::int64_t label = labels[row];
        if (label < 0 || label >= classes) {
          std::fill(dx, dx + classes, 0.0f);
          continue;
        }
        // Before x[label] is overwritten, where dx is x. p - 1 as -(1 - p) from expm1 keeps its digits when p is
        // near 1.
        const float at_label = std::expm1(x[label] - lse[row]) * dloss[row];
        scaled_probabilities(x, classes, lse[row], dloss[row], dx);
        dx[label] = at_label;
      }
    });
  };
}

}  // namespace scoria
