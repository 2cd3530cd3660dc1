// matmul_panel: c = alpha * a b + bias, or c += alpha * a b, from packed panels, for software devices
//
//   0 a_panels  [batch, m / TM, k_padded, TM]     f32, by matmul_pack, zeros past m and k
//   1 b_panels  [batch, n / PN, k_padded, PN]     f32, by matmul_pack, zeros past n and k; PN = WG * VECTORS
//   2 c         [batch, m, n]  strided, f32
//   3 bias      [n]            f32, any address where BIAS = 0
//
// Grid       ceil(n / PN), ceil(m / TM), batch: a workgroup owns TM rows x PN columns of one matrix of c
// Push       m, n, k_padded (a multiple of KU), group_m, inner_count,
//            a_outer, a_inner, b_outer, b_inner (elements of scratch; 0 repeats one matrix),
//            c_offset, c_outer, c_inner, c_row (elements), alpha (f32)
// Constants  WG (the subgroup size where ONE_SUBGROUP), TM, VECTORS, KU, GATHER, ONE_SUBGROUP, BIAS,
//            ACCUMULATE (adds to c)
// Precision  f32, one accumulator an element, k in order
// Needs      nothing; ONE_SUBGROUP = 1 wants subgroup size = WG
// Host side  src/ops/matmul_kernels.cpp
//
// A deep k goes in chunks of 1024, packed and multiplied one after the other in the same scratch, so that panels stay
// in the cache; all but the first ACCUMULATE. At k = 4096 that is 7 % faster than whole, and the scratch is a quarter.
// Reading c by load_lanes, as the panels are read, halves the speed of the whole kernel (lavapipe 26.1; cause unknown).

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 8;
layout(constant_id = 1) const uint TM = 16;
layout(constant_id = 2) const uint VECTORS = 1;
layout(constant_id = 3) const uint KU = 32;
layout(constant_id = 4) const uint GATHER = 0;
layout(constant_id = 5) const uint ONE_SUBGROUP = 1;
layout(constant_id = 6) const uint BIAS = 0;
layout(constant_id = 7) const uint ACCUMULATE = 0;
#include "common/lane_vector.glsl"

layout(push_constant) uniform Push {
  InFloats a_panels;
  InFloats b_panels;
  Floats c;
  InFloats bias;
  uint m, n, k_padded, group_m, inner_count;
  uint a_outer, a_inner, b_outer, b_inner;
  uint c_offset, c_outer, c_inner, c_row;
  float alpha;
};

const uint PN = WG * VECTORS;

// Panel (x: of b, y: of a) of this workgroup. group_m panels of a stay in the cache while those of b pass by once.
uvec2 panel_of_workgroup() {
  const uint id = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  const uint group_size = group_m * gl_NumWorkGroups.x;
  const uint first = id / group_size * group_m;
  const uint rows = min(group_m, gl_NumWorkGroups.y - first);
  const uint within = id % group_size;
  return uvec2(within / rows, first + within % rows);
}

void main() {
  // Read before the loop, not in it: llvmpipe then knows the lane as a constant, and load_lanes becomes one load.
  const uint lane = ONE_SUBGROUP == 1 ? gl_SubgroupInvocationID : gl_LocalInvocationID.x;
  const uvec2 panel = panel_of_workgroup();
  const uint outer = gl_WorkGroupID.z / inner_count;
  const uint inner = gl_WorkGroupID.z % inner_count;
  const uint a_first = outer * a_outer + inner * a_inner + panel.y * TM * k_padded;
  const uint b_first = outer * b_outer + inner * b_inner + panel.x * PN * k_padded;

  float acc[TM * VECTORS];
  [[unroll]] for (uint i = 0; i < TM * VECTORS; i++) acc[i] = 0.0;

  // do-while: lavapipe 26.1 runs the body of a pre-tested loop once more with no lane active, and reads past the end.
  uint k = 0;
  do {
    InFloats a = advanced_in(a_panels, a_first + k * TM);
    InFloats b = advanced_in(b_panels, b_first + k * PN);
    [[unroll]] for (uint u = 0; u < KU; u++) {
      float bv[VECTORS];
      [[unroll]] for (uint j = 0; j < VECTORS; j++) bv[j] = load_lanes(b, u * PN + j * WG, lane);
      [[unroll]] for (uint i = 0; i < TM; i++) {
        const float av = a.v[u * TM + i];
        [[unroll]] for (uint j = 0; j < VECTORS; j++) acc[i * VECTORS + j] = fma(av, bv[j], acc[i * VECTORS + j]);
      }
    }
    k += KU;
  } while (k < k_padded);

  const uint m0 = panel.y * TM;
  const uint n0 = panel.x * PN;
  const uint c_first = c_offset + outer * c_outer + inner * c_inner + m0 * c_row + n0;
  float add[VECTORS];
  [[unroll]] for (uint j = 0; j < VECTORS; j++)
    add[j] = BIAS == 1 ? bias.v[min(n0 + j * WG + lane, n - 1)] : 0.0;
  if (m0 + TM <= m && n0 + PN <= n) {
    if (ACCUMULATE == 1) {
      // All loads before the first store: between stores each load waits for the one before it.
      float old[TM * VECTORS];
      [[unroll]] for (uint i = 0; i < TM; i++)
        [[unroll]] for (uint j = 0; j < VECTORS; j++)
          old[i * VECTORS + j] = advanced_out(c, c_first + i * c_row).v[j * WG + lane];
      [[unroll]] for (uint i = 0; i < TM * VECTORS; i++) acc[i] = fma(alpha, acc[i], old[i]);
    } else {
      [[unroll]] for (uint i = 0; i < TM * VECTORS; i++) acc[i] = fma(alpha, acc[i], add[i % VECTORS]);
    }
    [[unroll]] for (uint i = 0; i < TM; i++) {
      Floats row = advanced_out(c, c_first + i * c_row);
      [[unroll]] for (uint j = 0; j < VECTORS; j++) row.v[j * WG + lane] = acc[i * VECTORS + j];
    }
  } else {
    [[unroll]] for (uint i = 0; i < TM; i++) {
      Floats row = advanced_out(c, c_first + i * c_row);
      [[unroll]] for (uint j = 0; j < VECTORS; j++)
        if (m0 + i < m && n0 + j * WG + lane < n) {
          const float base = ACCUMULATE == 1 ? row.v[j * WG + lane] : add[j];
          row.v[j * WG + lane] = fma(alpha, acc[i * VECTORS + j], base);
        }
    }
  }
}
