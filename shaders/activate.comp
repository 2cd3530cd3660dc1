// activate: y = activation(x)
//
//   0 x  [n]  f32      1 y  [n]  f32, may be x
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl), KIND (common/activate.glsl)
// Precision  about 4 ulp, and the device's exp: 3 + 2 |x| ulp; of gelu_10 and laplace 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/activate.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/activate.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint n;
};

float element(uint base, uint lane, bool whole) { return activation_at(load(x, base, lane, whole)).value; }

#define RESULT y
#include "common/elementwise.glsl"
