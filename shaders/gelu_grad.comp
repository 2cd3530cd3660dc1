// gelu_grad: dx = dy * (share + x * share'), share as in gelu
//
//   0 x   [n]  f32      2 dx  [n]  f32, may be x or dy
//   1 dy  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl), TANH_FORM
// Precision  about 4 ulp of |dy|, and the device's exp: 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/gelu.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/gelu.glsl"

layout(push_constant) uniform Push {
  InFloats x, dy;
  Floats dx;
  uint n;
};

float element(uint base, uint lane, bool whole) {
  const float value = load(x, base, lane, whole);
  const Share share = gelu_share(value);
  return load(dy, base, lane, whole) * (share.value + value * share.slope);
}

#define RESULT dx
#include "common/elementwise.glsl"
