// global_norm_shares: share[s] = sum of x[i]^2 over i = s, s + shares, s + 2 shares, ...
//
//   0 x  [n]  f32      1 share  [shares]  f32
//
// Grid       shares / WG workgroups
// Push       n, shares (a multiple of WG)
// Constants  WG
// Precision  f32, four running sums of at most ceil(n / (4 shares)) terms each, all of one sign: relative error at
//            most that count * 2^-24, in practice its root
// Needs      nothing; no barrier, so that software devices keep it in registers
// Host side  src/ops/global_norm.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

layout(push_constant) uniform Push {
  InFloats x;
  Floats share;
  uint n, shares;
};

void main() {
  const uint s = gl_GlobalInvocationID.x;
  float a = 0.0, b = 0.0, c = 0.0, d = 0.0;
  uint i = s;
  for (; i + 3 * shares < n; i += 4 * shares) {
    const float p = x.v[i], q = x.v[i + shares], r = x.v[i + 2 * shares], t = x.v[i + 3 * shares];
    a += p * p;
    b += q * q;
    c += r * r;
    d += t * t;
  }
  for (; i < n; i += shares) a += x.v[i] * x.v[i];
  share.v[s] = (a + b) + (c + d);
}
