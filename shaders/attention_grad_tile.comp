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
// Push       length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site
// Constants  WG = 4 BO, BO (a multiple of 16), D, ALIGNED (D a multiple of 4), DROPOUT, KEYS; shared memory
//            256 ROW + 16 BO max(2 min(ceil(D / 4), 8), KEYS ? 16 : 8) bytes, ROW as in attention_tile
// Precision  f32, sums over keys or queries in their order
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp
//
// The two halves write different columns of dqkv: KEYS = 0 its first H, KEYS = 1 the rest. The "others" are keys where
// the own are queries, and the reverse; x is Q or K of a row, y is dO or V. An invocation has the products of two own
// queries and four other keys, or of four own keys and two other queries, so that one block of dropout draws serves its
// adjacent keys, and some quads of the results' columns. Of the own rows only eight quads at a time are in shared
// memory, in what then becomes the weights': with whole rows there a compute unit would hold one workgroup.

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
  uint site;
};

#include "common/head_quads.glsl"

const uint OTHERS = 32;
const uint R = KEYS == 1 ? 4 : 2;                // own rows of an invocation: R ty + r, stored at r BO / R + ty
const uint C = 8 / R;                            // its others: C tx + c, stored at c OTHERS / C + tx
const uint TX = OTHERS / C;                      // invocations that share own rows
const uint COLUMNS = (QUADS + TX - 1) / TX;      // quads of a result's columns an invocation owns
const uint RESULTS = KEYS == 1 ? 2 : 1;
const uint SLAB = QUADS < 8 ? QUADS : 8;         // quads of the own rows in shared memory
const uint SLABS_SIZE = 2 * BO * SLAB;           // of x, then of y
const uint WEIGHTS_SIZE = RESULTS * BO * OTHERS / 4;  // dS, then (KEYS = 1) P', of an own row against the others

shared vec4 x_other[OTHERS * ROW];
shared vec4 y_other[OTHERS * ROW];
shared vec4 own_tile[SLABS_SIZE > WEIGHTS_SIZE ? SLABS_SIZE : WEIGHTS_SIZE];

uint other_row(uint other) { return other % C * TX + other / C; }
uint own_row(uint own) { return own % R * (BO / R) + own / R; }

void main() {
  const uint lid = gl_LocalInvocationID.x, tx = lid % TX, ty = lid / TX;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, own0 = gl_WorkGroupID.x * BO;
  const uint hidden = heads * D, row = 3 * hidden;
  const uint token0 = sequence * length, drawn0 = token0, rows = length;
  const uint keys = uint(clamp(lengths.v[sequence], 1, int(length)));
  const uint own_count = KEYS == 1 ? keys : rows, other_count = KEYS == 1 ? rows : keys;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden + head * D);
  InFloats head_lse = advanced_in(lse, token0 * heads + head);
  InFloats head_delta = advanced_in(delta, token0 * heads + head);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  float own_lse[R], own_delta[R];
  [[unroll]] for (uint r = 0; r < R; r++) {
    const uint query = min(own0 + R * ty + r, rows - 1);
    own_lse[r] = KEYS == 1 ? 0.0 : head_lse.v[query * heads];
    own_delta[r] = KEYS == 1 ? 0.0 : head_delta.v[query * heads];
  }
  vec4 acc[RESULTS * R * COLUMNS];
  [[unroll]] for (uint i = 0; i < RESULTS * R * COLUMNS; i++) acc[i] = vec4(0.0);

  // Keys all beyond the length belong to no query: nothing to add up.
  const uint last = own0 < own_count ? other_count : 0;
  for (uint o0 = 0; o0 < last; o0 += OTHERS) {
    barrier();
    [[dont_unroll]] for (uint i = lid; i < OTHERS * QUADS; i += WG) {
      const uint other = i / QUADS, quad = i % QUADS, at = quad_at(other_row(other), quad);
      const bool inside = o0 + other < other_count;
      x_other[at] = KEYS == 1 ? load_quad(q, (o0 + other) * row, quad, inside)
                              : load_quad(k, (o0 + other) * row, quad, inside);
      y_other[at] = KEYS == 1 ? load_quad(dout, (o0 + other) * hidden, quad, inside)
                              : load_quad(v, (o0 + other) * row, quad, inside);
    }
    float s[8], dp[8];
    [[unroll]] for (uint i = 0; i < 8; i++) s[i] = dp[i] = 0.0;
    [[dont_unroll]] for (uint slab = 0; slab < QUADS; slab += SLAB) {
      if (slab > 0) barrier();
      [[dont_unroll]] for (uint i = lid; i < BO * SLAB; i += WG) {
        const uint own = i / SLAB, quad = slab + i % SLAB, at = own_row(own) * SLAB + i % SLAB;
        const bool inside = own0 + own < own_count && quad < QUADS;
        own_tile[at] = KEYS == 1 ? load_quad(k, (own0 + own) * row, quad, inside)
                                 : load_quad(q, (own0 + own) * row, quad, inside);
        own_tile[BO * SLAB + at] = KEYS == 1 ? load_quad(v, (own0 + own) * row, quad, inside)
                                             : load_quad(dout, (own0 + own) * hidden, quad, inside);
      }
      barrier();
      const uint quads = min(SLAB, QUADS - slab);
      [[dont_unroll]] for (uint quad = 0; quad < quads; quad++) {
        vec4 xo[C], yo[C];
        [[unroll]] for (uint c = 0; c < C; c++) {
          xo[c] = x_other[quad_at(c * TX + tx, slab + quad)];
          yo[c] = y_other[quad_at(c * TX + tx, slab + quad)];
        }
        [[unroll]] for (uint r = 0; r < R; r++) {
          const uint at = (r * (BO / R) + ty) * SLAB + quad;
          const vec4 x = own_tile[at], y = own_tile[BO * SLAB + at];
          [[unroll]] for (uint c = 0; c < C; c++) {
            s[r * C + c] += dot(x, xo[c]);
            dp[r * C + c] += dot(y, yo[c]);
          }
        }
      }
    }
    float factors[8];
    [[unroll]] for (uint i = 0; i < 8; i++) factors[i] = 1.0;
    if (DROPOUT == 1 && KEYS == 0) {
      [[unroll]] for (uint r = 0; r < R; r++) {
        const uint query = drawn0 + own0 + R * ty + r;
        const uint first = ((draw.w + query) * heads + head) * length + o0 + C * tx;
        const vec4 four = dropout_four(draw, site, first, threshold, factor);
        [[unroll]] for (uint c = 0; c < C; c++) factors[r * C + c] = four[c];
      }
    }
    if (DROPOUT == 1 && KEYS == 1) {
      [[unroll]] for (uint c = 0; c < C; c++) {
        const uint query = drawn0 + o0 + C * tx + c;
        const uint first = ((draw.w + query) * heads + head) * length + own0 + R * ty;
        const vec4 four = dropout_four(draw, site, first, threshold, factor);
        [[unroll]] for (uint r = 0; r < R; r++) factors[r * C + c] = four[r];
      }
    }
    barrier();
    [[unroll]] for (uint c = 0; c < C; c++) {
      const uint other = o0 + C * tx + c, query = min(other, rows - 1);
      const float other_lse = KEYS == 1 ? head_lse.v[query * heads] : 0.0;
      const float other_delta = KEYS == 1 ? head_delta.v[query * heads] : 0.0;
      [[unroll]] for (uint r = 0; r < R; r++) {
        const bool inside = other < other_count && own0 + R * ty + r < own_count;
        const float log_sum = KEYS == 1 ? other_lse : own_lse[r];
        const float p = inside ? exp(s[r * C + c] * scale - log_sum) : 0.0;
        const float dropped = dp[r * C + c] * factors[r * C + c];
        s[r * C + c] = p * (dropped - (KEYS == 1 ? other_delta : own_delta[r])) * scale;
        dp[r * C + c] = p * factors[r * C + c];
      }
    }
    [[unroll]] for (uint r = 0; r < R; r++) {
      const uint at = (r * (BO / R) + ty) * (OTHERS / 4) + C * tx / 4, lane = C * tx % 4;
      [[unroll]] for (uint c = 0; c < C; c++) {
        own_tile[at][lane + c] = s[r * C + c];
        if (KEYS == 1) own_tile[BO * OTHERS / 4 + at][lane + c] = dp[r * C + c];
      }
    }
    barrier();
    [[dont_unroll]] for (uint oq = 0; oq < OTHERS / 4; oq++) {
      vec4 ds[R], p[R];
      [[unroll]] for (uint r = 0; r < R; r++) {
        const uint at = (r * (BO / R) + ty) * (OTHERS / 4) + oq;
        ds[r] = own_tile[at];
        if (KEYS == 1) p[r] = own_tile[BO * OTHERS / 4 + at];
      }
      [[unroll]] for (uint o = 0; o < 4; o++) {
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
          const uint at = quad_at(other_row(4 * oq + o), min(tx + TX * j, QUADS - 1));
          const vec4 x = x_other[at];
          [[unroll]] for (uint r = 0; r < R; r++) acc[r * COLUMNS + j] += ds[r][o] * x;
          if (KEYS == 1) {
            const vec4 y = y_other[at];
            [[unroll]] for (uint r = 0; r < R; r++) acc[(R + r) * COLUMNS + j] += p[r][o] * y;
          }
        }
      }
    }
  }

  Floats to = advanced_out(dqkv, token0 * row + head * D + (KEYS == 1 ? hidden : 0));
  [[unroll]] for (uint r = 0; r < R; r++) {
    const uint own = own0 + R * ty + r;
    [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
      const bool used = own < own_count;
      if (own < rows && tx + TX * j < QUADS) {
        store_quad(to, own * row, tx + TX * j, used ? acc[r * COLUMNS + j] : vec4(0.0));
        if (KEYS == 1)
          store_quad(to, own * row + hidden, tx + TX * j, used ? acc[(R + r) * COLUMNS + j] : vec4(0.0));
      }
    }
  }
}
