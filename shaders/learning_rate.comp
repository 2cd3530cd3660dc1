// learning_rate: the rate of a step, peak * a / b with whole numbers a and b
//
//   0 step  [1]  u32, steps done      1 rate  [1]  f32
//
// Grid       one invocation
// Push       peak, warmup, total, decay (0 linear, 1 linear from step 0 as Google's, 2 constant)
// Constants  WG = 1
// Precision  differences in u32, exact; one division and one product in f32
// Needs      nothing
// Host side  src/ops/learning_rate.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 1;

layout(push_constant) uniform Push {
  InUints step;
  Floats rate;
  float peak;
  uint warmup, total, decay;
};

void main() {
  const uint done = step.v[0];
  const uint left = total > done ? total - done : 0u;
  uint a = 1, b = 1;
  if (done < warmup) {
    a = done;
    b = warmup;
  } else if (decay == 0) {
    a = left;
    b = total > warmup ? total - warmup : 1u;
  } else if (decay == 1) {
    a = left;
    b = total;
  }
  if (gl_GlobalInvocationID.x == 0) rate.v[0] = peak * (float(a) / float(b));
}
