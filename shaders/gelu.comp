// gelu: y = x * cdf(x), cdf that of the normal distribution; or the tanh form
//
//   0 x  [n]  f32      1 y  [n]  f32, may be x
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl), TANH_FORM
// Precision  about 4 ulp, and the device's exp: 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/gelu.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/gelu.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint n;
};

float element(uint base, uint lane, bool whole) {
  const float value = load(x, base, lane, whole);
  return value * gelu_share(value).value;
}

#define RESULT y
#include "common/elementwise.glsl"
