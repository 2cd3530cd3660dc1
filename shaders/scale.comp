// scale: y = factor * x
//
//   0 x  [n]  f32      1 y  [n]  f32, may be x
//
// Grid       common/elementwise.glsl
// Push       n, factor
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  one rounding
// Needs      nothing
// Host side  src/ops/scale.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint n;
  float factor;
};

float element(uint base, uint lane, bool whole) { return factor * load(x, base, lane, whole); }

#define RESULT y
#include "common/elementwise.glsl"
