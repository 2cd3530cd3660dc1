// flat: which elements an invocation of a folded one-dimensional grid owns (host: src/ops/flat_dispatch.cpp).
//
// A group owns WG * per elements, an invocation every WG-th of them: neighbours read neighbours, and the `per` loads
// of an invocation are in flight together. Include after the constant WG.

#ifndef SCORIA_FLAT_GLSL
#define SCORIA_FLAT_GLSL

uint flat_group() { return gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; }

// The first element of this invocation; the others follow WG apart.
uint flat_first(uint per) { return flat_group() * WG * per + gl_LocalInvocationID.x; }

#endif
