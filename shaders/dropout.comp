// dropout: y = x * (lane of the element >= threshold ? scale : 0)
//
//   0 x    [count]  f32                                      2 rows  [count / n]  i32, any address where LISTED = 0
//   1 rng  [4]      u32: seed low, seed high, step, first row  3 y     [count]      f32, may be x
//
// Grid       folded; an invocation owns the eight elements of one Philox block, or where LISTED eight neighbours, which
//            mostly share one
// Push       count, n (elements of a row), threshold, scale, site
// Constants  WG, LISTED (row r draws as row rows[r])
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
layout(constant_id = 1) const uint LISTED = 0;

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

void drop_listed(uvec4 stream) {
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

void main() {
  const uvec4 stream = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);
  if (LISTED == 1) {
    drop_listed(stream);
    return;
  }
  const uint origin = stream.w * n;  // the draw of x's first element, modulo 2^32
  const uint own = flat_first(1);    // blocks counted from the one that holds the origin
  const uint block = ((origin >> 3) + own) & 0x1FFFFFFFu;
  const uvec4 draws = dropout_block(stream, site, block);
  // Below zero for the lanes of the first block that precede x: as unsigned they are past count.
  const uint first = own * 8 - (origin & 7u);
  // All loads come before the first store, which might alias them for all a compiler knows.
  float kept[8];
  [[unroll]] for (uint k = 0; k < 8; k++) {
    const uint i = first + k;
    if (i < count) kept[k] = x.v[i] * dropout_factor(dropout_lane(draws, k), threshold, scale);
  }
  [[unroll]] for (uint k = 0; k < 8; k++) {
    const uint i = first + k;
    if (i < count) y.v[i] = kept[k];
  }
}
