// full: y[i] = value
//
//   0 y  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n, value
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  exact
// Needs      nothing
// Host side  src/ops/full.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  Floats y;
  uint n;
  float value;
};

float element(uint base, uint lane, bool whole) { return value; }

#define RESULT y
#include "common/elementwise.glsl"
