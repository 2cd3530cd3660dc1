// lane_vector: WG consecutive floats of memory, one to a lane, as software devices load them fast.
//
// Include after buffers.glsl and after the shader's constants WG and GATHER.
// llvmpipe 26.1 turns p.v[lane] into a gather of 28 cycles, but this form, every float by a uniform address and a
// selection by lane, into one vector load: 156 against 50 GFLOP/s in matmul_panel. mix, not ?:, which becomes branches.
// llvmpipe 25.0 gathers either way, and then one gather is best: GATHER = 1. On a GPU too, always.

#ifndef SCORIA_LANE_VECTOR_GLSL
#define SCORIA_LANE_VECTOR_GLSL

float load_lanes(InFloats p, uint first, uint lane) {
  if (GATHER == 1) return p.v[first + lane];
  float t[WG];
  [[unroll]] for (uint q = 0; q < WG; q++) t[q] = p.v[first + q];
  float x = t[0];
  [[unroll]] for (uint q = 1; q < WG; q++) x = mix(x, t[q], lane == q);
  return x;
}

#endif
