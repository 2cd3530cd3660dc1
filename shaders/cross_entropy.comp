// cross_entropy: per row loss = lse - logits[label], and whether the label's logit is the first largest
//
//   0 logits  [rows, n]  f32              3 correct  [rows]  f32, 1 or 0
//   1 labels  [rows]     i32              4 lse      [rows]  f32, log-sum-exp, kept for cross_entropy_grad
//   2 loss    [rows]     f32
//
// Grid       folded, one workgroup per row; an invocation owns columns i, i + WG, i + 2 WG, ...
// Push       rows, n
// Constants  WG, a power of two
// Precision  one pass over the row: each invocation keeps its largest logit and the sum of exponentials relative to
//            it (rescaled once for four logits), then a tree joins them: a fixed order, f32
// Needs      nothing
// Host side  src/ops/cross_entropy.cpp
//
// A label outside 0..n-1 ignores its row: zeros.

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

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

shared RunningSum parts[WG];
shared uint beaten;

void main() {
  const uint lid = gl_LocalInvocationID.x;
  const uint row = flat_group();
  if (row >= rows) return;  // the whole workgroup
  const int label = labels.v[row];
  if (label < 0 || uint(label) >= n) {
    if (lid == 0) {
      loss.v[row] = 0.0;
      correct.v[row] = 0.0;
      lse.v[row] = 0.0;
    }
    return;
  }
  if (lid == 0) beaten = 0;
  barrier();
  InFloats x = advanced_in(logits, row * n);
  const float target = x.v[label];
  RunningSum running = empty_sum();
  bool wins = true;
  uint i = lid;
  for (; i + 3 * WG < n; i += 4 * WG) {
    const vec4 four = vec4(x.v[i], x.v[i + WG], x.v[i + 2 * WG], x.v[i + 3 * WG]);
    wins = wins && label_wins(four, uvec4(i, i + WG, i + 2 * WG, i + 3 * WG), target, uint(label));
    running = with_four(running, four);
  }
  for (; i < n; i += WG) {
    wins = wins && label_wins(vec4(x.v[i]), uvec4(i), target, uint(label));
    running = joined(running, RunningSum(x.v[i], 1.0));
  }
  if (!wins) beaten = 1;
  parts[lid] = running;
  for (uint half_group = WG / 2; half_group > 0; half_group /= 2) {
    barrier();
    if (lid < half_group) parts[lid] = joined(parts[lid], parts[lid + half_group]);
  }
  if (lid == 0) {
    const float total = parts[0].largest + log(parts[0].sum);
    loss.v[row] = total - target;
    correct.v[row] = beaten == 0 ? 1.0 : 0.0;
    lse.v[row] = total;
  }
}
