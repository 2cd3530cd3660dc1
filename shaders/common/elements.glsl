// elements: what an elementwise shader declares before its push constants; elementwise.glsl has the rest.

#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common/buffers.glsl"

layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint PER = 1;
layout(constant_id = 2) const uint SELECT_OR_GATHER = 1;

// Element base + lane; whole: base + WG - 1 exists too.
float load(InFloats p, uint base, uint lane, bool whole) {
  if (SELECT_OR_GATHER == 1 || !whole) return p.v[base + lane];
  float t[WG];
  [[unroll]] for (uint q = 0; q < WG; q++) t[q] = p.v[base + q];
  float x = t[0];
  // mix, not ?:, which becomes branches.
  [[unroll]] for (uint q = 1; q < WG; q++) x = mix(x, t[q], lane == q);
  return x;
}
