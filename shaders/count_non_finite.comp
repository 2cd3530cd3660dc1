// count_non_finite: counter[0] += 1 where x is not finite; counter[1] counts how often in a row, in place
//
//   0 counter  [2]  u32, updated      1 x  [1]  f32
//
// Grid       one invocation
// Push       nothing more
// Constants  WG = 1
// Precision  exact; wraps at 2^32
// Needs      nothing
// Host side  src/ops/count_non_finite.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 1;

layout(push_constant) uniform Push {
  Uints counter;
  InFloats x;
};

void main() {
  // By its bits: a driver may assume that isnan and isinf never hold.
  const bool finite = (floatBitsToUint(x.v[0]) & 0x7F800000u) != 0x7F800000u;
  const uint total = counter.v[0], in_a_row = counter.v[1];
  if (gl_GlobalInvocationID.x == 0) {
    counter.v[0] = finite ? total : total + 1;
    counter.v[1] = finite ? 0 : in_a_row + 1;
  }
}
