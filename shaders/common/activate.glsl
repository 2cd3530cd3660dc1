// activate: y and dy/dx of an activation at x; src/ops/activate.cpp has the same.
//
// Conditions are asked so that a NaN stays one.

#include "common/normal.glsl"

// As Activation in include/scoria/ops.h.
layout(constant_id = 3) const uint KIND = 4;
const uint GELU10 = 2;
const uint QUICK_GELU = 3;
const uint RELU = 4;
const uint RELU2 = 5;
const uint RELU6 = 6;
const uint LEAKY_RELU = 7;
const uint SILU = 8;
const uint HARD_SWISH = 9;
const uint MISH = 10;
const uint SIGMOID = 11;
const uint LAPLACE = 12;

// From e^-|x|: neither end cancels or overflows.
Share sigmoid_at(float x) {
  const float e = exp(-abs(x));
  const float q = 1.0 / (1.0 + e);
  return Share(x < 0.0 ? e * q : q, e * q * q);
}

// Beyond 100 the share is 0 or 1 and its slope 0; x times them must not become infinity times 0.
Share gated_at(float x, float rate) {
  const float c = x < -100.0 ? -100.0 : (x > 100.0 ? 100.0 : x);
  const Share share = sigmoid_at(rate * c);
  return Share(x * share.value, share.value + c * rate * share.slope);
}

Share gelu10_at(float x) {
  const Share share = normal_share(x);
  return x > 10.0 ? Share(10.0, 0.0) : Share(x * share.value, share.value + x * share.slope);
}

Share hard_swish_at(float x) {
  if (x <= -3.0) return Share(0.0, 0.0);
  if (x >= 3.0) return Share(x, 1.0);
  return Share(x * (x + 3.0) * (1.0 / 6.0), x * (1.0 / 3.0) + 0.5);
}

// tanh(log(1 + E)) = (E^2 + 2E) / (E^2 + 2E + 2), E = e^x; for x > 0 both divided by E^2.
Share mish_at(float x) {
  const float e = exp(-abs(x));
  const float near = x < 0.0 ? e * (e + 2.0) : 1.0 + 2.0 * e;
  const float rest = x < 0.0 ? 2.0 : 2.0 * e * e;
  const float q = 1.0 / (near + rest);
  const float t = near * q;
  const float c = x < -100.0 ? -100.0 : (x > 100.0 ? 100.0 : x);
  return Share(x * t, t + c * (rest * q) * (1.0 + t) * sigmoid_at(x).value);
}

Share laplace_at(float x) {
  const Share share = normal_share((x - 0.707107) * (1.0 / 0.282095));
  return Share(share.value, share.slope * (1.0 / 0.282095));
}

Share activation_at(float x) {
  const float positive = x < 0.0 ? 0.0 : x;
  if (KIND == GELU10) return gelu10_at(x);
  if (KIND == QUICK_GELU) return gated_at(x, 1.702);
  if (KIND == RELU) return Share(positive, x > 0.0 ? 1.0 : 0.0);
  if (KIND == RELU2) return Share(positive * positive, 2.0 * positive);
  if (KIND == RELU6) return Share(positive > 6.0 ? 6.0 : positive, x > 0.0 && x < 6.0 ? 1.0 : 0.0);
  if (KIND == LEAKY_RELU) return x > 0.0 ? Share(x, 1.0) : Share(0.01 * x, 0.01);
  if (KIND == SILU) return gated_at(x, 1.0);
  if (KIND == HARD_SWISH) return hard_swish_at(x);
  if (KIND == MISH) return mish_at(x);
  if (KIND == SIGMOID) return sigmoid_at(x);
  return laplace_at(x);
}
