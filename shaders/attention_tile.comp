// attention_tile: attention forward for GPUs: queries and blocks of keys in shared memory, tiles of scores in registers
//
//   0 qkv      [T, 3H]  f32      3 context  [T, H]  f32
//   1 lengths  [B]      i32      4 lse      [T, A]  f32, log-sum-exp, kept for attention_grad
//   2 rng      [4]      u32; any address where DROPOUT = 0
//
// Grid       ceil(S / BQ), A, B: a workgroup owns BQ queries of one head
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG = 2 BQ, BQ (a multiple of 4), D, ALIGNED (D a multiple of 4), DROPOUT;
//            shared memory 4 (BQ + 32) (4 ceil(D / 4) + 4) + 4 BQ 36 + 4 BQ 8 bytes
// Precision  f32; one pass over the keys, 32 at a time, with a running maximum
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
//
// Eight invocations share four queries: each has the scores of four adjacent keys (one block of draws serves them), and
// every eighth quad of the context's columns. Rows in shared memory are a quad longer than they need: neighbouring
// rows then miss each other's banks. Key 4 x + c is stored at row 8 c + x, so that neighbours read neighbouring rows.

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
const uint ROW = QUADS + 1;
const uint P_ROW = BK / 4 + 1;
const uint COLUMNS = (QUADS + 7) / 8;  // quads of the context's columns an invocation owns

shared vec4 q_tile[BQ * ROW];
shared vec4 kv_tile[BK * ROW];
shared vec4 p_tile[BQ * P_ROW];
shared float partial[BQ * 8];

// Four columns of the row that begins at element `first` of p, itself a multiple of 4 where ALIGNED.
// Keys (or values) k0 .. k0 + BK - 1; zeros beyond the length, since 0 * NaN would not be 0.
void load_keys(InFloats base, uint k0, uint keys) {
  for (uint i = gl_LocalInvocationID.x; i < BK * QUADS; i += WG) {
    const uint key = i / QUADS, quad = i % QUADS;
    kv_tile[(key % 4 * 8 + key / 4) * ROW + quad] =
        load_quad(base, (k0 + key) * 3 * heads * D, quad, k0 + key < keys);
  }
}

void main() {
  const uint lid = gl_LocalInvocationID.x, tx = lid % 8, ty = lid / 8;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, q0 = gl_WorkGroupID.x * BQ;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  if (q0 >= span.rows) return;
  const uint keys = span.keys, token0 = span.first;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  for (uint i = lid; i < BQ * QUADS; i += WG) {
    const uint query = q0 + i / QUADS;
    q_tile[i / QUADS * ROW + i % QUADS] = load_quad(q, query * row, i % QUADS, query < span.rows);
  }

  // Queries ty + (BQ / 4) r of the tile.
  vec4 acc[4 * COLUMNS];
  float most[4], sum[4];
  [[unroll]] for (uint i = 0; i < 4 * COLUMNS; i++) acc[i] = vec4(0.0);
  [[unroll]] for (uint r = 0; r < 4; r++) {
    most[r] = -3.0e38;
    sum[r] = 0.0;
  }
  for (uint k0 = 0; k0 < keys; k0 += BK) {
    barrier();
    load_keys(k, k0, keys);
    barrier();
    float s[16];
    [[unroll]] for (uint i = 0; i < 16; i++) s[i] = 0.0;
    for (uint quad = 0; quad < QUADS; quad++) {
      vec4 kq[4];
      [[unroll]] for (uint c = 0; c < 4; c++) kq[c] = kv_tile[(c * 8 + tx) * ROW + quad];
      [[unroll]] for (uint r = 0; r < 4; r++) {
        const vec4 qq = q_tile[(ty + BQ / 4 * r) * ROW + quad];
        [[unroll]] for (uint c = 0; c < 4; c++) s[r * 4 + c] += dot(qq, kq[c]);
      }
    }
    [[unroll]] for (uint r = 0; r < 4; r++) {
      float local = -3.0e38;
      [[unroll]] for (uint c = 0; c < 4; c++) {
        s[r * 4 + c] = k0 + 4 * tx + c < keys ? s[r * 4 + c] * scale : -3.0e38;
        local = max(local, s[r * 4 + c]);
      }
      partial[(ty + BQ / 4 * r) * 8 + tx] = local;
    }
    barrier();
    load_keys(v, k0, keys);
    [[unroll]] for (uint r = 0; r < 4; r++) {
      const uint query = ty + BQ / 4 * r;
      float grown = most[r];
      [[unroll]] for (uint x = 0; x < 8; x++) grown = max(grown, partial[query * 8 + x]);
      const float shrink = exp(most[r] - grown);
      most[r] = grown;
      vec4 p;
      [[unroll]] for (uint c = 0; c < 4; c++) p[c] = exp(s[r * 4 + c] - grown);
      // This invocation's share of the row's sum; the eight shares meet at the end.
      sum[r] = sum[r] * shrink + ((p.x + p.y) + (p.z + p.w));
      if (DROPOUT == 1) {
        const uint element = ((draw.w + sequence * length + q0 + query) * heads + head) * length + k0 + 4 * tx;
        p *= dropout_four(draw, site, element, threshold, factor);
      }
      p_tile[query * P_ROW + tx] = p;
      [[unroll]] for (uint j = 0; j < COLUMNS; j++) acc[r * COLUMNS + j] *= shrink;
    }
    barrier();
    for (uint kq = 0; kq < BK / 4; kq++) {
      vec4 p[4];
      [[unroll]] for (uint r = 0; r < 4; r++) p[r] = p_tile[(ty + BQ / 4 * r) * P_ROW + kq];
      [[unroll]] for (uint c = 0; c < 4; c++)
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
          const vec4 value = kv_tile[(c * 8 + kq) * ROW + min(tx + 8 * j, QUADS - 1)];
          [[unroll]] for (uint r = 0; r < 4; r++) acc[r * COLUMNS + j] += p[r][c] * value;
        }
    }
  }

  barrier();
  [[unroll]] for (uint r = 0; r < 4; r++) partial[(ty + BQ / 4 * r) * 8 + tx] = sum[r];
  barrier();
  Floats to = advanced_out(context, token0 * hidden + head * D);
  [[unroll]] for (uint r = 0; r < 4; r++) {
    const uint query = ty + BQ / 4 * r;
    float total = 0.0;
    [[unroll]] for (uint x = 0; x < 8; x++) total += partial[query * 8 + x];
    if (q0 + query < span.rows) {
      const uint first = (q0 + query) * hidden;
      [[unroll]] for (uint j = 0; j < COLUMNS; j++) store_quad(to, first, tx + 8 * j, acc[r * COLUMNS + j] / total);
      if (tx == 0) lse.v[(token0 + q0 + query) * heads + head] = most[r] + log(total);
    }
  }
}
