// elements: what an elementwise shader declares before its push constants; elementwise.glsl has the rest.

#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common/buffers.glsl"

layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint PER = 1;
layout(constant_id = 2) const uint GATHER = 1;

#include "common/lane_vector.glsl"

// Element base + lane; whole: base + WG - 1 exists too.
float load(InFloats p, uint base, uint lane, bool whole) {
  if (!whole) return p.v[base + lane];
  return load_lanes(p, base, lane);
}
