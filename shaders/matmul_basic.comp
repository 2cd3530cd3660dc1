// matmul_basic: c = alpha * a b + bias, straight from memory, for devices and shapes that nothing else suits
//
//   0 a     [batch, m, k]  strided, f32      2 c     [batch, m, n]  strided, f32
//   1 b     [batch, k, n]  strided, f32      3 bias  [n]  f32, any address where BIAS = 0
//
// Grid       x workgroups, 1, batch: teams of SPAN invocations walk the m * n elements of a matrix in strides of
//            x * WG / SPAN
// Push       m, n, k, inner_count,
//            a_offset, a_outer, a_inner, a_row, b_offset, b_outer, b_inner, b_row,
//            c_offset, c_outer, c_inner, c_row (elements; a_row and b_row between rows as stored), alpha (f32)
// Constants  WG (a power of two), SPAN (a power of two up to WG; 1 needs no shared memory), TRANSPOSE_A, TRANSPOSE_B,
//            BIAS
// Precision  f32; each of a team's SPAN sums takes every SPAN-th k, then a tree adds them: a fixed order
// Needs      nothing
// Host side  src/ops/matmul_kernels.cpp
//
// A long k with few elements (a head of two classes) wants a large SPAN, everything else SPAN = 1.

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint SPAN = 1;
layout(constant_id = 2) const uint TRANSPOSE_A = 0;
layout(constant_id = 3) const uint TRANSPOSE_B = 0;
layout(constant_id = 4) const uint BIAS = 0;

layout(push_constant) uniform Push {
  InFloats a;
  InFloats b;
  Floats c;
  InFloats bias;
  uint m, n, k, inner_count;
  uint a_offset, a_outer, a_inner, a_row;
  uint b_offset, b_outer, b_inner, b_row;
  uint c_offset, c_outer, c_inner, c_row;
  float alpha;
};

shared float partial[SPAN == 1 ? 1 : WG];

// This invocation's part of element e: every SPAN-th product.
float dot_share(uint e, uint a_first, uint b_first) {
  float sum = 0.0;
  if (e < m * n) {
    const uint a_at = a_first + e / n * (TRANSPOSE_A == 1 ? 1 : a_row);
    const uint b_at = b_first + e % n * (TRANSPOSE_B == 1 ? b_row : 1);
    const uint a_step = TRANSPOSE_A == 1 ? a_row : 1;
    const uint b_step = TRANSPOSE_B == 1 ? 1 : b_row;
    for (uint i = gl_LocalInvocationID.x % SPAN; i < k; i += SPAN)
      sum = fma(a.v[a_at + i * a_step], b.v[b_at + i * b_step], sum);
  }
  return sum;
}

// The team's sum, in its first invocation.
float team_sum(float x) {
  if (SPAN == 1) return x;
  const uint lid = gl_LocalInvocationID.x;
  barrier();
  partial[lid] = x;
  for (uint half_span = SPAN / 2; half_span > 0; half_span /= 2) {
    barrier();
    if (lid % SPAN < half_span) partial[lid] += partial[lid + half_span];
  }
  return partial[lid];
}

void main() {
  const uint z = gl_WorkGroupID.z;
  const uint outer = z / inner_count;
  const uint inner = z % inner_count;
  const uint a_first = a_offset + outer * a_outer + inner * a_inner;
  const uint b_first = b_offset + outer * b_outer + inner * b_inner;
  const uint c_first = c_offset + outer * c_outer + inner * c_inner;
  const uint teams = WG / SPAN;
  for (uint first = gl_WorkGroupID.x * teams; first < m * n; first += gl_NumWorkGroups.x * teams) {
    const uint e = first + gl_LocalInvocationID.x / SPAN;
    float sum = team_sum(dot_share(e, a_first, b_first));
    if (e < m * n && gl_LocalInvocationID.x % SPAN == 0) {
      sum = alpha * sum;
      if (BIAS == 1) sum += bias.v[e % n];
      c.v[c_first + e / n * c_row + e % n] = sum;
    }
  }
}
