// layer_norm_grad_columns: shares of dgamma and dbeta, an invocation a column of a part
//
//   0 x     [rows, n]  f32      3 dy      [rows, n]   f32
//   1 mean  [rows]     f32      4 dgamma  [parts, n]  f32, sums of dy * (x - mean) * rstd over the part's rows
//   2 rstd  [rows]     f32      5 dbeta   [parts, n]  f32, sums of dy over the part's rows
//
// Grid       ceil(parts * n / WG) workgroups, folded into x and y
// Push       rows, n, rows_per_part
// Constants  WG
// Precision  f32; rows in ascending order
// Needs      nothing
// Host side  src/ops/layer_norm_grad.cpp, which sums the parts with sum_leading

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats x, mean, rstd, dy;
  Floats dgamma, dbeta;
  uint rows, n, rows_per_part;
};

void main() {
  const uint element = flat_first(1);
  const uint c = element % n;
  uint row = element / n * rows_per_part;
  if (row >= rows) return;
  const uint last = min(row + rows_per_part, rows);
  float gamma_sum = 0.0;
  float beta_sum = 0.0;
  for (; row < last; ++row) {
    const float slope = dy.v[row * n + c];
    gamma_sum += slope * ((x.v[row * n + c] - mean.v[row]) * rstd.v[row]);
    beta_sum += slope;
  }
  dgamma.v[element] = gamma_sum;
  dbeta.v[element] = beta_sum;
}
