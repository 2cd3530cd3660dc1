// accumulate: sum = keep * sum + x, in place
//
//   0 sum   [n]  f32, updated
//   1 x     [n]  f32
//   2 keep  [1]  u32, 0 or 1
//
// Grid       folded; invocation i of a group owns 4 elements, WG apart
// Push       n
// Constants  WG
// Precision  f32. keep = 0 selects and does not multiply: it must forget NaN and infinity too
// Needs      nothing
// Host side  src/ops/accumulate.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  Floats sum;
  InFloats x;
  InUints keep;
  uint n;
};

void main() {
  const uint first = flat_first(4);
  const bool keeps = keep.v[0] != 0;
  // All loads come before the first store, which might alias them for all a compiler knows.
  float total[4];
  [[unroll]] for (uint k = 0; k < 4; k++) {
    const uint i = first + k * WG;
    if (i < n) total[k] = keeps ? sum.v[i] + x.v[i] : x.v[i];
  }
  [[unroll]] for (uint k = 0; k < 4; k++) {
    const uint i = first + k * WG;
    if (i < n) sum.v[i] = total[k];
  }
}
