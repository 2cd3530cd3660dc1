// matmul_reduce: c = sum of the parts of a split matmul + bias
//
//   0 parts  [splits, batch, m, n]  f32      2 bias  [n]  f32, any address where BIAS = 0
//   1 c      [batch, m, n]  strided, f32
//
// Grid       x workgroups, 1, batch: invocations walk the m * n elements of a matrix in strides of x * WG
// Push       m, n, splits, inner_count, part (batch * m * n), c_offset, c_outer, c_inner, c_row (elements)
// Constants  WG, BIAS
// Precision  f32, parts in order: the same bits each run
// Needs      nothing
// Host side  src/ops/matmul_kernels.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint BIAS = 0;

layout(push_constant) uniform Push {
  InFloats parts;
  Floats c;
  InFloats bias;
  uint m, n, splits, inner_count, part;
  uint c_offset, c_outer, c_inner, c_row;
};

void main() {
  const uint z = gl_WorkGroupID.z;
  const uint c_first = c_offset + z / inner_count * c_outer + z % inner_count * c_inner;
  for (uint e = gl_GlobalInvocationID.x; e < m * n; e += gl_NumWorkGroups.x * WG) {
    float sum = 0.0;
    for (uint s = 0; s < splits; s++) sum += parts.v[s * part + z * m * n + e];
    const uint column = e % n;
    if (BIAS == 1) sum += bias.v[column];
    c.v[c_first + e / n * c_row + column] = sum;
  }
}
