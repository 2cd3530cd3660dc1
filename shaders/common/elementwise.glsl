// elementwise: main of a shader that computes element after element.
//
// Include after the push constants, with `n` among them, and after
//   float element(uint base, uint lane, bool whole)    returns element base + lane, by load(p, base, lane, whole)
//   #define RESULT y                                   the buffer it is stored in
//
// Grid       ceil(n / (WG * PER)) workgroups, folded into x and y
// Constants  WG, the workgroup size; PER, elements an invocation; GATHER, how floats are loaded:
//            1 gathers p.v[base + lane]; 0 reads all WG floats by uniform addresses and selects by lane, which
//            llvmpipe from Mesa 26 on turns into one vector load (a gather costs it 28 cycles); WG is then one subgroup.

#include "common/flat.glsl"

layout(local_size_x_id = 0) in;

void main() {
  const uint lane = GATHER == 1 ? gl_LocalInvocationID.x : gl_SubgroupInvocationID;
  const uint base = flat_group() * (WG * PER);
  if (base + WG * PER <= n) {
    // All loads before the first store: a store might change what a later load reads, so that no compiler moves it.
    float values[PER];
    [[unroll]] for (uint k = 0; k < PER; k++) values[k] = element(base + k * WG, lane, true);
    [[unroll]] for (uint k = 0; k < PER; k++) RESULT.v[base + k * WG + lane] = values[k];
  } else {
    for (uint k = 0; k < PER; k++) {
      const uint first = base + k * WG;
      if (first + lane < n) RESULT.v[first + lane] = element(first, lane, false);
    }
  }
}
