// normal: the normal distribution at x, relatively accurate in the lower tail; src/base/vector_math.h has the same.

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
