// place: x among zeros: y[i] = x[i - offset] where offset <= i < offset + count, else 0
//
//   0 x  [count]  f32      1 y  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n, offset, count
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  copies
// Needs      nothing
// Host side  src/ops/place.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint n, offset, count;
};

float element(uint base, uint lane, bool whole) {
  const uint i = base + lane;
  float value = 0.0;
  // Where i < offset the difference wraps to more than count.
  if (i - offset < count) value = x.v[i - offset];
  return value;
}

#define RESULT y
#include "common/elementwise.glsl"
