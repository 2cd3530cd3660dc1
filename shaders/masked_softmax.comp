// masked_softmax: softmax over the first lengths[b] columns of each row, 0 beyond; one subgroup a row, in registers
//
//   0 scores   [rows, n]  f32; rows_per_length rows in turn share a length      2 y  [rows, n]  f32, may be scores
//   1 lengths  [rows / rows_per_length]  i32, clamped to 1 .. n
//
// Grid       one workgroup a row, folded into x and y
// Push       rows, n, rows_per_length
// Constants  WG, the subgroup size; PER = ceil(N / WG); GATHER (common/elementwise.glsl); N = n
// Precision  f32; the largest score is subtracted first
// Needs      subgroup arithmetic and a known subgroup size
// Host side  src/ops/masked_softmax.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/subgroup_rows.glsl"
#include "common/integers.glsl"

layout(push_constant) uniform Push {
  InFloats scores;
  InInts lengths;
  Floats y;
  uint rows, n, rows_per_length;
};

void main() {
  const uint row = flat_group();
  const uint lane = gl_SubgroupInvocationID;
  if (row >= rows) return;
  const uint length = uint(clamp(lengths.v[row / rows_per_length], 1, int(N)));
  InFloats from = advanced_in(scores, row * N);
  float values[PER];
  float largest = from.v[0];
  [[unroll]] for (uint k = 0; k < PER; k++) {
    values[k] = load_column(from, k, lane);
    if (k * WG + lane < length) largest = max(largest, values[k]);
  }
  largest = subgroupMax(largest);
  float total = 0.0;
  [[unroll]] for (uint k = 0; k < PER; k++) {
    values[k] = k * WG + lane < length ? exp(values[k] - largest) : 0.0;
    total += values[k];
  }
  const float share = 1.0 / subgroupAdd(total);
  Floats to = advanced_out(y, row * N);
  [[unroll]] for (uint k = 0; k < PER; k++) store_column(to, k, lane, values[k] * share);
}
