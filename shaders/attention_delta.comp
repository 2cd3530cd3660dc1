// attention_delta: delta = sum of dcontext * context over each head, for the gradient of the softmax
//
//   0 context   [T, H]  f32      2 delta  [T, A]  f32
//   1 dcontext  [T, H]  f32
//
// Grid       one invocation per token and head, groups folded into x and y
// Push       count (T * A), size (D)
// Constants  WG
// Precision  f32, one sum in the order of the columns
// Needs      nothing
// Host side  src/ops/attention_kernels.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/buffers.glsl"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push {
  InFloats context;
  InFloats dcontext;
  Floats delta;
  uint count, size;
};

void main() {
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint index = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (index >= count) return;
  float sum = 0.0;
  for (uint d = 0; d < size; d++) sum = fma(context.v[index * size + d], dcontext.v[index * size + d], sum);
  delta.v[index] = sum;
}
