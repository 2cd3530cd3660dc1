// increment: counter[element] += 1, in place
//
//   0 counter  [n]  u32, updated
//
// Grid       one invocation
// Push       element
// Constants  WG = 1
// Precision  exact; wraps at 2^32
// Needs      nothing
// Host side  src/ops/increment.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 1;

layout(push_constant) uniform Push {
  Uints counter;
  uint element;
};

void main() {
  if (gl_GlobalInvocationID.x == 0) counter.v[element] += 1;
}
