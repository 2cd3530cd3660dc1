// gelu: the share of x that passes, y = x * share, and the share's derivative; src/base/vector_math.h has the same.
//
// Both forms keep their relative accuracy for negative x, where 1 + erf and 1 + tanh would cancel.

// 0 the normal distribution (Hugging Face's "gelu"), 1 the tanh form ("gelu_new")
layout(constant_id = 3) const uint TANH_FORM = 0;

struct Share {
  float value;
  float slope;
};

// cdf(-a) = e^(-a^2/2) R(1 / (1 + a/4)): R fitted for a in 0..14, relative error 1.5e-8, 2e-7 in f32 arithmetic.
Share normal_share(float x) {
  const float a = abs(x);
  const float t = 1.0 / (1.0 + 0.25 * a);
  const float e = exp(-0.5 * x * x);
  float r = 0.0339467948;
  r = r * t - 0.196177690;
  r = r * t + 0.395002237;
  r = r * t - 0.333470246;
  r = r * t + 0.304487641;
  r = r * t - 0.0203844317;
  r = r * t + 0.121568058;
  r = r * t + 0.0948202280;
  r = r * t + 0.100229001;
  r = r * t - 2.16002118e-05;
  const float tail = max(e * r, 0.0);
  return Share(x < 0.0 ? tail : 1.0 - tail, 0.398942280 * e);
}

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
