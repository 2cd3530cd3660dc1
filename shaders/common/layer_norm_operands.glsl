// layer_norm_operands: what layer_norm_workgroup and layer_norm_basic read and write.

#include "common/buffers.glsl"
#include "common/integers.glsl"

#ifdef VARIANT_DROPOUT
#include "common/philox.glsl"

layout(push_constant) uniform Push {
  InFloats x, residual;
  InUints rng;
  InInts drawn_rows;
  InFloats gamma, beta;
  Floats y, sum, mean, rstd;
  uint rows, n;
  float eps;
  uint threshold;
  float dropout_scale;
  uint site, has_rows;
};

uint drawn_row(uint row) { return has_rows != 0u ? uint(drawn_rows.v[row]) : row; }

// Computes what is normalized at column c, and leaves it in `sum` for the next passes.
float first_value(uint row, uint c) {
  const uvec4 words = uvec4(rng.v[0], rng.v[1], rng.v[2], rng.v[3]);
  const float factor = dropout_factor_at(words, site, (words.w + drawn_row(row)) * n + c, threshold, dropout_scale);
  const uint i = row * n + c;
  const float value = residual.v[i] + factor * x.v[i];
  sum.v[i] = value;
  return value;
}

float next_value(uint row, uint c) { return sum.v[row * n + c]; }
#else
layout(push_constant) uniform Push {
  InFloats x, gamma, beta;
  Floats y, mean, rstd;
  uint rows, n;
  float eps;
};

float first_value(uint row, uint c) { return x.v[row * n + c]; }
float next_value(uint row, uint c) { return x.v[row * n + c]; }
#endif
