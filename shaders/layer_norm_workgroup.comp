// layer_norm_workgroup: layer_norm with one workgroup a row and sums through shared memory; also with dropout and a residual before it
//
// Operands as in layer_norm.comp.
//
// Grid       one workgroup a row, folded into x and y; invocation i owns columns i, i + WG, i + 2 WG, ...
// Push       rows, n, eps; with dropout also threshold, scale, site, has_rows
// Constants  WG, a power of two
// Precision  three passes over x: mean, then the squares of x - mean, then y
// Needs      4 (WG + 16) bytes of shared memory
// Host side  src/ops/layer_norm.cpp, src/ops/dropout_add_layer_norm.cpp
//
// variants: input = plain dropout

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/layer_norm_operands.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

#include "common/flat.glsl"

#define SUMMED float
#include "common/workgroup_sum.glsl"

void main() {
  const uint row = flat_group();
  const uint first = gl_LocalInvocationID.x;
  if (row >= rows) return;
  float total = 0.0;
  for (uint c = first; c < n; c += WG) total += first_value(row, c);
  const float m = workgroup_sum(total) / float(n);
  float squares = 0.0;
  for (uint c = first; c < n; c += WG) {
    const float centered = next_value(row, c) - m;
    squares += centered * centered;
  }
  const float r = 1.0 / sqrt(workgroup_sum(squares) / float(n) + eps);
  for (uint c = first; c < n; c += WG) y.v[row * n + c] = gamma.v[c] * ((next_value(row, c) - m) * r) + beta.v[c];
  if (first == 0) {
    mean.v[row] = m;
    rstd.v[row] = r;
  }
}
