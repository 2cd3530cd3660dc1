// adamw: one AdamW step over a flat arena, in place
//
//   0 params  [n]  f32, updated      4 step          [1]            u32, steps done before this one
//   1 m       [n]  f32, updated      5 rate          [1]            f32
//   2 v       [n]  f32, updated      6 grad_scale    [1]            f32; 0 skips the step
//   3 grads   [n]  f32               7 decay_blocks  [ceil(n / 64)]  u32
//
// Grid       folded; an invocation owns 4 elements, WG apart
// Push       n, beta1, 1 - beta1, beta2, 1 - beta2, eps, weight_decay, ln beta1, ln beta2, bias_correction
// Constants  WG
// Precision  f32; 1 - beta^t within 8 * 2^-24 of its true value at every t (see one_minus_power)
// Needs      nothing
// Host side  src/ops/adamw.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/buffers.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;

#include "common/flat.glsl"

layout(push_constant) uniform Push {
  Floats params;
  Floats m;
  Floats v;
  InFloats grads;
  InUints step;
  InFloats rate;
  InFloats grad_scale;
  InUints decay_blocks;
  uint n;
  float beta1, one_minus_beta1, beta2, one_minus_beta2, eps, weight_decay, log_beta1, log_beta2;
  uint bias_correction;
};

// 1 - beta^t = -expm1(x), x = t ln beta. pow would lose digits where beta^t is near 1, and a device's exp is only good
// to a few. Here x is divided by 64, expm1 of that is a polynomial, and six times expm1(2y) = expm1(y) (expm1(y) + 2)
// leads back: e stays in -1..0, where e + 2 cancels nothing and a relative error is not magnified. Worst relative error
// 6.1 * 2^-24, measured over betas 0 to 0.9999999 and t up to 2^32.
float one_minus_power(float log_beta, float t) {
  const float x = max(t * log_beta, -32.0);
  const float y = x * 0.015625;  // / 64: in -0.5 .. 0
  // Taylor to y^8: the rest is below 2^-8 / 9! = 1.1e-8 of the result at -0.5.
  float p = 1.0 / 40320.0;
  p = p * y + 1.0 / 5040.0;
  p = p * y + 1.0 / 720.0;
  p = p * y + 1.0 / 120.0;
  p = p * y + 1.0 / 24.0;
  p = p * y + 1.0 / 6.0;
  p = p * y + 0.5;
  p = p * y + 1.0;
  float e = p * y;
  [[unroll]] for (int i = 0; i < 6; i++) e = e * (e + 2.0);
  return -e;
}

void main() {
  const float scale = grad_scale.v[0];
  const bool skip = scale == 0.0;
  const float t = float(step.v[0]) + 1.0;
  const float correction1 = bias_correction != 0 ? one_minus_power(log_beta1, t) : 1.0;
  const float correction2 = bias_correction != 0 ? one_minus_power(log_beta2, t) : 1.0;
  const float m_rate = rate.v[0] / correction1;
  const float v_scale = 1.0 / sqrt(correction2);
  const float decay_rate = rate.v[0] * weight_decay;
  const uint first = flat_first(4);
  // All loads come before the first store, which might alias them for all a compiler knows.
  float g[4], p[4], old_m[4], old_v[4], decay[4];
  [[unroll]] for (uint k = 0; k < 4; k++) {
    const uint i = first + k * WG;
    if (i < n) {
      g[k] = scale * grads.v[i];
      p[k] = params.v[i];
      old_m[k] = m.v[i];
      old_v[k] = v.v[i];
      decay[k] = decay_blocks.v[i >> 6] != 0 ? decay_rate : 0.0;
    }
  }
  [[unroll]] for (uint k = 0; k < 4; k++) {
    const uint i = first + k * WG;
    if (i < n) {
      const float new_m = beta1 * old_m[k] + one_minus_beta1 * g[k];
      const float new_v = beta2 * old_v[k] + one_minus_beta2 * g[k] * g[k];
      const float new_p = p[k] - (m_rate * new_m / (sqrt(new_v) * v_scale + eps) + decay[k] * p[k]);
      m.v[i] = skip ? old_m[k] : new_m;
      v.v[i] = skip ? old_v[k] : new_v;
      params.v[i] = skip ? p[k] : new_p;
    }
  }
}
