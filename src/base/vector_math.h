#pragma once

#include <bit>
#include <cstdint>

namespace scoria {

/// Elementary functions without branches, calls or tables, so that a loop over them becomes vector code. Polynomials
/// are minimax fits of the relative error (Lawson's iteration on Chebyshev nodes); the error of each function against
/// double is measured by tests/unit/vector_math_test.cpp. Call from a function marked SCORIA_TARGET_CLONES.
#define SCORIA_INLINE inline __attribute__((always_inline))

/// e^x, error below 1.1 ulp (1.6 in the subnormal range); infinity from 88.73 on, 0 from -104 down, NaN for NaN.
SCORIA_INLINE float exp_fast(float x) {
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
  const float shifted = x * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  // ln 2 in two parts, the first of 9 bits: n times it is exact.
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  // Fitted by reweighted least squares for the least relative error on |r| <= ln(2) / 2: 0.05 ulp before rounding.
  float p = 0x1.6a23cep-10f;
  p = p * r + 0x1.123a20p-7f;
  p = p * r + 0x1.5558f2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  p = 1.0f + (r + r * r * p);
  // 2^n in two factors: n reaches 128 and -150, one exponent field does not.
  const std::int32_t whole = std::bit_cast<std::int32_t>(shifted) - 0x4B400000;
  const std::int32_t half = whole >> 1;
  const float scale1 = std::bit_cast<float>((half + 127) << 23);
  const float scale2 = std::bit_cast<float>((whole - half + 127) << 23);
  return p * scale1 * scale2;
}

/// tanh x to 2 ulp.
SCORIA_INLINE float tanh_f32(float x) {
  const float a = x < 0 ? -x : x;
  const float z = x * x;
  const float p = -0.333332819f + z * (0.133314422f + z * (-0.0537397134f + z * (0.0206390825f + z * -0.00570498218f)));
  const float small = x + x * z * p;
  const float large = 1.0f - 2.0f / (exp_fast(2.0f * a) + 1.0f);
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
  const float e = exp_fast(-0.5f * x * x);
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
