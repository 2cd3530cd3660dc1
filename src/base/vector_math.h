#pragma once

#include <bit>
#include <cstdint>

namespace scoria {

/// Functions for hot loops: branch-free polynomials that gcc turns into vector code once they are inlined into a
/// function marked SCORIA_TARGET_CLONES (base/target_clones.h). Errors are worst cases over all floats, in units of the
/// last place of the result; tests/unit/vector_math_test.cpp repeats them.

/// e^x, error below 1.1 ulp (1.6 in the subnormal range); infinity from 88.73 on, 0 from -104 down, NaN for NaN.
inline float exp_fast(float x) {
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

}  // namespace scoria
