// activate_grad: dx = dy * activation'(x)
//
//   0 x   [n]  f32      2 dx  [n]  f32, may be x or dy
//   1 dy  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl), KIND (common/activate.glsl)
// Precision  about 8 ulp of |dy|, and the device's exp: 3 + 2 |x| ulp; of gelu_10 and laplace 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/activate.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/activate.glsl"

layout(push_constant) uniform Push {
  InFloats x, dy;
  Floats dx;
  uint n;
};

float element(uint base, uint lane, bool whole) {
  const float slope = activation_at(load(x, base, lane, whole)).slope;
  return load(dy, base, lane, whole) * slope;
}

#define RESULT dx
#include "common/elementwise.glsl"
