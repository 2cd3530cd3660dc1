// global_norm: norm = sqrt(sum of the shares)
//
//   0 share  [shares]  f32, sums of squares      1 norm  [1]  f32
//
// Grid       one workgroup
// Push       shares (a multiple of WG)
// Constants  WG, a power of two
// Precision  f32 in a fixed order: each invocation every WG-th share, then a tree
// Needs      nothing
// Host side  src/ops/global_norm.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

layout(push_constant) uniform Push {
  InFloats share;
  Floats norm;
  uint shares;
};

shared float partial[WG];

void main() {
  const uint lid = gl_LocalInvocationID.x;
  float sum = 0.0;
  for (uint i = lid; i < shares; i += WG) sum += share.v[i];
  partial[lid] = sum;
  for (uint half_group = WG / 2; half_group > 0; half_group /= 2) {
    barrier();
    if (lid < half_group) partial[lid] += partial[lid + half_group];
  }
  // sqrt(infinity) is infinity and sqrt(NaN) NaN everywhere; clip_scale makes both 0.
  if (lid == 0) norm.v[0] = sqrt(partial[0]);
}
