// subgroup_rows: a workgroup that is one subgroup and holds a row of N elements in its registers.
//
// Invocation `lane` owns columns lane, WG + lane, 2 WG + lane, ...: PER of them, the last of which may be past the row.
// Include after `#version` and the include extension.

#include "common/elements.glsl"
#include "common/flat.glsl"
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 3) const uint N = 1;

// Column k * WG + lane of a row, 0 past its end.
float load_column(InFloats row, uint k, uint lane) {
  if ((k + 1) * WG <= N) return load(row, k * WG, lane, true);
  float x = 0.0;
  if (k * WG + lane < N) x = row.v[k * WG + lane];
  return x;
}

void store_column(Floats row, uint k, uint lane, float x) {
  if ((k + 1) * WG <= N)
    row.v[k * WG + lane] = x;
  else if (k * WG + lane < N)
    row.v[k * WG + lane] = x;
}
