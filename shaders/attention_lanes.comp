// attention_lanes: attention forward for software devices: a lane is a query, no barrier, no shared memory
//
//   0 qkv      [T, 3H]  f32      3 context  [T, H]  f32
//   1 lengths  [B]      i32      4 lse      [T, A]  f32, log-sum-exp, kept for attention_grad
//   2 rng      [4]      u32; any address where DROPOUT = 0
//
// Grid       ceil(S / (WG * R)), A, B: a workgroup owns WG * R queries of one head, R of them per lane
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG, R, D, KU (divides D), DROPOUT (0 none, 1 any row size, 2 where S is a multiple of 8)
// Precision  f32; one pass over the keys, 8 at a time, with a running maximum
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
//
// llvmpipe makes every load in a loop a gather, of one address for all lanes as of eight. So R queries a lane by 8 keys
// share their loads: R + 8 for 8 R products. Loops have no dynamic index into registers: those become gathers too.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 8;
layout(constant_id = 1) const uint R = 4;
layout(constant_id = 2) const uint D = 64;
layout(constant_id = 3) const uint KU = 8;
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

const uint C = 8;

// The factors of C keys of one query from element `first` on: its block of draws, or the two it may straddle.
void drop_keys(inout float kept[C], uvec4 draw, uint first) {
  const uvec4 low = dropout_block(draw, site, first >> 3);
  uvec4 high = low;
  if (DROPOUT == 1) high = dropout_block(draw, site, (first + C - 1) >> 3);
  [[unroll]] for (uint c = 0; c < C; c++) {
    uint lane16 = dropout_lane(low, c);
    if (DROPOUT == 1) {
      const bool next = (first + c) >> 3 != first >> 3;
      const uvec4 block = uvec4(mix(low.x, high.x, next), mix(low.y, high.y, next), mix(low.z, high.z, next),
                                mix(low.w, high.w, next));
      lane16 = dropout_lane(block, (first + c) & 7u);
    }
    kept[c] = dropout_factor(lane16, threshold, factor);
  }
}

void main() {
  const uint lane = gl_LocalInvocationID.x;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, row0 = gl_WorkGroupID.x * WG * R;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  if (row0 >= span.rows) return;
  const uint keys = span.keys;
  InFloats q = advanced_in(qkv, span.first * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  uvec4 draw = uvec4(0);
  if (DROPOUT != 0) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  uint query[R];
  float acc[R * D], most[R], sum[R];
  [[unroll]] for (uint r = 0; r < R; r++) {
    query[r] = min(row0 + r * WG + lane, span.rows - 1);
    most[r] = -3.0e38;
    sum[r] = 0.0;
  }
  [[unroll]] for (uint i = 0; i < R * D; i++) acc[i] = 0.0;

  uint k0 = 0;
  do {
    uint key[C];
    [[unroll]] for (uint c = 0; c < C; c++) key[c] = min(k0 + c, keys - 1) * row;
    float s[R * C];
    [[unroll]] for (uint i = 0; i < R * C; i++) s[i] = 0.0;
    uint d0 = 0;
    do {
      [[unroll]] for (uint u = 0; u < KU; u++) {
        float qv[R];
        [[unroll]] for (uint r = 0; r < R; r++) qv[r] = q.v[query[r] * row + d0 + u];
        [[unroll]] for (uint c = 0; c < C; c++) {
          const float kv = k.v[key[c] + d0 + u];
          [[unroll]] for (uint r = 0; r < R; r++) s[r * C + c] = fma(qv[r], kv, s[r * C + c]);
        }
      }
      d0 += KU;
    } while (d0 < D);

    float shrink[R];
    [[unroll]] for (uint r = 0; r < R; r++) {
      float grown = most[r];
      [[unroll]] for (uint c = 0; c < C; c++) {
        s[r * C + c] = mix(-3.0e38, s[r * C + c] * scale, k0 + c < keys);
        grown = max(grown, s[r * C + c]);
      }
      shrink[r] = exp(most[r] - grown);
      most[r] = grown;
      sum[r] *= shrink[r];
      [[unroll]] for (uint c = 0; c < C; c++) {
        s[r * C + c] = exp(s[r * C + c] - grown);
        sum[r] += s[r * C + c];
      }
      if (DROPOUT != 0) {
        float kept[C];
        drop_keys(kept, draw, ((draw.w + sequence * length + query[r]) * heads + head) * length + k0);
        [[unroll]] for (uint c = 0; c < C; c++) s[r * C + c] *= kept[c];
      }
    }
    [[unroll]] for (uint d = 0; d < D; d++) {
      [[unroll]] for (uint r = 0; r < R; r++) acc[r * D + d] *= shrink[r];
      [[unroll]] for (uint c = 0; c < C; c++) {
        const float vv = v.v[key[c] + d];
        [[unroll]] for (uint r = 0; r < R; r++) acc[r * D + d] = fma(s[r * C + c], vv, acc[r * D + d]);
      }
    }
    k0 += C;
  } while (k0 < keys);

  Floats to = advanced_out(context, span.first * hidden + head * D);
  [[unroll]] for (uint r = 0; r < R; r++) {
    const uint mine = row0 + r * WG + lane;
    if (mine < span.rows) {
      [[unroll]] for (uint d = 0; d < D; d++) to.v[mine * hidden + d] = acc[r * D + d] / sum[r];
      lse.v[(span.first + mine) * heads + head] = most[r] + log(sum[r]);
    }
  }
}
