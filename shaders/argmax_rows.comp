// argmax_rows: the column of the largest element of each row, the first if several
//
//   0 x  [rows, n]  f32      1 column  [rows]  i32
//
// Grid       folded; a workgroup takes WG / TEAM rows, TEAM invocations a row
// Push       rows, n
// Constants  WG and TEAM, powers of two; TEAM = 1 needs no shared memory
// Precision  exact; NaN is never the largest
// Needs      nothing
// Host side  src/ops/argmax_rows.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint TEAM = 1;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Ints column;
  uint rows, n;
};

shared float largest[TEAM == 1 ? 1 : WG];
shared uint found[TEAM == 1 ? 1 : WG];

void main() {
  const uint lid = gl_LocalInvocationID.x;
  const uint member = lid % TEAM;
  const uint row = flat_group() * (WG / TEAM) + lid / TEAM;
  float best = uintBitsToFloat(0xFF800000u);
  uint at = 0;
  if (row < rows) {
    for (uint i = member; i < n; i += TEAM) {
      const float value = x.v[row * n + i];
      if (value > best) {
        best = value;
        at = i;
      }
    }
  }
  if (TEAM > 1) {
    largest[lid] = best;
    found[lid] = at;
    for (uint half_team = TEAM / 2; half_team > 0; half_team /= 2) {
      barrier();
      if (member < half_team) {
        const float other = largest[lid + half_team];
        const uint other_at = found[lid + half_team];
        // A member that met nothing above -infinity holds column 0, which is right for a row of nothing else.
        if (other > largest[lid] || (other == largest[lid] && other_at < found[lid])) {
          largest[lid] = other;
          found[lid] = other_at;
        }
      }
    }
    at = found[lid];
  }
  if (row < rows && member == 0) column.v[row] = int(at);
}
