// tanh_grad: dx = dy * (1 - y^2)
//
//   0 y   [n]  f32      2 dx  [n]  f32, may be y or dy
//   1 dy  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  4 roundings: (1 - y) (1 + y) does not cancel near |y| = 1
// Needs      nothing
// Host side  src/ops/tanh.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats y, dy;
  Floats dx;
  uint n;
};

float element(uint base, uint lane, bool whole) {
  const float t = load(y, base, lane, whole);
  return load(dy, base, lane, whole) * ((1.0 - t) * (1.0 + t));
}

#define RESULT dx
#include "common/elementwise.glsl"
