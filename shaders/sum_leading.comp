// sum_leading: one stage of sums over rows: y[s, c] = sum of x[r, c] over rows r = s, s + sums, s + 2 sums, ...
//
//   0 x  [count / width, width]  f32, the last row may be short      1 y  [sums, width]  f32
//
// Grid       ceil(sums * width / WG) workgroups, folded into x and y; an invocation owns an element of y
// Push       count, width, sums
// Constants  WG
// Precision  each sum in ascending r; the host chains stages, so that no sum is longer than 64
// Needs      nothing
// Host side  src/ops/column_sums.cpp (sum_leading, sum, scatter_add_rows and the gradients of layer_norm)

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint count, width, sums;
};

void main() {
  const uint element = flat_first(1);
  if (element >= sums * width) return;
  const uint step = sums * width;
  float total = 0.0;
  uint i = element;
  // A sum may be empty: sums is rounded up, and the last row may be short.
  while (i < count) {
    total += x.v[i];
    i += step;
  }
  y.v[element] = total;
}
