// attention_tile: attention forward for GPUs: queries and blocks of keys in shared memory, tiles of scores in registers
//
//   0 qkv      [T, 3H]  f32      3 context  [T, H]  f32
//   1 lengths  [B]      i32      4 lse      [T, A]  f32, log-sum-exp, kept for attention_grad
//   2 rng      [4]      u32; any address where DROPOUT = 0
//
// Grid       ceil(S / BQ), A, B: a workgroup owns BQ queries of one head
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG = 4 BQ, BQ (a multiple of 16), D, ALIGNED (D a multiple of 4), DROPOUT;
//            shared memory 4 (BQ + 32) ROW + 128 BQ bytes, where ROW = D for a D of whole 32s, else 4 (ceil(D / 4) | 1)
// Precision  f32; one pass over the keys, 32 at a time, with a running maximum
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
//
// Eight invocations share two queries: each has the scores of four adjacent keys (one block of draws serves them), and
// every eighth quad of the context's columns. Heads of 64 take 32 KB for 256 invocations, of which a compute unit of AMD
// holds two. Key 4 x + c is stored at row 8 c + x, so that neighbours read neighbouring rows (common/head_quads.glsl
// keeps those in different banks). Loops stay loops: unrolled they are 30 to 75 KB of code.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"
#include "common/dropout_run.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint BQ = 32;
layout(constant_id = 2) const uint D = 64;
layout(constant_id = 3) const uint ALIGNED = 1;
layout(constant_id = 4) const uint DROPOUT = 0;

layout(push_constant) uniform Push {
  InFloats qkv;
  InInts lengths;
  InUints rng;
  Floats context;
  Floats lse;
  uint length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"
#include "common/head_quads.glsl"

const uint BK = 32;
const uint R = 2;                      // queries of an invocation
const uint COLUMNS = (QUADS + 7) / 8;  // quads of the context's columns an invocation owns

shared vec4 q_tile[BQ * ROW];  // at the end the context
shared vec4 kv_tile[BK * ROW];
// First the maximum of each invocation's scores, eight of a query in two quads; then the probabilities.
shared vec4 p_tile[BQ * BK / 4];

// Keys (or values) k0 .. k0 + BK - 1; zeros beyond the length, since 0 * NaN would not be 0.
void load_keys(InFloats base, uint k0, uint keys) {
  [[dont_unroll]] for (uint i = gl_LocalInvocationID.x; i < BK * QUADS; i += WG) {
    const uint key = i / QUADS, quad = i % QUADS;
    kv_tile[quad_at(key % 4 * 8 + key / 4, quad)] =
        load_quad(base, (k0 + key) * 3 * heads * D, quad, k0 + key < keys);
  }
}

// The eight numbers that invocations x = 0 .. 7 left of a query.
void share(uint query, uint x, float value) { p_tile[query * (BK / 4) + x / 4][x % 4] = value; }
vec4 shared_low(uint query) { return p_tile[query * (BK / 4)]; }
vec4 shared_high(uint query) { return p_tile[query * (BK / 4) + 1]; }

void main() {
  const uint lid = gl_LocalInvocationID.x, tx = lid % 8, ty = lid / 8;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, q0 = gl_WorkGroupID.x * BQ;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  const uint token0 = span.first, drawn0 = sequence * length, rows = span.rows, keys = span.keys;
  if (q0 >= rows) return;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  [[dont_unroll]] for (uint i = lid; i < BQ * QUADS; i += WG) {
    const uint query = i / QUADS, quad = i % QUADS;
    q_tile[quad_at(query, quad)] = load_quad(q, (q0 + query) * row, quad, q0 + query < rows);
  }

  // Queries ty + (BQ / R) r of the tile.
  vec4 acc[R * COLUMNS];
  float most[R], sum[R];
  [[unroll]] for (uint i = 0; i < R * COLUMNS; i++) acc[i] = vec4(0.0);
  [[unroll]] for (uint r = 0; r < R; r++) {
    most[r] = -3.0e38;
    sum[r] = 0.0;
  }
  for (uint k0 = 0; k0 < keys; k0 += BK) {
    barrier();
    load_keys(k, k0, keys);
    barrier();
    vec4 s[R];
    [[unroll]] for (uint r = 0; r < R; r++) s[r] = vec4(0.0);
    [[dont_unroll]] for (uint quad = 0; quad < QUADS; quad++) {
      vec4 kq[4];
      [[unroll]] for (uint c = 0; c < 4; c++) kq[c] = kv_tile[quad_at(c * 8 + tx, quad)];
      [[unroll]] for (uint r = 0; r < R; r++) {
        const vec4 qq = q_tile[quad_at(ty + BQ / R * r, quad)];
        [[unroll]] for (uint c = 0; c < 4; c++) s[r][c] += dot(qq, kq[c]);
      }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
      [[unroll]] for (uint c = 0; c < 4; c++) s[r][c] = k0 + 4 * tx + c < keys ? s[r][c] * scale : -3.0e38;
      share(ty + BQ / R * r, tx, max(max(s[r].x, s[r].y), max(s[r].z, s[r].w)));
    }
    barrier();
    load_keys(v, k0, keys);
    uint kept = 0;
    if (DROPOUT == 1) {
      [[dont_unroll]] for (uint r = 0; r < R; r++) {
        const uint query = drawn0 + q0 + ty + BQ / R * r;
        kept |= kept_four(draw, site, ((draw.w + query) * heads + head) * length + k0 + 4 * tx, threshold) << 4 * r;
      }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
      const uint query = ty + BQ / R * r;
      const vec4 eight = max(shared_low(query), shared_high(query));
      const float grown = max(most[r], max(max(eight.x, eight.y), max(eight.z, eight.w)));
      const float shrink = exp(most[r] - grown);
      most[r] = grown;
      s[r] = exp(s[r] - grown);
      // This invocation's share of the row's sum; the eight shares meet at the end.
      sum[r] = sum[r] * shrink + ((s[r].x + s[r].y) + (s[r].z + s[r].w));
      if (DROPOUT == 1) {
        [[unroll]] for (uint c = 0; c < 4; c++) s[r][c] *= (kept >> (4 * r + c) & 1u) != 0u ? factor : 0.0;
      }
      [[unroll]] for (uint j = 0; j < COLUMNS; j++) acc[r * COLUMNS + j] *= shrink;
    }
    barrier();
    [[unroll]] for (uint r = 0; r < R; r++) p_tile[(ty + BQ / R * r) * (BK / 4) + tx] = s[r];
    barrier();
    [[dont_unroll]] for (uint kq = 0; kq < BK / 4; kq++) {
      vec4 p[R];
      [[unroll]] for (uint r = 0; r < R; r++) p[r] = p_tile[(ty + BQ / R * r) * (BK / 4) + kq];
      [[unroll]] for (uint c = 0; c < 4; c++)
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
          const vec4 value = kv_tile[quad_at(c * 8 + kq, min(tx + 8 * j, QUADS - 1))];
          [[unroll]] for (uint r = 0; r < R; r++) acc[r * COLUMNS + j] += p[r][c] * value;
        }
    }
  }

  barrier();
  [[unroll]] for (uint r = 0; r < R; r++) share(ty + BQ / R * r, tx, sum[r]);
  barrier();
  [[unroll]] for (uint r = 0; r < R; r++) {
    const uint query = ty + BQ / R * r;
    const vec4 eight = shared_low(query) + shared_high(query);
    const float total = (eight.x + eight.y) + (eight.z + eight.w);
    [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
      if (tx + 8 * j < QUADS) q_tile[quad_at(query, tx + 8 * j)] = acc[r * COLUMNS + j] / total;
    }
    if (tx == 0 && q0 + query < rows) lse.v[(token0 + q0 + query) * heads + head] = most[r] + log(total);
  }
  barrier();
  // Whole rows by neighbours, and the code of a store once.
  Floats to = advanced_out(context, token0 * hidden + head * D);
  [[dont_unroll]] for (uint i = lid; i < BQ * QUADS; i += WG) {
    const uint query = i / QUADS, quad = i % QUADS;
    if (q0 + query < rows) store_quad(to, (q0 + query) * hidden, quad, q_tile[quad_at(query, quad)]);
  }
}
