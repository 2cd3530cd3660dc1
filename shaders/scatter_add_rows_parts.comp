// scatter_add_rows_parts: partial sums of scatter_add_rows for a result of few rows
//
//   0 rows  [R]         i32      2 parts  [ceil(R / rows_per_part), row_count, width]  f32
//   1 x     [R, width]  f32
//
// Grid       ceil(elements of parts / WG) workgroups, folded into x and y; an invocation owns an element
// Push       row_total (R), width, row_count, rows_per_part
// Constants  WG
// Precision  f32; each sum in ascending i
// Needs      nothing
// Host side  src/ops/scatter_add_rows.cpp, which sums the parts with sum_leading

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InInts rows;
  InFloats x;
  Floats parts;
  uint row_total, width, row_count, rows_per_part;
};

void main() {
  const uint element = flat_first(1);
  const uint c = element % width;
  const uint v = element / width % row_count;
  uint i = element / (width * row_count) * rows_per_part;
  if (i >= row_total) return;
  const uint last = min(i + rows_per_part, row_total);
  float total = 0.0;
  for (; i < last; ++i) {  // tested first for SwiftShader: see scatter_add_rows
    if (uint(rows.v[i]) == v) total += x.v[i * width + c];
  }
  parts.v[element] = total;
}
