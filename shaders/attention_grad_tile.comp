// attention_grad_tile: attention_grad for GPUs: own rows and blocks of other rows in shared memory
//
//     P' = P * dropout factors,  dV = P'^T dO,  dP = (dO V^T) * factors,  dS = P * (dP - delta) * scale
//     dQ = dS K,  dK = dS^T Q
//
//   0 qkv       [T, 3H]  f32      4 lengths  [B]      i32
//   1 dcontext  [T, H]   f32      5 rng      [4]      u32; any address where DROPOUT = 0
//   2 lse       [T, A]   f32      6 dqkv     [T, 3H]  f32
//   3 delta     [T, A]   f32, by attention_delta
//
// Grid       ceil(S / BO), A, B: a workgroup owns BO queries (KEYS = 0) or keys (KEYS = 1) of one head
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG = 2 BO, BO (a multiple of 4), D, ALIGNED (D a multiple of 4), DROPOUT, KEYS;
//            shared memory 8 (BO + 16) (4 ceil(D / 4) + 4) + 160 BO bytes
// Precision  f32, sums over keys or queries in their order
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
//
// The two halves write different columns of dqkv: KEYS = 0 its first H, KEYS = 1 the rest. The "others" are keys where
// the own are queries, and the reverse; x is Q or K of a row, y is dO or V. Eight invocations share four own rows: each
// has two of sixteen others, and every eighth quad of the results' columns. Adjacent rows are stored apart (own row
// 4 y + r at r BO / 4 + y, other 2 x + c at 8 c + x): neighbours read neighbouring rows, and one block of dropout draws
// serves an invocation's adjacent keys.

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"
#include "common/dropout_run.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 64;
layout(constant_id = 1) const uint BO = 32;
layout(constant_id = 2) const uint D = 64;
layout(constant_id = 3) const uint ALIGNED = 1;
layout(constant_id = 4) const uint DROPOUT = 0;
layout(constant_id = 5) const uint KEYS = 0;

layout(push_constant) uniform Push {
  InFloats qkv;
  InFloats dcontext;
  InFloats lse;
  InFloats delta;
  InInts lengths;
  InUints rng;
  Floats dqkv;
  uint length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"
#include "common/head_quads.glsl"

const uint OTHERS = 16;
const uint ROW = QUADS + 1;
const uint S_ROW = OTHERS / 4 + 1;
const uint COLUMNS = (QUADS + 7) / 8;  // quads of a result's columns an invocation owns
const uint RESULTS = KEYS == 1 ? 2 : 1;

shared vec4 x_own[BO * ROW];
shared vec4 y_own[BO * ROW];
shared vec4 x_other[OTHERS * ROW];
shared vec4 y_other[OTHERS * ROW];
// dS, then (KEYS = 1) P', of an own row against the others, four to a quad.
shared vec4 weights[RESULTS * BO * S_ROW];

// Four columns of the row that begins at element `first` of p, itself a multiple of 4 where ALIGNED.
void main() {
  const uint lid = gl_LocalInvocationID.x, tx = lid % 8, ty = lid / 8;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, own0 = gl_WorkGroupID.x * BO;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  if (own0 >= span.rows) return;
  const uint token0 = span.first, drawn0 = sequence * length, keys = span.keys;
  const uint own_count = KEYS == 1 ? keys : span.rows, other_count = KEYS == 1 ? span.rows : keys;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden + head * D);
  InFloats head_lse = advanced_in(lse, token0 * heads + head);
  InFloats head_delta = advanced_in(delta, token0 * heads + head);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  for (uint i = lid; i < BO * QUADS; i += WG) {
    const uint own = i / QUADS, quad = i % QUADS, at = (own % 4 * (BO / 4) + own / 4) * ROW + quad;
    const bool inside = own0 + own < own_count;
    if (KEYS == 1) {
      x_own[at] = load_quad(k, (own0 + own) * row, quad, inside);
      y_own[at] = load_quad(v, (own0 + own) * row, quad, inside);
    } else {
      x_own[at] = load_quad(q, (own0 + own) * row, quad, inside);
      y_own[at] = load_quad(dout, (own0 + own) * hidden, quad, inside);
    }
  }
  float own_lse[4], own_delta[4];
  [[unroll]] for (uint r = 0; r < 4; r++) {
    const uint query = min(own0 + 4 * ty + r, span.rows - 1);
    own_lse[r] = KEYS == 1 ? 0.0 : head_lse.v[query * heads];
    own_delta[r] = KEYS == 1 ? 0.0 : head_delta.v[query * heads];
  }
  vec4 acc[RESULTS * 4 * COLUMNS];
  [[unroll]] for (uint i = 0; i < RESULTS * 4 * COLUMNS; i++) acc[i] = vec4(0.0);

  // Keys all beyond the length belong to no query: nothing to add up.
  const uint last = own0 < own_count ? other_count : 0;
  for (uint o0 = 0; o0 < last; o0 += OTHERS) {
    barrier();
    for (uint i = lid; i < OTHERS * QUADS; i += WG) {
      const uint other = i / QUADS, quad = i % QUADS, at = (other % 2 * 8 + other / 2) * ROW + quad;
      const bool inside = o0 + other < other_count;
      if (KEYS == 1) {
        x_other[at] = load_quad(q, (o0 + other) * row, quad, inside);
        y_other[at] = load_quad(dout, (o0 + other) * hidden, quad, inside);
      } else {
        x_other[at] = load_quad(k, (o0 + other) * row, quad, inside);
        y_other[at] = load_quad(v, (o0 + other) * row, quad, inside);
      }
    }
    barrier();
    float s[8], dp[8];
    [[unroll]] for (uint i = 0; i < 8; i++) s[i] = dp[i] = 0.0;
    for (uint quad = 0; quad < QUADS; quad++) {
      vec4 xo[2], yo[2];
      [[unroll]] for (uint c = 0; c < 2; c++) {
        xo[c] = x_other[(c * 8 + tx) * ROW + quad];
        yo[c] = y_other[(c * 8 + tx) * ROW + quad];
      }
      [[unroll]] for (uint r = 0; r < 4; r++) {
        const uint at = (r * (BO / 4) + ty) * ROW + quad;
        const vec4 x = x_own[at], y = y_own[at];
        [[unroll]] for (uint c = 0; c < 2; c++) {
          s[r * 2 + c] += dot(x, xo[c]);
          dp[r * 2 + c] += dot(y, yo[c]);
        }
      }
    }
    // factors[r][c], of own row r and other c.
    vec2 factors[4];
    [[unroll]] for (uint r = 0; r < 4; r++) factors[r] = vec2(1.0);
    if (DROPOUT == 1 && KEYS == 0) {
      [[unroll]] for (uint r = 0; r < 4; r++) {
        const uint query = drawn0 + own0 + 4 * ty + r;
        const uint first = ((draw.w + query) * heads + head) * length + o0 + 2 * tx;
        factors[r] = dropout_four(draw, site, first, threshold, factor).xy;
      }
    }
    if (DROPOUT == 1 && KEYS == 1) {
      [[unroll]] for (uint c = 0; c < 2; c++) {
        const uint query = drawn0 + o0 + 2 * tx + c;
        const uint first = ((draw.w + query) * heads + head) * length + own0 + 4 * ty;
        const vec4 four = dropout_four(draw, site, first, threshold, factor);
        [[unroll]] for (uint r = 0; r < 4; r++) factors[r][c] = four[r];
      }
    }
    [[unroll]] for (uint c = 0; c < 2; c++) {
      const uint other = o0 + 2 * tx + c, query = min(other, span.rows - 1);
      const float other_lse = KEYS == 1 ? head_lse.v[query * heads] : 0.0;
      const float other_delta = KEYS == 1 ? head_delta.v[query * heads] : 0.0;
      [[unroll]] for (uint r = 0; r < 4; r++) {
        const bool inside = other < other_count && own0 + 4 * ty + r < own_count;
        const float log_sum = KEYS == 1 ? other_lse : own_lse[r];
        const float p = inside ? exp(s[r * 2 + c] * scale - log_sum) : 0.0;
        const float dropped = dp[r * 2 + c] * factors[r][c];
        const uint at = (r * (BO / 4) + ty) * S_ROW + tx / 2, lane = tx % 2 * 2 + c;
        weights[at][lane] = p * (dropped - (KEYS == 1 ? other_delta : own_delta[r])) * scale;
        if (KEYS == 1) weights[BO * S_ROW + at][lane] = p * factors[r][c];
      }
    }
    barrier();
    for (uint oq = 0; oq < OTHERS / 4; oq++) {
      vec4 ds[4], p[4];
      [[unroll]] for (uint r = 0; r < 4; r++) {
        ds[r] = weights[(r * (BO / 4) + ty) * S_ROW + oq];
        if (KEYS == 1) p[r] = weights[BO * S_ROW + (r * (BO / 4) + ty) * S_ROW + oq];
      }
      [[unroll]] for (uint c = 0; c < 4; c++) {
        const uint other = (c % 2 * 8 + oq * 2 + c / 2) * ROW;
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
          const uint at = other + min(tx + 8 * j, QUADS - 1);
          const vec4 x = x_other[at];
          [[unroll]] for (uint r = 0; r < 4; r++) acc[r * COLUMNS + j] += ds[r][c] * x;
          if (KEYS == 1) {
            const vec4 y = y_other[at];
            [[unroll]] for (uint r = 0; r < 4; r++) acc[(4 + r) * COLUMNS + j] += p[r][c] * y;
          }
        }
      }
    }
  }

  Floats to = advanced_out(dqkv, token0 * row + head * D + (KEYS == 1 ? hidden : 0));
  [[unroll]] for (uint r = 0; r < 4; r++) {
    const uint own = own0 + 4 * ty + r, first = own * row;
    if (own < span.rows) {
      [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
        const bool used = own < own_count;
        store_quad(to, first, tx + 8 * j, used ? acc[r * COLUMNS + j] : vec4(0.0));
        if (KEYS == 1)
          store_quad(to, first + hidden, tx + 8 * j, used ? acc[(4 + r) * COLUMNS + j] : vec4(0.0));
      }
    }
  }
}
