// cross_entropy_grad: dlogits = (exp(logits - lse) - onehot(label)) * dloss
//
//   0 logits  [rows, n]  f32      3 dloss    [rows]     f32
//   1 labels  [rows]     i32      4 dlogits  [rows, n]  f32, may be logits
//   2 lse     [rows]     f32
//
// Grid       folded, groups_a_row workgroups to a row; an invocation owns 8 elements, WG apart
// Push       rows, n, groups_a_row
// Constants  WG
// Precision  f32; the label's p - 1 cancels when p is near 1, to an absolute error of some 2^-24 * dloss
// Needs      nothing
// Host side  src/ops/cross_entropy.cpp
//
// A label outside 0..n-1 ignores its row: zeros.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats logits;
  InInts labels;
  InFloats lse;
  InFloats dloss;
  Floats dlogits;
  uint rows, n, groups_a_row;
};

void main() {
  const uint group = flat_group();
  const uint row = group / groups_a_row;
  if (row >= rows) return;
  const int label = labels.v[row];
  const bool counts = label >= 0 && uint(label) < n;
  const float total = lse.v[row];
  const float factor = counts ? dloss.v[row] : 0.0;
  InFloats x = advanced_in(logits, row * n);
  Floats dx = advanced_out(dlogits, row * n);
  const uint first = group % groups_a_row * WG * 8 + gl_LocalInvocationID.x;
  // All loads come before the first store, which might alias them for all a compiler knows.
  float gradient[8];
  [[unroll]] for (uint k = 0; k < 8; k++) {
    const uint i = first + k * WG;
    if (i < n) {
      // Chosen and not multiplied by 0: an ignored row may hold what exp makes infinite.
      const float probability = counts ? exp(x.v[i] - total) : 0.0;
      gradient[k] = (probability - (counts && i == uint(label) ? 1.0 : 0.0)) * factor;
    }
  }
  [[unroll]] for (uint k = 0; k < 8; k++) {
    const uint i = first + k * WG;
    if (i < n) dx.v[i] = gradient[k];
  }
}
