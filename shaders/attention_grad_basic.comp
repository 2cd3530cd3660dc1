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
// Grid       invocations over T * A * ceil(D / 16), groups folded into x and y
// Push       token_count (T), length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site
// Constants  WG, DROPOUT
// Precision  f32, sums over keys and over queries in their order
// Needs      nothing: probabilities are computed again for each chunk, so that no head size is too large
// Host side  src/ops/attention_kernels.cpp

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
  uint token_count, length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site;
};

const uint CHUNK = 16;

float dot_rows(InFloats a, InFloats b) {
  float sum = 0.0;
  for (uint d = 0; d < size; d++) sum = fma(a.v[d], b.v[d], sum);
  return sum;
}

#define part_row(part, token, head) advanced_in(qkv, ((token) * 3 + (part)) * heads * size + (head) * size)

// P' and dS of one query and key.
vec2 probability_and_gradient(uint query, uint key, uint key_in_sequence, uint head, uvec4 draw) {
  InFloats dout = advanced_in(dcontext, (query * heads + head) * size);
  const float s = dot_rows(part_row(0, query, head), part_row(1, key, head)) * scale;
  const float p = exp(s - lse.v[query * heads + head]);
  float kept = 1.0;
  if (DROPOUT == 1) {
    const uint element = ((draw.w + query) * heads + head) * length + key_in_sequence;
    kept = dropout_factor_at(draw, site, element, threshold, factor);
  }
  const float dp = dot_rows(dout, part_row(2, key, head)) * kept;
  return vec2(p * kept, p * (dp - delta.v[query * heads + head]) * scale);
}

void main() {
  const uint chunks = (size + CHUNK - 1) / CHUNK;
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint index = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  const uint d0 = index % chunks * CHUNK, head = index / chunks % heads, token = index / chunks / heads;
  if (token >= token_count) return;
  const uint sequence = token / length, first = sequence * length;
  const uint keys = uint(clamp(lengths.v[sequence], 1, int(length)));
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  float dq[CHUNK], dk[CHUNK], dv[CHUNK];
  [[unroll]] for (uint j = 0; j < CHUNK; j++) dq[j] = dk[j] = dv[j] = 0.0;
  // This token as a query against every key.
  for (uint key = 0; key < keys; key++) {
    const float ds = probability_and_gradient(token, first + key, key, head, draw).y;
    InFloats k = advanced_in(part_row(1, first + key, head), d0);
    [[unroll]] for (uint j = 0; j < CHUNK; j++)
      if (d0 + j < size) dq[j] = fma(ds, k.v[j], dq[j]);
  }
  // This token as a key of every query; one beyond the length is a key of none.
  const uint queries = token - first < keys ? length : 0;
  for (uint i = 0; i < queries; i++) {
    const uint query = first + i;
    const vec2 p_ds = probability_and_gradient(query, token, token - first, head, draw);
    InFloats q = advanced_in(part_row(0, query, head), d0);
    InFloats dout = advanced_in(dcontext, (query * heads + head) * size + d0);
    [[unroll]] for (uint j = 0; j < CHUNK; j++)
      if (d0 + j < size) {
        dk[j] = fma(p_ds.y, q.v[j], dk[j]);
        dv[j] = fma(p_ds.x, dout.v[j], dv[j]);
      }
  }
  Floats row = advanced_out(dqkv, (token * 3 * heads + head) * size + d0);
  [[unroll]] for (uint j = 0; j < CHUNK; j++)
    if (d0 + j < size) {
      row.v[j] = dq[j];
      row.v[heads * size + j] = dk[j];
      row.v[2 * heads * size + j] = dv[j];
    }
}
