// dropout_rows: dropout of rows that draw as others
//
//   0 x    [count]  f32                                      2 rows  [count / n]  i32: the row that each draws as
//   1 rng  [4]      u32: seed low, seed high, step, first row  3 y     [count]      f32, may be x
//
// Grid       folded; an invocation owns eight neighbouring elements, which mostly share a Philox block
// Push       count, n (elements of a row), threshold, scale, site
// Constants  WG
// Precision  one multiplication
// Needs      nothing
// Host side  src/ops/dropout.cpp, src/base/dropout_mask.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  InUints rng;
  InInts rows;
  Floats y;
  uint count, n, threshold;
  float scale;
  uint site;
};

// The element that element i draws as; past the end, as the last one.
uint drawn_element(uint first_row, uint i) {
  const uint inside = min(i, count - 1);
  return (first_row + uint(rows.v[inside / n])) * n + inside % n;
}

void main() {
  const uvec4 stream = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);
  const uint first = 8 * flat_first(1);
  uint block = drawn_element(stream.w, first) >> 3;
  uvec4 draws = dropout_block(stream, site, block);
  // Not unrolled: eight copies of the draws would be more code than all else.
  [[dont_unroll]] for (uint k = 0; k < 8; k++) {
    const uint element = drawn_element(stream.w, first + k);
    if (element >> 3 != block) {
      block = element >> 3;
      draws = dropout_block(stream, site, block);
    }
    const float value = x.v[min(first + k, count - 1)];
    if (first + k < count) {
      y.v[first + k] = value * dropout_factor(dropout_lane(draws, element & 7u), threshold, scale);
    }
  }
}
