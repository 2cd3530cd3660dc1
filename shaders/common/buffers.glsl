// buffers: memory by address. A push constant of one of these types is 8 bytes; p.v[i] reads or writes element i.
//
// SPIR-V takes i as signed: past 2^31 elements move the base with advanced_in or advanced_out. In... is read-only
// memory, which lets a driver reorder its loads. The Vec4 forms want addresses that are multiples of 16 bytes. Change
// the type of an address through uvec2, as in InVec4s(uvec2(p)): SwiftShader dies of a direct cast. Advance by what is
// the same for a whole subgroup, and leave the rest to i: Mesa 26.1 at LP_NATIVE_VECTOR_WIDTH=512 aborts while it
// compiles an address put together from words that differ by lane (it merges 16 lanes in an array for 8).

#ifndef SCORIA_BUFFERS_GLSL
#define SCORIA_BUFFERS_GLSL

#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer InFloats { float v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats { float v[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer InVec4s { vec4 v[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) buffer Vec4s { vec4 v[]; };

// address + 4 * elements. Written in 32-bit words with a carry, since not every device has 64-bit integers; drivers
// turn it into one 64-bit sum, and constant indices from there cost nothing (matmul_panel: 156 GFLOP/s on lavapipe
// 26.1, against 62 to 74 with the whole index inside the brackets).
uvec2 advanced_address(uvec2 address, uint elements) {
  uint carry;
  const uint low = uaddCarry(address.x, elements << 2, carry);
  return uvec2(low, address.y + (elements >> 30) + carry);
}

// Macros: the GPU-assisted validation of Debian 12's layer crashes on a function that returns an address.
#define advanced_in(p, elements) InFloats(advanced_address(uvec2(p), elements))
#define advanced_out(p, elements) Floats(advanced_address(uvec2(p), elements))

// Whether an address serves the Vec4 forms: a view may start at any element of a tensor.
bool is_quad_address(uvec2 address) { return (address.x & 15u) == 0u; }

#endif
