// canary: adds one to the word of a submit, at the end of that submit
//
//   0 words  [submits]  u32
//
// Grid       one workgroup of one invocation
// Push       index of the submit
// Constants  WG = 1
// Host side  src/backend/vulkan/recording.cpp, which compares the word with the number of replays: some drivers drop
//            work without an error
#version 460
#extension GL_EXT_buffer_reference : require

layout(local_size_x_id = 0) in;

layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words {
  uint v[];
};
layout(push_constant) uniform Push {
  Words words;
  uint index;
};

void main() { words.v[index] += 1u; }
