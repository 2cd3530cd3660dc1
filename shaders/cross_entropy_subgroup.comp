// cross_entropy_subgroup: cross_entropy with one subgroup per row and no shared memory, for software devices
//
//   0 logits  [rows, n]  f32              3 correct  [rows]  f32, 1 or 0
//   1 labels  [rows]     i32              4 lse      [rows]  f32, log-sum-exp, kept for cross_entropy_grad
//   2 loss    [rows]     f32
//
// Grid       folded, one workgroup of one subgroup per row
// Push       rows, n
// Constants  WG, the subgroup size
// Precision  as cross_entropy; the lanes are joined by subgroupMax and subgroupAdd
// Needs      subgroup arithmetic and vote
// Host side  src/ops/cross_entropy.cpp
//
// A label outside 0..n-1 ignores its row: zeros.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 8;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats logits;
  InInts labels;
  Floats loss;
  Floats correct;
  Floats lse;
  uint rows, n;
};

#include "common/running_sum.glsl"

const uint kVectors = 16;  // of a lane's logits between two rescalings

void main() {
  const uint lane = gl_LocalInvocationID.x;
  const uint row = flat_group();
  if (row >= rows) return;
  const int label = labels.v[row];
  const bool counts = label >= 0 && uint(label) < n;
  InFloats x = advanced_in(logits, row * n);
  const float target = x.v[counts ? label : 0];
  RunningSum running = empty_sum();
  bool wins = true;
  uint first = 0;
  // An ignored row costs one round: its lanes are all told to stop.
  const uint stop = counts ? n : 0u;
  while (first < stop) {
    float t[kVectors];
    float largest = running.largest;
    [[unroll]] for (uint k = 0; k < kVectors; k++) {
      const uint i = first + k * WG + lane;
      // Past the end every lane reads the last logit again, and drops it.
      const float value = x.v[min(i, n - 1)];
      t[k] = i < n ? value : running.largest;
      wins = wins && (i >= n || target > value || (i >= uint(label) && target == value));
      largest = max(largest, t[k]);
    }
    float sum = running.sum * exp(running.largest - largest);
    [[unroll]] for (uint k = 0; k < kVectors; k++) {
      const float term = exp(t[k] - largest);
      sum += first + k * WG + lane < n ? term : 0.0;
    }
    running = RunningSum(largest, sum);
    first += kVectors * WG;
  }
  const float largest = subgroupMax(running.largest);
  const float sum = subgroupAdd(running.sum * exp(running.largest - largest));
  const bool first_largest = subgroupAll(wins);
  if (lane == 0) {
    const float total = counts ? largest + log(sum) : 0.0;
    loss.v[row] = counts ? total - target : 0.0;
    correct.v[row] = counts && first_largest ? 1.0 : 0.0;
    lse.v[row] = total;
  }
}
