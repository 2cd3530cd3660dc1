// attention_basic: attention forward, CHUNK columns of one token and head per invocation
//
//   0 qkv      [T, 3H]  f32      3 context  [T, H]  f32
//   1 lengths  [B]      i32      4 lse      [T, A]  f32, log-sum-exp, kept for attention_grad
//   2 rng      [4]      u32; any address where DROPOUT = 0
//
// Grid       invocations over S * A * ceil(D / 16), groups folded into x and y; sequences in z
// Push       first_sequence, length (S), heads (A), size (D), scale, threshold, factor (1 / (1 - p)), site, packed_tokens (T, or 0: padded)
// Constants  WG, DROPOUT
// Precision  f32; one pass over the keys with a running maximum
// Needs      nothing: scores are computed again for each chunk, so that no head size is too large
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
  InInts lengths;
  InUints rng;
  Floats context;
  Floats lse;
  uint first_sequence, length, heads, size;
  float scale;
  uint threshold;
  float factor;
  uint site, packed_tokens;
};

#include "common/attention_span.glsl"

const uint CHUNK = 16;

void main() {
  const uint chunks = (size + CHUNK - 1) / CHUNK;
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint index = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  const uint chunk = index % chunks, head = index / chunks % heads, query = index / chunks / heads;
  const uint sequence = first_sequence + gl_WorkGroupID.z;
  const Span span = span_of(sequence);
  if (query >= span.rows) return;
  const uint token = span.first + query, keys = span.keys;
  const uint hidden = heads * size, row = 3 * hidden, d0 = chunk * CHUNK;
  InFloats q = advanced_in(qkv, span.first * row);
  InFloats k = advanced_in(q, hidden);
  InFloats v = advanced_in(q, 2 * hidden);
  uvec4 draw = uvec4(0);
  if (DROPOUT == 1) draw = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);

  float acc[CHUNK];
  [[unroll]] for (uint j = 0; j < CHUNK; j++) acc[j] = 0.0;
  float most = -3.0e38, sum = 0.0;
  for (uint key = 0; key < keys; key++) {
    const uint at_query = query * row + head * size, at_key = key * row + head * size;
    float s = 0.0;
    for (uint d = 0; d < size; d++) s = fma(q.v[at_query + d], k.v[at_key + d], s);
    s *= scale;
    const float grown = max(most, s);
    const float shrink = exp(most - grown), e = exp(s - grown);
    most = grown;
    sum = fma(sum, shrink, e);
    float p = e;
    if (DROPOUT == 1) {
      const uint element = ((draw.w + sequence * length + query) * heads + head) * length + key;
      p *= dropout_factor_at(draw, site, element, threshold, factor);
    }
    [[unroll]] for (uint j = 0; j < CHUNK; j++)
      if (d0 + j < size) acc[j] = fma(acc[j], shrink, p * v.v[at_key + d0 + j]);
  }
  Floats to = advanced_out(context, span.first * hidden);
  const uint first = query * hidden + head * size + d0;
  [[unroll]] for (uint j = 0; j < CHUNK; j++)
    if (d0 + j < size) to.v[first + j] = acc[j] / sum;
  if (chunk == 0) lse.v[token * heads + head] = most + log(sum);
}
