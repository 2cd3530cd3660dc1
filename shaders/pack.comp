// pack: copies one part into its place of the flat state
//
//   0 part  [n]  f32      1 flat, from the part's offset on  [n]  f32
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  copies
// Needs      nothing
// Host side  src/ops/pack.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats part;
  Floats flat_part;
  uint n;
};

float element(uint base, uint lane, bool whole) { return load(part, base, lane, whole); }

#define RESULT flat_part
#include "common/elementwise.glsl"
