// layer_norm on the host: a row stays in the first-level cache, so that its second and third pass cost no memory.

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/parallel.h"
#include "base/target_clones.h"
#include "ops/layer_norm.h"

namespace scoria {
namespace {

// Rows whose share of dgamma and dbeta is summed apart; fixed, so that the result does not depend on the threads.
constexpr std::int64_t kRowsPerPart = 64;

// One row: dx, and dgamma and dbeta summed up.
SCORIA_TARGET_CLONES(void, grad_row,
                     (const float* x, const float* gamma, float mean, float rstd, const float* dy, std::int64_t n,
                      float* dx, float* dgamma, float* dbeta)) {
  float plain = 0, weighted = 0;
#pragma omp simd reduction(+ : plain, weighted)
  for (std::int64_t c = 0; c < n; ++c) {
    const float normal = (x[c] - mean) * rstd;
    const float g = dy[c] * gamma[c];
    plain += g;
    weighted += g * normal;
    dgamma[c] += dy[c] * normal;
    dbeta[c] += dy[c];
  }
  const float a = plain / static_cast<float>(n), b = weighted / static_cast<float>(n);
#pragma omp simd
  for (std::int64_t c = 0; c < n; ++c) {
    const float normal = (x[c] - mean) * rstd;
    dx[c] = rstd * (dy[c] * gamma[c] - a - normal * b);
  }
}

SCORIA_TARGET_CLONES(void, add_parts,
                     (const float* parts, std::int64_t count, std::int64_t stride, std::int64_t n, float* sum)) {
  std::copy(parts, parts + n, sum);
  for (std::int64_t part = 1; part < count; ++part) {
    const float* from = parts + part * stride;
#pragma omp simd
    for (std::int64_t c = 0; c < n; ++c) sum[c] += from[c];
  }
}

SCORIA_TARGET_CLONES(void, normalize_rows,
                     (const float* x, const float* gamma, const float* beta, std::int64_t first, std::int64_t last,
                      std::int64_t n, float eps, float* y, float* mean, float* rstd)) {
  const float share = 1.0f / static_cast<float>(n);
  for (std::int64_t row = first; row < last; ++row) {
    const float* from = x + row * n;
    float* to = y + row * n;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t c = 0; c < n; ++c) sum += from[c];
    const float m = sum * share;
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (std::int64_t c = 0; c < n; ++c) squares += (from[c] - m) * (from[c] - m);
    const float r = 1.0f / std::sqrt(squares * share + eps);
#pragma omp simd
    for (std::int64_t c = 0; c < n; ++c) to[c] = (from[c] - m) * r * gamma[c] + beta[c];
    mean[row] = m;
    rstd[row] = r;
  }
}

}  // namespace

void layer_norm_rows(const float* x, const float* gamma, const float* beta, std::int64_t first, std::int64_t last,
                     std::int64_t n, float eps, float* y, float* mean, float* rstd) {
  normalize_rows(x, gamma, beta, first, last, n, eps, y, mean, rstd);
}

CpuKernel layer_norm_grad_cpu(const OpCall& call) {
  const std::int64_t n = call.inputs[0].shape.row_size(), rows = call.inputs[0].shape.row_count();
  const std::int64_t parts = (rows + kRowsPerPart - 1) / kRowsPerPart;
  const auto partial = std::make_shared<std::vector<float>>(static_cast<std::size_t>(parts * 2 * n));
  return [=](const CpuArgs& args) {
    const float *x = args.in<float>(0), *gamma = args.in<float>(1), *mean = args.in<float>(2);
    const float *rstd = args.in<float>(3), *dy = args.in<float>(4);
    float* dx = args.out<float>(0);
    float* sums = partial->data();
    parallel_for(parts, 1, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) {
        float* dgamma = sums + part * 2 * n;
        std::fill(dgamma, dgamma + 2 * n, 0.0f);
        const std::int64_t end = std::min(rows, (part + 1) * kRowsPerPart);
        for (std::int64_t row = part * kRowsPerPart; row < end; ++row) {
          grad_row(x + row * n, gamma, mean[row], rstd[row], dy + row * n, n, dx + row * n, dgamma, dgamma + n);
        }
      }
    });
    add_parts(sums, parts, 2 * n, n, args.out<float>(1));
    add_parts(sums + n, parts, 2 * n, n, args.out<float>(2));
  };
}

}  // namespace scoria
