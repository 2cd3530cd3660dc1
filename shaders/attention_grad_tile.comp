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
// Constants  WG = 4 BO, BO (a multiple of 16), D, ALIGNED (D a multiple of 4), DROPOUT, KEYS; shared memory
//            256 ROW + 16 BO max(2 min(ceil(D / 4), 8), KEYS ? 16 : 8) bytes, ROW as in attention_tile
// Precision  f32, sums over keys or queries in their order
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl
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
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"
#include "common/head_quads.glsl"

const uint OTHERS = 32;
const uint R = KEYS == 1 ? 4 : 2;                // own rows of an invocation: R ty + r, stored at r BO / R + ty
const uint C = 8 / R;                            // its others: C tx + c, stored at c OTHERS / C + tx
const uint TX = OTHERS / C;                      // invocations that share own rows
const uint COLUMNS = (QUADS + TX - 1) / TX;      // quads of a result's columns an invocation owns
const uint RESULTS = KEYS == 1 ? 2 : 1;
const uint SLAB = QUADS < 8 ? QUADS : 8;         // quads of the own rows in shared memory
const uint SLABS_SIZE = 2 * BO * SLAB;           // of x, then of y; at the end TX quads of each row of a result
const uint WEIGHTS_SIZE = RESULTS * BO * OTHERS / 4;  // dS, then (KEYS = 1) P', of an own row against the others

shared vec4 x_other[OTHERS * ROW];
shared vec4 y_other[OTHERS * ROW];
shared vec4 own_tile[SLABS_SIZE > WEIGHTS_SIZE ? SLABS_SIZE : WEIGHTS_SIZE];

uint other_row(uint other) { return other % C * TX + other / C; }
uint own_row(uint own) { return own % R * (BO / R) + own / R; }
// Of own row r and other c of an invocation: four adjacent keys for each of two queries.
uint product(uint r, uint c) { return KEYS == 1 ? 4 * c + r : 4 * r + c; }

void main() {
  const uint lid = gl_LocalInvocationID.x, tx = lid % TX, ty = lid / TX;
  const uint sequence = gl_WorkGroupID.z, head = gl_WorkGroupID.y, own0 = gl_WorkGroupID.x * BO;
  const uint hidden = heads * D, row = 3 * hidden;
  const Span span = span_of(sequence);
  const uint token0 = span.first, drawn0 = sequence * length, rows = span.rows, keys = span.keys;
  if (own0 >= rows) return;
  const uint own_count = KEYS == 1 ? keys : rows, other_count = KEYS == 1 ? rows : keys;
  InFloats q = advanced_in(qkv, token0 * row + head * D);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden + head * D);
  InFloats head_lse = advanced_in(lse, token0 * heads + head);
  InFloats head_delta = advanced_in(delta, token0 * heads + head);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

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
            s[product(r, c)] += dot(x, xo[c]);
            dp[product(r, c)] += dot(y, yo[c]);
          }
        }
      }
    }
    const uint query0 = KEYS == 1 ? o0 + 2 * tx : own0 + 2 * ty, key0 = KEYS == 1 ? own0 + 4 * ty : o0 + 4 * tx;
    uint kept = 255;
    if (DROPOUT == 1) {
      kept = 0;
      [[dont_unroll]] for (uint i = 0; i < 2; i++) {
        const uint first = ((draw.w + drawn0 + query0 + i) * heads + head) * length + key0;
        kept |= kept_four(draw, site, first, threshold) << 4 * i;
      }
    }
    [[unroll]] for (uint i = 0; i < 2; i++) {
      const uint query = query0 + i, stored = min(query, rows - 1) * heads;
      const float log_sum = head_lse.v[stored], query_delta = head_delta.v[stored];
      [[unroll]] for (uint j = 0; j < 4; j++) {
        const uint at = 4 * i + j;
        const float p = query < rows && key0 + j < keys ? exp(s[at] * scale - log_sum) : 0.0;
        const float drawn = (kept >> at & 1u) != 0u ? factor : 0.0;
        s[at] = p * (dp[at] * drawn - query_delta) * scale;
        dp[at] = p * drawn;
      }
    }
    barrier();
    [[unroll]] for (uint r = 0; r < R; r++) {
      const uint at = (r * (BO / R) + ty) * (OTHERS / 4) + C * tx / 4, lane = C * tx % 4;
      [[unroll]] for (uint c = 0; c < C; c++) {
        own_tile[at][lane + c] = s[product(r, c)];
        if (KEYS == 1) own_tile[BO * OTHERS / 4 + at][lane + c] = dp[product(r, c)];
      }
    }
    barrier();
    // Two others at a time: of four the weights and rows alone would be 64 registers.
    [[dont_unroll]] for (uint o = 0; o < OTHERS; o += 2) {
      vec2 ds[R], p[R];
      [[unroll]] for (uint r = 0; r < R; r++) {
        const uint at = (r * (BO / R) + ty) * (OTHERS / 4) + o / 4;
        ds[r] = vec2(own_tile[at][o % 4], own_tile[at][o % 4 + 1]);
        if (KEYS == 1) p[r] = vec2(own_tile[BO * OTHERS / 4 + at][o % 4], own_tile[BO * OTHERS / 4 + at][o % 4 + 1]);
      }
      [[unroll]] for (uint u = 0; u < 2; u++) {
        [[unroll]] for (uint j = 0; j < COLUMNS; j++) {
          const uint at = quad_at(other_row(o + u), min(tx + TX * j, QUADS - 1));
          const vec4 x = x_other[at];
          [[unroll]] for (uint r = 0; r < R; r++) acc[r * COLUMNS + j] += ds[r][u] * x;
          if (KEYS == 1) {
            const vec4 y = y_other[at];
            [[unroll]] for (uint r = 0; r < R; r++) acc[(R + r) * COLUMNS + j] += p[r][u] * y;
          }
        }
      }
    }
  }

  // Through shared memory: whole rows by neighbours, and the code of a store once a column.
  Floats to = advanced_out(dqkv, token0 * row + head * D + (KEYS == 1 ? hidden : 0));
  [[unroll]] for (uint column = 0; column < RESULTS * COLUMNS; column++) {
    const uint result = column / COLUMNS, j = column % COLUMNS;
    barrier();
    [[unroll]] for (uint r = 0; r < R; r++) {
      const bool used = own0 + R * ty + r < own_count;
      own_tile[(R * ty + r) * TX + tx] = used ? acc[(result * R + r) * COLUMNS + j] : vec4(0.0);
    }
    barrier();
    [[dont_unroll]] for (uint i = lid; i < BO * TX; i += WG) {
      const uint own = own0 + i / TX, quad = TX * j + i % TX;
      if (own < rows && quad < QUADS) store_quad(to, own * row + result * hidden, quad, own_tile[i]);
    }
  }
}
