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
#extension GL_EXT_control_flow_attributes : require
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InInts rows;
  Uints links;
  uint row_total, row_count;
};

const uint HEAD = 0x80000000u;

// Looked at together: eight loads in flight cost little more than one.
const uint BLOCK = 8;

// The first j of from .. row_total - 1 with this number, or row_total.
uint next_of(int number, uint from) {
  uint found = row_total;
  for (uint j = from; j < row_total && found == row_total; j += BLOCK) {
    int numbers[BLOCK];
    [[unroll]] for (uint q = 0; q < BLOCK; q++) numbers[q] = rows.v[min(j + q, row_total - 1)];
    [[unroll]] for (uint q = 0; q < BLOCK; q++) {
      if (numbers[q] == number) found = min(found, j + q);
    }
  }
  return found;
}

bool is_before(int number, uint end) {
  bool found = false;
  for (uint j = 0; j < end && !found; j += BLOCK) {
    int numbers[BLOCK];
    [[unroll]] for (uint q = 0; q < BLOCK; q++) numbers[q] = rows.v[min(j + q, row_total - 1)];
    [[unroll]] for (uint q = 0; q < BLOCK; q++) found = found || (j + q < end && numbers[q] == number);
  }
  return found;
}

void main() {
  const uint i = flat_first(1);
  if (i >= row_total) return;
  const int number = rows.v[i];
  uint link = 0;
  if (uint(number) < row_count) {
    const uint next = next_of(number, i + 1);
    link = (next < row_total ? next : 0u) | (is_before(number, i) ? 0u : HEAD);
  }
  links.v[i] = link;
}
