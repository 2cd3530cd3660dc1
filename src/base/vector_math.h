#pragma once

#include <bit>
#include <cstdint>

namespace scoria {

/// Elementary functions without branches, calls or tables, so that a loop over them becomes vector code. Polynomials
/// are minimax fits of the relative error (Lawson's iteration on Chebyshev nodes); the error of each function against
/// double is measured by tests/unit/vector_math_test.cpp. Call from a function marked SCORIA_TARGET_CLONES.
#define SCORIA_INLINE inline __attribute__((always_inline))

/// 2^n for a whole n in -126..127.
SCORIA_INLINE float exp2_whole(float n) { return std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23); }

/// e^x to 1 ulp for x in -87.3..88.3; beyond, the value at the nearest end. NaN stays NaN.
SCORIA_INLINE float exp_f32(float x) {
  const float low = x < -87.3f ? -87.3f : x;
  const float c = low > 88.3f ? 88.3f : low;
  // Adding 1.5 * 2^23 leaves the nearest whole number in the last bits.
  const float shifted = c * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  // ln 2 in two parts: the first has few bits, so that its product with n is exact.
  const float r = (c - n * 0.693145752f) - n * 1.42860677e-6f;
  const float p = 0.499999934f + r * (0.166665201f + r * (0.0416683942f + r * (0.00836878053f + r * 0.00138144657f)));
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) << 23;
  const float value = 1.0f + (r + r * r * p);
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(value) + exponent);
}

/// tanh x to 2 ulp.
SCORIA_INLINE float tanh_f32(float x) {
  const float a = x < 0 ? -x : x;
  const float z = x * x;
  const float p = -0.333332819f + z * (0.133314422f + z * (-0.0537397134f + z * (0.0206390825f + z * -0.00570498218f)));
  const float small = x + x * z * p;
  const float large = 1.0f - 2.0f / (exp_f32(2.0f * a) + 1.0f);
  const float signed_large = x < 0 ? -large : large;
  return a < 0.625f ? small : signed_large;
}

/// The standard normal distribution: cumulative probability and density at x.
struct NormalAt {
  float cdf;
  float pdf;
};

/// Both parts keep their relative accuracy in the lower tail, where 1 + erf(x / sqrt 2) would cancel:
/// cdf(-a) = e^(-a^2/2) R(1 / (1 + a/4)), R of degree 9 fitted for a in 0..14 (1.5e-8; 2e-7 in f32 arithmetic).
SCORIA_INLINE NormalAt normal_at(float x) {
  const float a = x < 0 ? -x : x;
  const float t = 1.0f / (1.0f + 0.25f * a);
  const float e = exp_f32(-0.5f * x * x);
  const float r =
      -2.16002118e-05f +
      t * (0.100229001f +
           t * (0.0948202280f +
                t * (0.121568058f +
                     t * (-0.0203844317f +
                          t * (0.304487641f +
                               t * (-0.333470246f + t * (0.395002237f + t * (-0.196177690f + t * 0.0339467948f))))))));
  // R(0) is -2e-5, where e^(-a^2/2) is nothing: the tail must not turn negative.
  const float tail = r < 0 ? 0.0f : e * r;
  return {x < 0 ? tail : 1.0f - tail, 0.398942280f * e};
}

}  // namespace scoria
