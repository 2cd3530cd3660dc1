// peak_fma: multiply-adds on values in registers: the denominator of every "share of peak arithmetic"
//
//   0 seed  [groups * WG]  f32      1 sum  [groups * WG]  f32
//
// Grid       any number of workgroups
// Push       rounds; a round is 32 steps of 8 independent multiply-adds
// Constants  WG, the workgroup size
// Precision  of no matter, but the values stay finite: |a| < 1
// Host side  src/backend/vulkan/peaks.cpp
#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Seed {
  float v[];
};
layout(buffer_reference, std430, buffer_reference_align = 4) writeonly buffer Sum {
  float v[];
};
layout(push_constant) uniform Push {
  Seed seed;
  Sum sum;
  uint rounds;
};

const uint kChains = 8;
const uint kSteps = 32;

void main() {
  const uint i = gl_GlobalInvocationID.x;
  const float a = 0.5 + 0.001 * seed.v[i];
  const float b = 0.25 + seed.v[i];
  float x[kChains];
  [[unroll]] for (uint c = 0; c < kChains; c++) x[c] = float(c) + seed.v[i];
  uint round = 0;
  do {
    [[unroll]] for (uint s = 0; s < kSteps; s++) {
      [[unroll]] for (uint c = 0; c < kChains; c++) x[c] = fma(x[c], a, b);
    }
    round++;
  } while (round < rounds);
  float total = 0;
  [[unroll]] for (uint c = 0; c < kChains; c++) total += x[c];
  sum.v[i] = total;
}
