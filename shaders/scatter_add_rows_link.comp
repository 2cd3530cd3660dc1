// scatter_add_rows_link: chains the rows of one number, in ascending order, for scatter_add_rows
//
//   0 rows  [R]  i32      1 links  [R]  u32: the next i of the same number (0 for none), + HEAD where i is the first
//                                            of its number; 0 where the number is outside 0 .. row_count - 1
//
// Grid       ceil(R / WG) workgroups, folded into x and y; an invocation owns an i and looks at all others
// Push       row_total (R), row_count
// Constants  WG
// Precision  integers
// Needs      nothing. R^2 comparisons: 16 million for a batch of 32 x 128, all at neighbouring addresses
// Host side  src/ops/scatter_rows.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;

layout(push_constant) uniform Push {
  InInts rows;
  Uints links;
  uint row_total, row_count;
};

const uint HEAD = 0x80000000u;

void main() {
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint i = group * WG + gl_LocalInvocationID.x;
  if (i >= row_total) return;
  const int number = rows.v[i];
  if (uint(number) >= row_count) {
    links.v[i] = 0;
    return;
  }
  uint next = i + 1;
  while (next < row_total) {
    if (rows.v[next] == number) break;
    next++;
  }
  uint before = i;
  bool is_first = true;
  while (before > 0) {
    before--;
    if (rows.v[before] == number) {
      is_first = false;
      break;
    }
  }
  links.v[i] = (next < row_total ? next : 0u) | (is_first ? HEAD : 0u);
}
