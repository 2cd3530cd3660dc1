// scatter_add_rows: out[v] = sum of x[i] over the chain of rows with number v, from its first row on
//
//   0 rows  [R]         i32      2 links  [R]         u32, from scatter_add_rows_link
//   1 x     [R, width]  f32      3 out    [V, width]  f32; only rows that are hit are written
//
// Grid       ceil(R * width / WG) workgroups, folded into x and y; an invocation owns a column of a chain
// Push       row_total (R), width
// Constants  WG; KEEP: 1 adds to what out holds
// Precision  f32; each sum in ascending i: a fixed order without atomics
// Needs      nothing
// Host side  src/ops/scatter_rows.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint KEEP = 0;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InInts rows;
  InFloats x;
  InUints links;
  Floats result;
  uint row_total, width;
};

const uint HEAD = 0x80000000u;

void main() {
  const uint element = flat_first(1);
  uint i = element / width;
  if (i >= row_total) return;
  const uint c = element % width;
  uint link = links.v[i];
  if ((link & HEAD) == 0u) return;
  const uint at = uint(rows.v[i]) * width + c;
  float total = 0.0;
  // Tested first: of a loop tested last, SwiftShader loses the sums of lanes that leave it early.
  bool more = true;
  while (more) {
    total += x.v[i * width + c];
    i = link & ~HEAD;
    // A link of 0 ends the chain; reading links[0] then is harmless.
    link = links.v[i];
    more = i != 0u;
  }
  result.v[at] = KEEP == 1 ? result.v[at] + total : total;
}
