// clip_scale: scale = min(1, max_norm / (norm + epsilon)), 0 for a norm that is not finite
//
//   0 norm  [1]  f32      1 scale  [1]  f32
//
// Grid       one invocation
// Push       max_norm, epsilon
// Constants  WG = 1
// Precision  one division
// Needs      nothing
// Host side  src/ops/clip_scale.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 1;

layout(push_constant) uniform Push {
  InFloats norm;
  Floats scale;
  float max_norm, epsilon;
};

void main() {
  const float x = norm.v[0];
  // By its bits: a driver may assume that isnan and isinf never hold.
  const bool finite = (floatBitsToUint(x) & 0x7F800000u) != 0x7F800000u;
  if (gl_GlobalInvocationID.x == 0) scale.v[0] = finite ? min(1.0, max_norm / (x + epsilon)) : 0.0;
}
