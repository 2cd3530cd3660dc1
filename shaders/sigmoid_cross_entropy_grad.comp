// sigmoid_cross_entropy_grad: dx = (sigmoid(x) - y) * dloss
//
//   0 x      [n]  f32      3 dx  [n]  f32, may be x, y or dloss
//   1 y      [n]  f32
//   2 dloss  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  5 ulp where y is 0 or 1: (1 - y) - e / (1 + e) does not cancel; and the device's exp: 3 + x^2 ulp
// Needs      nothing
// Host side  src/ops/sigmoid_cross_entropy.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats x, y, dloss;
  Floats dx;
  uint n;
};

float element(uint base, uint lane, bool whole) {
  const float logit = load(x, base, lane, whole), target = load(y, base, lane, whole);
  const float e = exp(-abs(logit));
  const float small = e / (1.0 + e);
  const float difference = logit < 0.0 ? small - target : (1.0 - target) - small;
  return difference * load(dloss, base, lane, whole);
}

#define RESULT dx
#include "common/elementwise.glsl"
