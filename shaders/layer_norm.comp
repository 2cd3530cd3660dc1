// layer_norm: y = gamma * (x - mean) * rstd + beta, over the last axis; one subgroup a row, the row in registers
//
//   0 x      [rows, n]  f32      3 y     [rows, n]  f32, may be x
//   1 gamma  [n]        f32      4 mean  [rows]     f32, kept for layer_norm_grad
//   2 beta   [n]        f32      5 rstd  [rows]     f32, kept for layer_norm_grad
//
// With dropout: normalizes sum = residual + dropout(x), and
//   0 x         [rows, n]  f32      6 y     [rows, n]  f32
//   1 residual  [rows, n]  f32      7 sum   [rows, n]  f32, may be x; kept for the gradient
//   2 rng       [4]        u32      8 mean  [rows]     f32
//   3 drawn     [rows]     i32      9 rstd  [rows]     f32
//   4 gamma     [n]        f32
//   5 beta      [n]        f32
// drawn holds the rows to draw as (any address where has_rows = 0: each as itself).
//
// Grid       one workgroup a row, folded into x and y
// Push       rows, n, eps; with dropout also threshold, scale, site, has_rows
// Constants  WG, the subgroup size; PER = ceil(N / WG); GATHER (common/elementwise.glsl); N = n
// Precision  two passes over the registers: E[x^2] - E[x]^2 loses every digit once |mean| >> spread
//            (tests/ops/layer_norm_test.cpp, "large mean")
// Needs      subgroup arithmetic and a known subgroup size, with dropout also subgroup shuffle; without them the host
//            takes layer_norm_workgroup
// Host side  src/ops/layer_norm.cpp, src/ops/dropout_add_layer_norm.cpp
//
// variants: input = plain dropout

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/subgroup_rows.glsl"

#ifdef VARIANT_DROPOUT
#extension GL_KHR_shader_subgroup_shuffle : require
#include "common/integers.glsl"
#include "common/philox.glsl"

layout(push_constant) uniform Push {
  InFloats x, residual;
  InUints rng;
  InInts drawn_rows;
  InFloats gamma, beta;
  Floats y, sum, mean, rstd;
  uint rows, n;
  float eps;
  uint threshold;
  float dropout_scale;
  uint site, has_rows;
};

uint drawn_row(uint row) { return has_rows != 0u ? uint(drawn_rows.v[row]) : row; }

uint kept_bits(uvec4 words, uint first) {
  const uvec4 block = dropout_block(words, site, first >> 3);
  uint bits = 0;
  [[unroll]] for (uint q = 0; q < 8; q++) bits |= dropout_lane(block, q) >= threshold ? 1u << q : 0u;
  return bits;
}
#else
layout(push_constant) uniform Push {
  InFloats x, gamma, beta;
  Floats y, mean, rstd;
  uint rows, n;
  float eps;
};
#endif

float values[PER];

void load_values(uint row, uint lane) {
  InFloats from = advanced_in(x, row * N);
#ifdef VARIANT_DROPOUT
  InFloats other = advanced_in(residual, row * N);
  Floats to = advanced_out(sum, row * N);
  const uvec4 words = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);
  const uint first = (words.w + drawn_row(row)) * N;
  uint bits = 0;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const uint at = k % 8 * WG + lane;
    bool kept;
    if (N % 8 == 0) {
      // Eight columns draw from one block: each lane draws one block of the next 8 * WG columns, and hands it round.
      if (k % 8 == 0) bits = kept_bits(words, first + k * WG + 8 * lane);
      kept = (subgroupShuffle(bits, at / 8) >> (at % 8) & 1u) != 0u;
    } else {
      kept = dropout_factor_at(words, site, first + k * WG + lane, threshold, 1.0) != 0.0;
    }
    values[k] = load_column(other, k, lane) + (kept ? dropout_scale : 0.0) * load_column(from, k, lane);
  }
  // All loads before the first store: a store might change what a later load reads, so that no compiler moves it.
  [[unroll]] for (uint k = 0; k < PER; k++) store_column(to, k, lane, values[k]);
#else
  [[unroll]] for (uint k = 0; k < PER; k++) values[k] = load_column(from, k, lane);
#endif
}

void main() {
  const uint row = flat_group();
  const uint lane = gl_SubgroupInvocationID;
  if (row >= rows) return;
  load_values(row, lane);
  float total = 0.0;
  [[unroll]] for (uint k = 0; k < PER; k++) total += values[k];
  const float m = subgroupAdd(total) / float(N);
  float squares = 0.0;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const float centered = k * WG + lane < N ? values[k] - m : 0.0;
    squares += centered * centered;
  }
  const float r = 1.0 / sqrt(subgroupAdd(squares) / float(N) + eps);
  [[unroll]] for (uint k = 0; k < PER; k++) {
    values[k] = load_column(gamma, k, lane) * ((values[k] - m) * r) + load_column(beta, k, lane);
  }
  Floats to = advanced_out(y, row * N);
  [[unroll]] for (uint k = 0; k < PER; k++) store_column(to, k, lane, values[k]);
  if (lane == 0) {
    mean.v[row] = m;
    rstd.v[row] = r;
  }
}
