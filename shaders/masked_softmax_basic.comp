// masked_softmax_basic: masked_softmax with an invocation a row
//
//   0 scores   [rows, n]  f32; rows_per_length rows in turn share a length      2 y  [rows, n]  f32, may be scores
//   1 lengths  [rows / rows_per_length]  i32, clamped to 1 .. n
//
// Grid       ceil(rows / WG) workgroups, folded into x and y
// Push       rows, n, rows_per_length
// Constants  WG
// Precision  f32; the largest score is subtracted first
// Needs      nothing
// Host side  src/ops/masked_softmax.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 32;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats scores;
  InInts lengths;
  Floats y;
  uint rows, n, rows_per_length;
};

void main() {
  const uint row = flat_first(1);
  if (row >= rows) return;
  const uint length = uint(clamp(lengths.v[row / rows_per_length], 1, int(n)));
  float largest = scores.v[row * n];
  // Tested first: of a loop tested last, SwiftShader loses what lanes that leave it early have summed.
  for (uint c = 0; c < length; c++) largest = max(largest, scores.v[row * n + c]);
  float total = 0.0;
  for (uint c = 0; c < length; c++) {
    const float e = exp(scores.v[row * n + c] - largest);
    y.v[row * n + c] = e;
    total += e;
  }
  const float share = 1.0 / total;
  uint c = 0;
  do {
    y.v[row * n + c] = c < length ? y.v[row * n + c] * share : 0.0;
  } while (++c < n);
}
