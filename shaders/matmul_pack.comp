// matmul_pack: matrices cut into panels and padded with zeros, for matmul_panel and attention_grad_lanes
//
//   panels[z, t, k, i] = x(t * PANEL + i, k)   where t * PANEL + i < extent (and < lengths[outer]) and k < depth, else 0
//
//   0 x       strided matrices [extent, depth]  f32, element (i, k) at offset + outer * x_outer + inner * x_inner
//                                               + (ALONG_K ? i * row + k : k * row + i)
//   1 panels  [batch, ceil(extent / PANEL), k_padded, PANEL]  f32
//   2 lengths [outer]  i32, at least 1 each; any address where LENGTHS = 0
//
// Grid       ceil(extent / PANEL), k_padded / KB, batch: a workgroup owns PANEL x KB elements
// Push       extent (m for a, n for b), depth (k), k_padded, inner_count, offset, x_outer, x_inner, row
// Constants  WG (the subgroup size where ONE_SUBGROUP), PANEL (a multiple of WG), KB, ALONG_K, GATHER, ONE_SUBGROUP,
//            LENGTHS
// Precision  copies
// Needs      nothing; ONE_SUBGROUP = 1 wants subgroup size = WG
// Host side  src/ops/panels.cpp
//
// ALONG_K = 1 where neighbours in memory differ in k: a of NN and NT, b of NT and TT.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 8;
layout(constant_id = 1) const uint PANEL = 16;
layout(constant_id = 2) const uint KB = 32;
layout(constant_id = 3) const uint ALONG_K = 0;
layout(constant_id = 4) const uint GATHER = 0;
layout(constant_id = 5) const uint ONE_SUBGROUP = 1;
layout(constant_id = 6) const uint LENGTHS = 0;
#include "common/lane_vector.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats panels;
  InInts lengths;
  uint extent, depth, k_padded, inner_count;
  uint offset, x_outer, x_inner, row;
};

// Column `first + lane` of k: WG floats that lie `row` apart.
float load_column(InFloats p, uint first, uint k, uint lane) {
  if (GATHER == 1) return p.v[(first + lane) * row + k];
  float t[WG];
  [[unroll]] for (uint q = 0; q < WG; q++) t[q] = advanced_in(p, (first + q) * row).v[k];
  float x = t[0];
  [[unroll]] for (uint q = 1; q < WG; q++) x = mix(x, t[q], lane == q);
  return x;
}

void copy_whole_block(InFloats from, Floats to, uint lane) {
  [[unroll]] for (uint j = 0; j < PANEL; j += WG)
    [[unroll]] for (uint k = 0; k < KB; k++) {
      if (ALONG_K == 1)
        to.v[k * PANEL + j + lane] = load_column(from, j, k, lane);
      else
        to.v[k * PANEL + j + lane] = load_lanes(advanced_in(from, k * row), j, lane);
    }
}

// The last panel and the last KB of k: element by element, only what exists is read.
void copy_edge_block(InFloats from, Floats to, uint rows, uint depth_left, uint lane) {
  uint e = lane;
  do {
    const uint i = e % PANEL;
    const uint k = e / PANEL;
    float value = 0.0;
    if (i < rows && k < depth_left) value = from.v[ALONG_K == 1 ? i * row + k : k * row + i];
    to.v[e] = value;
    e += WG;
  } while (e < PANEL * KB);
}

void main() {
  const uint lane = ONE_SUBGROUP == 1 ? gl_SubgroupInvocationID : gl_LocalInvocationID.x;
  const uint outer = gl_WorkGroupID.z / inner_count;
  const uint inner = gl_WorkGroupID.z % inner_count;
  const uint i0 = gl_WorkGroupID.x * PANEL;
  const uint k0 = gl_WorkGroupID.y * KB;
  const uint first = offset + outer * x_outer + inner * x_inner + (ALONG_K == 1 ? i0 * row + k0 : k0 * row + i0);
  InFloats from = advanced_in(x, first);
  const uint panel = gl_WorkGroupID.z * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  Floats to = advanced_out(panels, (panel * k_padded + k0) * PANEL);
  const uint rows = LENGTHS == 1 ? uint(clamp(lengths.v[outer], 1, int(extent))) : extent;
  if (i0 + PANEL <= rows && k0 + KB <= depth)
    copy_whole_block(from, to, lane);
  else
    copy_edge_block(from, to, rows > i0 ? rows - i0 : 0, depth > k0 ? depth - k0 : 0, lane);
}
