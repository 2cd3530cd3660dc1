// integers: memory of 32-bit integers by address, beside the floats of buffers.glsl.

#ifndef SCORIA_INTEGERS_GLSL
#define SCORIA_INTEGERS_GLSL

#extension GL_EXT_buffer_reference : require

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer InUints { uint v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Uints { uint v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer InInts { int v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Ints { int v[]; };

#endif
