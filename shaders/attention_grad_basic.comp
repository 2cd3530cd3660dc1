// attention_grad_basic: attention_grad, CHUNK columns of dQ, dK and dV of one token and head per invocation
//
//     P' = P * dropout factors,  dV = P'^T dO,  dP = (dO V^T) * factors,  dS = P * (dP - delta) * scale
//     dQ = dS K,  dK = dS^T Q
//
//   0 qkv       [T, 3H]  f32      4 lengths  [B]      i32
//   1 dcontext  [T, H]   f32      5 rng      [4]      u32; any address where DROPOUT = 0
//   2 lse       [T, A]   f32      6 dqkv     [T, 3H]  f32
//   3 delta     [T, A]   f32, by attention_delta
//
// Grid       invocations over S * A * ceil(D / 16), groups folded into x and y; sequences in z
// Push       first_sequence, length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG, DROPOUT
// Precision  f32, sums over keys and over queries in their order
// Needs      nothing: probabilities are computed again for each chunk, so that no head size is too large
// Host side  src/ops/attention_kernels.cpp; packed sequences: lengths is starts [B + 1], common/attention_span.glsl

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"
#include "common/philox.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint DROPOUT = 0;

layout(push_constant) uniform Push {
  InFloats qkv;
  InFloats dcontext;
  InFloats lse;
  InFloats delta;
  InInts lengths;
  InUints rng;
  Floats dqkv;
  uint first_sequence, length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"

const uint CHUNK = 16;

float dot_rows(InFloats a, uint at_a, InFloats b, uint at_b) {
  float sum = 0.0;
  for (uint d = 0; d < size; d++) sum = fma(a.v[at_a + d], b.v[at_b + d], sum);
  return sum;
}

// P' and dS of one query and key.
vec2 probability_and_gradient(uint token0, uint sequence, uint query, uint key, uint head, uvec4 draw) {
  const uint hidden = heads * size, column = head * size, token = token0 + query;
  const uint at_query = query * 3 * hidden + column, at_key = key * 3 * hidden + column;
  InFloats q = advanced_in(qkv, token0 * 3 * hidden);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden);
  const float s = dot_rows(q, at_query, k, at_key) * scale;
  const float p = exp(s - lse.v[token * heads + head]);
  float kept = 1.0;
  if (DROPOUT == 1) {
    const uint element = ((draw.w + sequence * length + query) * heads + head) * length + key;
    kept = dropout_factor_at(draw, site, element, threshold, factor);
  }
  const float dp = dot_rows(dout, query * hidden + column, v, at_key) * kept;
  return vec2(p * kept, p * (dp - delta.v[token * heads + head]) * scale);
}

void main() {
  const uint chunks = (size + CHUNK - 1) / CHUNK;
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint index = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  const uint d0 = index % chunks * CHUNK, head = index / chunks % heads, own = index / chunks / heads;
  const uint sequence = first_sequence + gl_WorkGroupID.z;
  const Span span = span_of(sequence);
  if (own >= span.rows) return;
  const uint token0 = span.first, keys = span.keys;
  const uint hidden = heads * size, row = 3 * hidden, column = head * size + d0;
  InFloats q = advanced_in(qkv, token0 * row);
  InFloats k = advanced_in(q, hidden);
  InFloats dout = advanced_in(dcontext, token0 * hidden);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  float dq[CHUNK], dk[CHUNK], dv[CHUNK];
  [[unroll]] for (uint j = 0; j < CHUNK; j++) dq[j] = dk[j] = dv[j] = 0.0;
  // This token as a query against every key.
  for (uint key = 0; key < keys; key++) {
    const float ds = probability_and_gradient(token0, sequence, own, key, head, draw).y;
    [[unroll]] for (uint j = 0; j < CHUNK; j++)
      if (d0 + j < size) dq[j] = fma(ds, k.v[key * row + column + j], dq[j]);
  }
  // This token as a key of every query; one beyond the length is a key of none.
  const uint queries = own < keys ? span.rows : 0;
  for (uint query = 0; query < queries; query++) {
    const vec2 p_ds = probability_and_gradient(token0, sequence, query, own, head, draw);
    [[unroll]] for (uint j = 0; j < CHUNK; j++)
      if (d0 + j < size) {
        dk[j] = fma(p_ds.y, q.v[query * row + column + j], dk[j]);
        dv[j] = fma(p_ds.x, dout.v[query * hidden + column + j], dv[j]);
      }
  }
  Floats to = advanced_out(dqkv, token0 * row);
  const uint first = own * row + column;
  [[unroll]] for (uint j = 0; j < CHUNK; j++)
    if (d0 + j < size) {
      to.v[first + j] = dq[j];
      to.v[first + hidden + j] = dk[j];
      to.v[first + 2 * hidden + j] = dv[j];
    }
}
