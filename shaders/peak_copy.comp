// peak_copy: to = from, as fast as memory allows: the denominator of every "share of peak bandwidth"
//
//   0 from  [n]  vec4      1 to  [n]  vec4
//
// Grid       one workgroup per 2 WG vectors; invocation i copies vectors i, i + WG, ... of its workgroup's part
// Push       nothing more
// Constants  WG, the workgroup size
// Host side  src/backend/vulkan/peaks.cpp
#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer From {
  vec4 v[];
};
layout(buffer_reference, std430, buffer_reference_align = 16) writeonly buffer To {
  vec4 v[];
};
layout(push_constant) uniform Push {
  From from;
  To to;
};

const uint kVectors = 2;

void main() {
  const uint first = gl_WorkGroupID.x * gl_WorkGroupSize.x * kVectors + gl_LocalInvocationID.x;
  [[unroll]] for (uint i = 0; i < kVectors; i++) {
    to.v[first + i * gl_WorkGroupSize.x] = from.v[first + i * gl_WorkGroupSize.x];
  }
}
