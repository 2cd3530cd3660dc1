// layer_norm_grad: dx, and shares of dgamma and dbeta, from one reading of x and dy; one subgroup, rows in registers
//
//   dx = rstd * (g - mean(g) - normal * mean(g * normal)),  g = dy * gamma,  normal = (x - mean) * rstd
//
//   0 x      [rows, n]  f32      4 dy      [rows, n]   f32
//   1 gamma  [n]        f32      5 dx      [rows, n]   f32, may be x or dy
//   2 mean   [rows]     f32      6 dgamma  [parts, n]  f32, sums of dy * normal over the part's rows
//   3 rstd   [rows]     f32      7 dbeta   [parts, n]  f32, sums of dy over the part's rows
//
// Grid       one workgroup a part of rows_per_part rows, folded into x and y
// Push       rows, n, rows_per_part
// Constants  WG, the subgroup size; PER = ceil(N / WG); GATHER (common/elementwise.glsl); N = n
// Precision  f32; rows in ascending order
// Needs      subgroup arithmetic and a known subgroup size
// Host side  src/ops/layer_norm_grad.cpp, which sums the parts with sum_leading

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/subgroup_rows.glsl"

layout(push_constant) uniform Push {
  InFloats x, gamma, mean, rstd, dy;
  Floats dx, dgamma, dbeta;
  uint rows, n, rows_per_part;
};

float gamma_sums[PER];
float beta_sums[PER];

void one_row(uint row, uint lane) {
  InFloats x_row = advanced_in(x, row * N);
  InFloats dy_row = advanced_in(dy, row * N);
  const float m = mean.v[row];
  const float r = rstd.v[row];
  float normal[PER];
  float g[PER];
  float plain = 0.0;
  float weighted = 0.0;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    const float slope = load_column(dy_row, k, lane);
    normal[k] = k * WG + lane < N ? (load_column(x_row, k, lane) - m) * r : 0.0;
    g[k] = slope * load_column(gamma, k, lane);
    plain += g[k];
    weighted += g[k] * normal[k];
    gamma_sums[k] += slope * normal[k];
    beta_sums[k] += slope;
  }
  const float a = subgroupAdd(plain) / float(N);
  const float b = subgroupAdd(weighted) / float(N);
  Floats to = advanced_out(dx, row * N);
  [[unroll]] for (uint k = 0; k < PER; k++) store_column(to, k, lane, r * (g[k] - a - normal[k] * b));
}

void main() {
  const uint part = flat_group();
  const uint lane = gl_SubgroupInvocationID;
  const uint first = part * rows_per_part;
  if (first >= rows) return;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    gamma_sums[k] = 0.0;
    beta_sums[k] = 0.0;
  }
  // Tests last: llvmpipe 26.1 runs the body of a loop that tests first once more with no lane awake, and its loads by
  // uniform addresses then read past the end.
  const uint last = min(first + rows_per_part, rows);
  uint row = first;
  do {
    one_row(row, lane);
  } while (++row < last);
  Floats to_gamma = advanced_out(dgamma, part * N);
  Floats to_beta = advanced_out(dbeta, part * N);
  [[unroll]] for (uint k = 0; k < PER; k++) {
    store_column(to_gamma, k, lane, gamma_sums[k]);
    store_column(to_beta, k, lane, beta_sums[k]);
  }
}
