// gather_rows: y[i] = table[rows[i]]; a row outside the table reads row 0
//
//   0 table  [row_count, width]  f32      2 y  [R, width]  f32
//   1 rows   [R]                 i32
//
// Grid       common/elementwise.glsl
// Push       n = R * width, width, row_count
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  copies
// Needs      nothing
// Host side  src/ops/gather_rows.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"
#include "common/integers.glsl"

layout(push_constant) uniform Push {
  InFloats table;
  InInts rows;
  Floats y;
  uint n, width, row_count;
};

float element(uint base, uint lane, bool whole) {
  const uint i = base + lane;
  const uint wanted = uint(rows.v[i / width]);
  const uint row = wanted < row_count ? wanted : 0u;
  return table.v[row * width + i % width];
}

#define RESULT y
#include "common/elementwise.glsl"
