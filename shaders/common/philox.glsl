// philox: Philox4x32-10, and the dropout contract of include/scoria/ops.h on top of it.
//
// The same integers as src/base/philox.h and src/base/dropout_mask.h: change one, change all three.
// 32 x 32 -> 64 bit products by umulExtended, so that no device needs 64-bit integers.
// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.

#ifndef SCORIA_PHILOX_GLSL
#define SCORIA_PHILOX_GLSL

uvec4 philox_round(uvec4 c, uvec2 key) {
  uint hi0, lo0, hi1, lo1;
  umulExtended(0xD2511F53u, c.x, hi0, lo0);
  umulExtended(0xCD9E8D57u, c.z, hi1, lo1);
  return uvec4(hi1 ^ c.y ^ key.x, lo1, hi0 ^ c.w ^ key.y, lo0);
}

// Ten rounds written out: software drivers keep a loop's registers in memory.
uvec4 philox4x32(uvec4 counter, uvec2 key) {
  const uvec2 bump = uvec2(0x9E3779B9u, 0xBB67AE85u);
  uvec4 c = philox_round(counter, key);
  c = philox_round(c, key + bump);
  c = philox_round(c, key + 2u * bump);
  c = philox_round(c, key + 3u * bump);
  c = philox_round(c, key + 4u * bump);
  c = philox_round(c, key + 5u * bump);
  c = philox_round(c, key + 6u * bump);
  c = philox_round(c, key + 7u * bump);
  c = philox_round(c, key + 8u * bump);
  return philox_round(c, key + 9u * bump);
}

// The eight 16-bit lanes of elements 8 * block .. 8 * block + 7, two to a word, the even element in the low half.
// rng = (seed low, seed high, step, first row); element i of a tensor of row size n is
// (first row + row) * n + column modulo 2^32, and block = i / 8.
uvec4 dropout_block(uvec4 rng, uint site, uint block) { return philox4x32(uvec4(block, site, rng.z, 0u), rng.xy); }

// Lane 0..7 of a block.
uint dropout_lane(uvec4 block, uint lane) {
  uint word = (lane & 4u) != 0u ? ((lane & 2u) != 0u ? block.w : block.z) : ((lane & 2u) != 0u ? block.y : block.x);
  return (lane & 1u) != 0u ? word >> 16 : word & 0xFFFFu;
}

// The factor of one element: 0 where its lane is under the threshold round(65536 p), else scale.
float dropout_factor(uint lane, uint threshold, float scale) { return lane >= threshold ? scale : 0.0; }

// The factor of element i alone; where eight neighbours are at hand, one dropout_block serves them all.
float dropout_factor_at(uvec4 rng, uint site, uint i, uint threshold, float scale) {
  return dropout_factor(dropout_lane(dropout_block(rng, site, i >> 3), i & 7u), threshold, scale);
}

#endif
