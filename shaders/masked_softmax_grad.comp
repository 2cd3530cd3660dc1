// masked_softmax_grad: dx = y * (dy - sum(y * dy)) over rows; one subgroup a row, in registers
//
//   0 y   [rows, n]  f32      2 dx  [rows, n]  f32, may be y or dy
//   1 dy  [rows, n]  f32
//
// Grid       one workgroup a row, folded into x and y
// Push       rows, n
// Constants  WG, the subgroup size; PER = ceil(N / WG); GATHER (common/elementwise.glsl); N = n
// Precision  f32
// Needs      subgroup arithmetic and a known subgroup size
// Host side  src/ops/masked_softmax_grad.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/subgroup_rows.glsl"

layout(push_constant) uniform Push {
  InFloats y, dy;
  Floats dx;
  uint rows, n;
};

void main() {
  const uint row = flat_group();
  const uint lane = gl_SubgroupInvocationID;
  if (row >= rows) return;
  InFloats y_row = advanced_in(y, row * N);
  InFloats dy_row = advanced_in(dy, row * N);
  float shares[PER];
  float slopes[PER];
  float total = 0.0;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    shares[k] = load_column(y_row, k, lane);
    slopes[k] = load_column(dy_row, k, lane);
    total += shares[k] * slopes[k];
  }
  total = subgroupAdd(total);
  Floats to = advanced_out(dx, row * N);
  [[unroll]] for (uint k = 0; k < PER; k++) store_column(to, k, lane, shares[k] * (slopes[k] - total));
}
