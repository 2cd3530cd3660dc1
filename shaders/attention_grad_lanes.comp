// attention_grad_lanes: attention_grad for software devices: a lane is a query (of dQ) or a key (of dK and dV)
//
//     P' = P * dropout factors,  dV = P'^T dO,  dP = (dO V^T) * factors,  dS = P * (dP - delta) * scale
//     dQ = dS K,  dK = dS^T Q
//
//   0 qkv       [T, 3H]  f32      4 lengths  [B]      i32
//   1 dcontext  [T, H]   f32      5 rng      [4]      u32; any address where DROPOUT = 0
//   2 lse       [T, A]   f32      6 dqkv     [T, 3H]  f32
//   3 delta     [T, A]   f32, by attention_delta
//   7 q, 8 k, 9 v, 10 dout, as panels  [B, A, ceil(S / P), ceil(D / 32) * 32, P]  f32, by matmul_pack, P = max(8, WG);
//                                      any address where PANELS = 0
//
// Grid       ceil(S / (WG * R)), A, B: a workgroup owns WG * R queries (KEYS = 0) or keys (KEYS = 1) of one head
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG (the subgroup size where PANELS), R (1 where PANELS), D, KU (divides D), DROPOUT (0 none, 1 any row
//            size, 2 where S is a multiple of 8), KEYS, PANELS
// Precision  f32, sums over keys or queries in their order
// Needs      nothing; PANELS = 1 wants subgroup size = WG
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
//
// The two halves write different columns of dqkv: KEYS = 0 its first H, KEYS = 1 the rest. The "others" are keys where
// the own are queries, and the reverse. As in attention_lanes, R own rows a lane by C others share their loads. llvmpipe
// from 26 on loads panels instead: a column of the own rows as one vector, others as scalars beside each other, twice as
// fast as gathering rows.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 8;
layout(constant_id = 1) const uint R = 2;
layout(constant_id = 2) const uint D = 64;
layout(constant_id = 3) const uint KU = 8;
layout(constant_id = 4) const uint DROPOUT = 0;
layout(constant_id = 5) const uint KEYS = 0;
layout(constant_id = 6) const uint PANELS = 0;
const uint GATHER = 1 - PANELS;
#include "common/lane_vector.glsl"

layout(push_constant) uniform Push {
  InFloats qkv;
  InFloats dcontext;
  InFloats lse;
  InFloats delta;
  InInts lengths;
  InUints rng;
  Floats dqkv;
  InFloats q_panels;
  InFloats k_panels;
  InFloats v_panels;
  InFloats dout_panels;
  uint length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"

const uint C = 8;
const uint RESULTS = KEYS == 1 ? 2 : 1;
const uint P = C > WG ? C : WG;             // rows of a panel
const uint PANEL = (D + 31) / 32 * 32 * P;  // elements of a panel

// Column u of other c, of the panel of all C or of its row, which begins at element row_at.
#define other_at(rows, row_at, panel, c, u) (PANELS == 1 ? (panel).v[(u) * P + (c)] : (rows).v[(row_at) + (u)])

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
  const uint lane = PANELS == 1 ? gl_SubgroupInvocationID : gl_LocalInvocationID.x;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, row0 = gl_WorkGroupID.x * WG * R;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  if (row0 >= span.rows) return;
  const uint token0 = span.first, keys = span.keys;
  const uint own_count = KEYS == 1 ? keys : span.rows, other_count = KEYS == 1 ? span.rows : keys;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden + head * D);
  const uint head_panels = (sequence * heads + head) * ((length + P - 1) / P) * PANEL;
  InFloats q_panel = advanced_in(q_panels, head_panels);
  InFloats k_panel = advanced_in(k_panels, head_panels);
  InFloats v_panel = advanced_in(v_panels, head_panels);
  InFloats dout_panel = advanced_in(dout_panels, head_panels);
  // The own rows x and y, and the others.
  InFloats x_rows = q, y_rows = dout, x_others = k, y_others = v;
  InFloats x_panels = q_panel, y_panels = dout_panel, x_other_panels = k_panel, y_other_panels = v_panel;
  uint y_row = hidden, y_other_row = row;
  if (KEYS == 1) {
    x_rows = k, y_rows = v, x_others = q, y_others = dout;
    x_panels = k_panel, y_panels = v_panel, x_other_panels = q_panel, y_other_panels = dout_panel;
    y_row = row, y_other_row = hidden;
  }
  InFloats head_lse = advanced_in(lse, token0 * heads + head);
  InFloats head_delta = advanced_in(delta, token0 * heads + head);
  uvec4 draw = uvec4(0);
  if (DROPOUT != 0) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  uint own[R];
  float acc[RESULTS * R * D], own_lse[R], own_delta[R];
  [[unroll]] for (uint r = 0; r < R; r++) {
    own[r] = min(row0 + r * WG + lane, span.rows - 1);
    own_lse[r] = head_lse.v[own[r] * heads];
    own_delta[r] = head_delta.v[own[r] * heads];
  }
  [[unroll]] for (uint i = 0; i < RESULTS * R * D; i++) acc[i] = 0.0;

  const uint own_panel = row0 / P * PANEL + row0 % P;
  // Keys all beyond the length have no query: their gradient is the zeros above.
  uint o0 = 0;
  if (row0 < own_count) do {
    uint other[C];
    [[unroll]] for (uint c = 0; c < C; c++) other[c] = min(o0 + c, other_count - 1);
    float s[R * C], dp[R * C];
    [[unroll]] for (uint i = 0; i < R * C; i++) s[i] = dp[i] = 0.0;
    const uint other_panel = o0 / P * PANEL + o0 % P;
    uint d0 = 0;
    do {
      InFloats x_panel = advanced_in(x_panels, own_panel + d0 * P);
      InFloats y_panel = advanced_in(y_panels, own_panel + d0 * P);
      InFloats x_other_panel = advanced_in(x_other_panels, other_panel + d0 * P);
      InFloats y_other_panel = advanced_in(y_other_panels, other_panel + d0 * P);
      [[unroll]] for (uint u = 0; u < KU; u++) {
        const uint d = d0 + u;
        float x[R], y[R];
        [[unroll]] for (uint r = 0; r < R; r++) {
          if (PANELS == 1) {
            x[r] = load_lanes(x_panel, u * P, lane);
            y[r] = load_lanes(y_panel, u * P, lane);
          } else {
            x[r] = x_rows.v[own[r] * row + d];
            y[r] = y_rows.v[own[r] * y_row + d];
          }
        }
        [[unroll]] for (uint c = 0; c < C; c++) {
          const float x_other = other_at(x_others, other[c] * row + d0, x_other_panel, c, u);
          const float y_other = other_at(y_others, other[c] * y_other_row + d0, y_other_panel, c, u);
          [[unroll]] for (uint r = 0; r < R; r++) {
            s[r * C + c] = fma(x[r], x_other, s[r * C + c]);
            dp[r * C + c] = fma(y[r], y_other, dp[r * C + c]);
          }
        }
      }
      d0 += KU;
    } while (d0 < D);

    // s becomes P', dp becomes dS.
    float other_lse[C], other_delta[C];
    [[unroll]] for (uint c = 0; c < C; c++) {
      other_lse[c] = KEYS == 1 ? head_lse.v[other[c] * heads] : 0.0;
      other_delta[c] = KEYS == 1 ? head_delta.v[other[c] * heads] : 0.0;
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
      float kept[C];
      [[unroll]] for (uint c = 0; c < C; c++) kept[c] = 1.0;
      if (DROPOUT != 0 && KEYS == 0)
        drop_keys(kept, draw, ((draw.w + sequence * length + own[r]) * heads + head) * length + o0);
      if (DROPOUT != 0 && KEYS == 1) {
        [[unroll]] for (uint c = 0; c < C; c++) {
          const uint first = ((draw.w + sequence * length + other[c]) * heads + head) * length + row0 + r * WG;
          // Where no block straddles the lanes all share one, and llvmpipe 26 draws it once.
          const uint block = DROPOUT == 2 && WG <= 8 ? first >> 3 : (first + lane) >> 3;
          kept[c] = dropout_factor(dropout_lane(dropout_block(draw, site, block), (first + lane) & 7u), threshold, factor);
        }
      }
      [[unroll]] for (uint c = 0; c < C; c++) {
        const uint i = r * C + c;
        const float log_sum = KEYS == 1 ? other_lse[c] : own_lse[r];
        const float row_delta = KEYS == 1 ? other_delta[c] : own_delta[r];
        const float p = mix(0.0, exp(s[i] * scale - log_sum), o0 + c < other_count);
        s[i] = p * kept[c];
        dp[i] = p * (dp[i] * kept[c] - row_delta) * scale;
      }
    }
    InFloats x_other_panel = advanced_in(x_other_panels, other_panel);
    InFloats y_other_panel = advanced_in(y_other_panels, other_panel);
    [[unroll]] for (uint d = 0; d < D; d++) {
      [[unroll]] for (uint c = 0; c < C; c++) {
        const float x_other = other_at(x_others, other[c] * row, x_other_panel, c, d);
        [[unroll]] for (uint r = 0; r < R; r++) acc[r * D + d] = fma(dp[r * C + c], x_other, acc[r * D + d]);
        if (KEYS == 1) {
          const float y_other = other_at(y_others, other[c] * y_other_row, y_other_panel, c, d);
          [[unroll]] for (uint r = 0; r < R; r++)
            acc[(R + r) * D + d] = fma(s[r * C + c], y_other, acc[(R + r) * D + d]);
        }
      }
    }
    o0 += C;
  } while (o0 < other_count);

  Floats to = advanced_out(dqkv, token0 * row + head * D + (KEYS == 1 ? hidden : 0));
  [[unroll]] for (uint r = 0; r < R; r++) {
    const uint mine = row0 + r * WG + lane, first = mine * row;
    if (mine < span.rows) {
      const bool used = mine < own_count;
      [[unroll]] for (uint d = 0; d < D; d++) to.v[first + d] = mix(0.0, acc[r * D + d], used);
      if (KEYS == 1) {
        [[unroll]] for (uint d = 0; d < D; d++) to.v[first + hidden + d] = mix(0.0, acc[(R + r) * D + d], used);
      }
    }
  }
}
