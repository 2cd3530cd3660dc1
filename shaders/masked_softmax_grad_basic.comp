// masked_softmax_grad_basic: masked_softmax_grad with an invocation a row
//
//   0 y   [rows, n]  f32      2 dx  [rows, n]  f32, may be y or dy
//   1 dy  [rows, n]  f32
//
// Grid       ceil(rows / WG) workgroups, folded into x and y
// Push       rows, n
// Constants  WG
// Precision  f32
// Needs      nothing
// Host side  src/ops/masked_softmax_grad.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 32;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats y, dy;
  Floats dx;
  uint rows, n;
};

void main() {
  const uint row = flat_first(1);
  if (row >= rows) return;
  float total = 0.0;
  uint c = 0;
  do {
    total += y.v[row * n + c] * dy.v[row * n + c];
  } while (++c < n);
  c = 0;
  do {
    dx.v[row * n + c] = y.v[row * n + c] * (dy.v[row * n + c] - total);
  } while (++c < n);
}
