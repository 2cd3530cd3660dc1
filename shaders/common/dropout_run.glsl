// dropout_run: the dropout factors of neighbouring elements, as attention's rows of scores need them.
//
// Elements 8 b .. 8 b + 7 share one block of random numbers (philox.glsl); a run that starts anywhere may straddle two.
// Wants GL_EXT_control_flow_attributes.

#ifndef SCORIA_DROPOUT_RUN_GLSL
#define SCORIA_DROPOUT_RUN_GLSL

#include "common/philox.glsl"

// Of elements first .. first + 3.
vec4 dropout_four(uvec4 rng, uint site, uint first, uint threshold, float scale) {
  const uvec4 low = dropout_block(rng, site, first >> 3);
  uvec4 high = low;
  if ((first & 7u) > 4u) high = dropout_block(rng, site, (first + 3u) >> 3);
  vec4 factors;
  [[unroll]] for (uint c = 0; c < 4; c++) {
    const bool next = (first + c) >> 3 != first >> 3;
    factors[c] = dropout_factor(dropout_lane(next ? high : low, (first + c) & 7u), threshold, scale);
  }
  return factors;
}

#endif
