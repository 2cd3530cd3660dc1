// sigmoid_cross_entropy: loss = -(y log sigmoid(x) + (1 - y) log(1 - sigmoid(x)))
//
//   0 x  [n]  f32      2 loss  [n]  f32, may be x or y
//   1 y  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  log(1 + e) as 2 atanh(e / (2 + e)), which a small e does not cancel in; and the device's exp: 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/sigmoid_cross_entropy.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats x, y;
  Floats loss;
  uint n;
};

float log1p_of(float e) {
  const float s = e / (2.0 + e), z = s * s;
  float p = 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  return 2.0 * (s + s * z * p);
}

float element(uint base, uint lane, bool whole) {
  const float logit = load(x, base, lane, whole), target = load(y, base, lane, whole);
  const float against = logit < 0.0 ? target : 1.0 - target;
  return log1p_of(exp(-abs(logit))) + against * abs(logit);
}

#define RESULT loss
#include "common/elementwise.glsl"
