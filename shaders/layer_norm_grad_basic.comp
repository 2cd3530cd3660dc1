// layer_norm_grad_basic: dx of layer_norm, an invocation a row
//
//   0 x      [rows, n]  f32      3 rstd  [rows]     f32
//   1 gamma  [n]        f32      4 dy    [rows, n]  f32
//   2 mean   [rows]     f32      5 dx    [rows, n]  f32, may be x or dy
//
// Grid       ceil(rows / WG) workgroups, folded into x and y
// Push       rows, n, rows_per_part (not used)
// Constants  WG
// Precision  f32; columns in ascending order
// Needs      nothing
// Host side  src/ops/layer_norm_grad.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 32;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats x, gamma, mean, rstd, dy;
  Floats dx;
  uint rows, n, rows_per_part;
};

void main() {
  const uint row = flat_first(1);
  if (row >= rows) return;
  const float m = mean.v[row];
  const float r = rstd.v[row];
  float plain = 0.0;
  float weighted = 0.0;
  uint c = 0;
  do {
    const float g = dy.v[row * n + c] * gamma.v[c];
    plain += g;
    weighted += g * ((x.v[row * n + c] - m) * r);
  } while (++c < n);
  plain /= float(n);
  weighted /= float(n);
  c = 0;
  do {
    const uint i = row * n + c;
    dx.v[i] = r * (dy.v[i] * gamma.v[c] - plain - (x.v[i] - m) * r * weighted);
  } while (++c < n);
}
