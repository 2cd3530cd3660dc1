// multiply: y = a * b, b repeated after `period` elements
//
//   0 a  [n]       f32      2 y  [n]  f32, may be a or b
//   1 b  [period]  f32
//
// Grid       common/elementwise.glsl
// Push       n, period
// Constants  WG, PER, GATHER (common/elementwise.glsl), REPEAT (common/broadcast.glsl)
// Precision  one rounding
// Needs      nothing
// Host side  src/ops/multiply.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/broadcast.glsl"

layout(push_constant) uniform Push {
  InFloats a, b;
  Floats y;
  uint n, period;
};

float element(uint base, uint lane, bool whole) {
  return load(a, base, lane, whole) * load_repeated(b, period, base, lane, whole);
}

#define RESULT y
#include "common/elementwise.glsl"
