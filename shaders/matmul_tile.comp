// matmul_tile: c = alpha * a b + bias by tiles in shared memory, for GPUs without matrix units
//
//   0 a     [batch, m, k]  strided, f32      2 c     [splits, batch, m, n]  strided, f32
//   1 b     [batch, k, n]  strided, f32      3 bias  [n]  f32, any address where BIAS = 0
//
// Grid       ceil(n / BN), ceil(m / BM), batch * splits: a workgroup owns BM x BN of one c, and split s of k
// Push       m, n, k, inner_count,
//            a_offset, a_outer, a_inner, a_row, b_offset, b_outer, b_inner, b_row,
//            c_offset, c_outer, c_inner, c_row (elements; a_row and b_row between rows as stored),
//            splits, k_chunk, c_split, alpha (f32)
// Constants  WG = BM / TM * BN / TN, BM, BN, BK, TM, TN, TRANSPOSE_A, TRANSPOSE_B, ALIGNED, BIAS
//            TM, TN and BK multiples of 4; BM * BK and BN * BK multiples of 4 WG;
//            shared memory 4 BK (BM + BN + 8) bytes
//            ALIGNED = 1 where offsets, strides and the extents that quads run along are multiples of 4; quads are then
//            whole, and read and written as such where addresses allow it too
// Precision  f32, one accumulator an element, k in order
// Needs      nothing
// Host side  src/ops/matmul_kernels.cpp
//
// Transposed operands lie [k, m] and [n, k]. Split s covers k_chunk of k from s * k_chunk, none of them empty, and
// writes c_split elements further; matmul_reduce adds the parts in order. splits = 1 has k_chunk = k, c_split = 0.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint BM = 32;
layout(constant_id = 2) const uint BN = 32;
layout(constant_id = 3) const uint BK = 16;
layout(constant_id = 4) const uint TM = 4;
layout(constant_id = 5) const uint TN = 4;
layout(constant_id = 6) const uint TRANSPOSE_A = 0;
layout(constant_id = 7) const uint TRANSPOSE_B = 0;
layout(constant_id = 8) const uint ALIGNED = 0;
layout(constant_id = 9) const uint BIAS = 0;

layout(push_constant) uniform Push {
  InFloats a;
  InFloats b;
  Floats c;
  InFloats bias;
  uint m, n, k, inner_count;
  uint a_offset, a_outer, a_inner, a_row;
  uint b_offset, b_outer, b_inner, b_row;
  uint c_offset, c_outer, c_inner, c_row;
  uint splits, k_chunk, c_split;
  float alpha;
};

// Rows of k, each BM (BN) floats as quads and one quad more: columns written down a row then miss each other's banks.
const uint A_ROW = BM / 4 + 1;
const uint B_ROW = BN / 4 + 1;
shared vec4 a_tile[BK * A_ROW];
shared vec4 b_tile[BK * B_ROW];

// Quads of an operand's slab that one invocation carries from memory to shared memory.
const uint A_QUADS = BM * BK / 4 / WG;
const uint B_QUADS = BN * BK / 4 / WG;

// Where quad q of a slab with `width` rows (of m or n) lies: x = row, y = k, its other three along k or along the row.
uvec2 quad_position(uint q, uint width, bool along_k) {
  return along_k ? uvec2(q / (BK / 4), q % (BK / 4) * 4) : uvec2(q % (width / 4) * 4, q / (width / 4));
}

// Four neighbours in memory; zeros past the operand's edge, where nothing is read. `left` counts what exists from here.
vec4 load_quad(InFloats p, uint at, uint left, bool inside) {
  vec4 x = vec4(0.0);
  if (inside) {
    if (ALIGNED == 1 && is_quad_address(uvec2(p))) {
      x = InVec4s(uvec2(p)).v[at / 4];
    } else {
      x.x = p.v[at];
      if (ALIGNED == 1 || left > 1) x.y = p.v[at + 1];
      if (ALIGNED == 1 || left > 2) x.z = p.v[at + 2];
      if (ALIGNED == 1 || left > 3) x.w = p.v[at + 3];
    }
  }
  return x;
}

vec4 load_operand(InFloats p, uint first, uint row, bool along_k, uvec2 at, uint rows, uint depth) {
  const bool inside = at.x < rows && at.y < depth;
  const uint left = along_k ? depth - at.y : rows - at.x;
  return load_quad(p, first + (along_k ? at.x * row + at.y : at.y * row + at.x), left, inside);
}

void store_a(uvec2 at, vec4 x) {
  if (TRANSPOSE_A == 1) {
    a_tile[at.y * A_ROW + at.x / 4] = x;
  } else {
    [[unroll]] for (uint j = 0; j < 4; j++) a_tile[(at.y + j) * A_ROW + at.x / 4][at.x % 4] = x[j];
  }
}

void store_b(uvec2 at, vec4 x) {
  if (TRANSPOSE_B == 0) {
    b_tile[at.y * B_ROW + at.x / 4] = x;
  } else {
    [[unroll]] for (uint j = 0; j < 4; j++) b_tile[(at.y + j) * B_ROW + at.x / 4][at.x % 4] = x[j];
  }
}

// The next slab, on its way from memory to shared memory while the present one is multiplied.
vec4 a_next[A_QUADS];
vec4 b_next[B_QUADS];

void load_slab(uint a_first, uint b_first, uvec2 a_corner, uvec2 b_corner, uint k_end) {
  const uint lid = gl_LocalInvocationID.x;
  [[unroll]] for (uint q = 0; q < A_QUADS; q++) {
    const uvec2 at = a_corner + quad_position(lid + q * WG, BM, TRANSPOSE_A == 0);
    a_next[q] = load_operand(a, a_first, a_row, TRANSPOSE_A == 0, at, m, k_end);
  }
  [[unroll]] for (uint q = 0; q < B_QUADS; q++) {
    const uvec2 at = b_corner + quad_position(lid + q * WG, BN, TRANSPOSE_B == 1);
    b_next[q] = load_operand(b, b_first, b_row, TRANSPOSE_B == 1, at, n, k_end);
  }
}

void store_slab() {
  const uint lid = gl_LocalInvocationID.x;
  [[unroll]] for (uint q = 0; q < A_QUADS; q++)
    store_a(quad_position(lid + q * WG, BM, TRANSPOSE_A == 0), a_next[q]);
  [[unroll]] for (uint q = 0; q < B_QUADS; q++)
    store_b(quad_position(lid + q * WG, BN, TRANSPOSE_B == 1), b_next[q]);
}

float acc[TM * TN];

// Quads of a thread's rows and columns lie BM / TM * 4 apart, so that neighbours read neighbouring banks.
void multiply_slab(uint tx, uint ty) {
  [[dont_unroll]] for (uint kk = 0; kk < BK; kk += 4)
    [[unroll]] for (uint u = 0; u < 4; u++) {
      vec4 av[TM / 4];
      vec4 bv[TN / 4];
      [[unroll]] for (uint i = 0; i < TM / 4; i++) av[i] = a_tile[(kk + u) * A_ROW + i * (BM / TM) + ty];
      [[unroll]] for (uint j = 0; j < TN / 4; j++) bv[j] = b_tile[(kk + u) * B_ROW + j * (BN / TN) + tx];
      [[unroll]] for (uint i = 0; i < TM; i++)
        [[unroll]] for (uint j = 0; j < TN; j++)
          acc[i * TN + j] = fma(av[i / 4][i % 4], bv[j / 4][j % 4], acc[i * TN + j]);
    }
}

void main() {
  const uint lid = gl_LocalInvocationID.x;
  const uint tx = lid % (BN / TN);
  const uint ty = lid / (BN / TN);
  const uint m0 = gl_WorkGroupID.y * BM;
  const uint n0 = gl_WorkGroupID.x * BN;
  const uint batch = gl_WorkGroupID.z / splits;
  const uint split = gl_WorkGroupID.z % splits;
  const uint outer = batch / inner_count;
  const uint inner = batch % inner_count;
  const uint a_first = a_offset + outer * a_outer + inner * a_inner;
  const uint b_first = b_offset + outer * b_outer + inner * b_inner;
  const uint k_first = split * k_chunk;
  const uint k_end = min(k, k_first + k_chunk);

  [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = 0.0;
  // A slab ahead, with the loads' code once: the first pass multiplies nothing, the last finds nothing to load.
  uint k0 = k_first;
  [[dont_unroll]] while (true) {
    load_slab(a_first, b_first, uvec2(m0, k0), uvec2(n0, k0), k_end);
    if (k0 > k_first) multiply_slab(tx, ty);
    if (k0 >= k_end) break;
    barrier();
    store_slab();
    barrier();
    k0 += BK;
  }

  const uint c_first = c_offset + outer * c_outer + inner * c_inner + split * c_split;
  [[unroll]] for (uint j = 0; j < TN; j += 4) {
    const uint column = n0 + (j / 4 * (BN / TN) + tx) * 4;
    vec4 add = vec4(0.0);
    if (BIAS == 1) add = load_quad(bias, column, n - column, column < n);
    [[unroll]] for (uint i = 0; i < TM; i++) {
      const uint row = m0 + (i / 4 * (BM / TM) + ty) * 4 + i % 4;
      const vec4 y = alpha * vec4(acc[i * TN + j], acc[i * TN + j + 1], acc[i * TN + j + 2], acc[i * TN + j + 3]) + add;
      const uint at = c_first + row * c_row + column;
      if (row < m && column < n) {
        if (ALIGNED == 1 && is_quad_address(uvec2(c))) {
          Vec4s(uvec2(c)).v[at / 4] = y;
        } else {
          c.v[at] = y.x;
          if (ALIGNED == 1 || column + 1 < n) c.v[at + 1] = y.y;
          if (ALIGNED == 1 || column + 2 < n) c.v[at + 2] = y.z;
          if (ALIGNED == 1 || column + 3 < n) c.v[at + 3] = y.w;
        }
      }
    }
  }
}
