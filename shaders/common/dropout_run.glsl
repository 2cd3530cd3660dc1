// dropout_run: which of neighbouring elements dropout keeps, as attention's rows of scores need them.
//
// Elements 8 b .. 8 b + 7 share one block of random numbers (philox.glsl); a run that starts anywhere may straddle two.
// Wants GL_EXT_control_flow_attributes.

#ifndef SCORIA_DROPOUT_RUN_GLSL
#define SCORIA_DROPOUT_RUN_GLSL

#include "common/philox.glsl"

// Which of elements first .. first + 3 are kept, a bit each. A loop, so that Philox's code is there once.
uint kept_four(uvec4 rng, uint site, uint first, uint threshold) {
  const uint last_block = (first + 3u) >> 3;
  uint block = first >> 3, bits = 0;
  [[dont_unroll]] while (true) {
    const uvec4 words = dropout_block(rng, site, block);
    [[unroll]] for (uint c = 0; c < 4; c++) {
      if ((first + c) >> 3 == block && dropout_lane(words, (first + c) & 7u) >= threshold) bits |= 1u << c;
    }
    if (block == last_block) return bits;
    block = last_block;
  }
}

#endif
