// gelu: the share of x that passes, y = x * share, and the share's derivative; src/base/vector_math.h has the same.
//
// Both forms keep their relative accuracy for negative x, where 1 + erf and 1 + tanh would cancel.

// 0 the normal distribution (Hugging Face's "gelu"), 1 the tanh form ("gelu_new")
layout(constant_id = 3) const uint TANH_FORM = 0;

#include "common/normal.glsl"

// (1 + tanh u) / 2 = 1 / (1 + e^(-2u)), from e^(-2|u|): neither end cancels. Beyond |x| = 16 share and slope are at
// their limits, and x^3 might overflow.
Share tanh_share(float x) {
  const float c = clamp(x, -16.0, 16.0);
  const float a = abs(c);
  const float e = exp(-1.5957691 * (a + 0.044715 * a * a * a));
  const float q = 1.0 / (1.0 + e);
  return Share(x < 0.0 ? e * q : q, e * q * q * 1.5957691 * (1.0 + 0.134145 * c * c));
}

Share gelu_share(float x) {
  if (TANH_FORM == 1) return tanh_share(x);
  return normal_share(x);
}
