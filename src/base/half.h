#pragma once

#include <bit>
#include <cstdint>

namespace scoria {

/// The two 16-bit float formats, as bits. Conversions round to nearest even, keep infinities, signs of zero and
/// subnormals, and turn every NaN into a quiet one. Free of branches, so that loops over them become vector code.
/// shaders/common/half.glsl does the same.
///
///     f16    1 sign, 5 exponent, 10 fraction bits    largest 65504    smallest normal 2^-14    spacing at 1: 2^-10
///     bf16   1 sign, 8 exponent,  7 fraction bits    largest 3.39e38  smallest normal 2^-126   spacing at 1: 2^-7

inline float float_from_f16(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t magnitude = half & 0x7FFFu;
  const std::uint32_t shifted = magnitude << 13;
  const std::uint32_t normal = shifted + (112u << 23);
  // Infinity and NaN: exponent 31 becomes 255. A NaN is made quiet.
  const std::uint32_t special = (shifted + (224u << 23)) | (magnitude > 0x7C00u ? 0x400000u : 0u);
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24f);
  const std::uint32_t finite = magnitude < 0x400u ? subnormal : normal;
  return std::bit_cast<float>((magnitude >= 0x7C00u ? special : finite) | sign);
}

inline std::uint16_t f16_from_float(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits & 0x80000000u;
  const std::uint32_t magnitude = bits ^ sign;
  // From 65520 on this carries into the exponent and gives infinity by itself.
  const std::uint32_t normal = (magnitude - (112u << 23) + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13;
  // 0.5 has the spacing of f16's subnormals, 2^-24: the addition rounds.
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3F000000u;
  const std::uint32_t special = magnitude > 0x7F800000u ? (0x7E00u | (magnitude >> 13 & 0x3FFu)) : 0x7C00u;
  const std::uint32_t finite = magnitude < 0x38800000u ? subnormal : normal;
  return static_cast<std::uint16_t>((magnitude >= 0x47800000u ? special : finite) | (sign >> 16));
}

inline float float_from_bf16(std::uint16_t half) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

inline std::uint16_t bf16_from_float(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const bool is_nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  return static_cast<std::uint16_t>(is_nan ? (bits >> 16) | 0x40u : rounded);
}

}  // namespace scoria
