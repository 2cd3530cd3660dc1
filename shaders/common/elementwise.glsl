// elementwise: main of a shader that computes element after element.
//
// Include after the push constants, with `n` among them, and after
//   void element(uint base, uint lane, bool whole)     computes element base + lane, by load(p, base, lane, whole)
//
// Grid       ceil(n / (WG * PER)) workgroups, folded into x and y
// Constants  WG, the workgroup size; PER, elements an invocation; SELECT_OR_GATHER, how floats are loaded:
//            1 gathers p.v[base + lane]; 0 reads all WG floats by uniform addresses and selects by lane, which
//            llvmpipe from Mesa 26 on turns into one vector load (a gather costs it 28 cycles); WG is then one subgroup.

layout(local_size_x_id = 0) in;

void main() {
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint lane = SELECT_OR_GATHER == 1 ? gl_LocalInvocationID.x : gl_SubgroupInvocationID;
  const uint base = group * (WG * PER);
  if (base + WG * PER <= n) {
    [[unroll]] for (uint k = 0; k < PER; k++) element(base + k * WG, lane, true);
  } else {
    for (uint k = 0; k < PER; k++) {
      if (base + k * WG + lane < n) element(base + k * WG, lane, false);
    }
  }
}
