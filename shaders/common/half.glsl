// half: f16 and bf16 as bits, without any 16-bit feature of the device.
//
// The same results as src/base/half.h, where the steps are explained: nearest even, subnormals kept, NaN made quiet.

#ifndef SCORIA_HALF_GLSL
#define SCORIA_HALF_GLSL

uint f16_from_float(float value) {
  const uint bits = floatBitsToUint(value);
  const uint sign = bits & 0x80000000u;
  const uint magnitude = bits ^ sign;
  const uint normal = (magnitude - (112u << 23) + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13;
  precise const float shifted = uintBitsToFloat(magnitude) + 0.5;
  const uint subnormal = floatBitsToUint(shifted) - 0x3F000000u;
  const uint special = magnitude > 0x7F800000u ? (0x7E00u | (magnitude >> 13 & 0x3FFu)) : 0x7C00u;
  const uint finite = magnitude < 0x38800000u ? subnormal : normal;
  return (magnitude >= 0x47800000u ? special : finite) | sign >> 16;
}

float float_from_f16(uint bits) {
  const uint sign = (bits & 0x8000u) << 16;
  const uint magnitude = bits & 0x7FFFu;
  const uint shifted = magnitude << 13;
  const uint special = (shifted + (224u << 23)) | (magnitude > 0x7C00u ? 0x400000u : 0u);
  const uint subnormal = floatBitsToUint(float(magnitude) * 5.9604644775390625e-8);  // 2^-24
  const uint finite = magnitude < 0x400u ? subnormal : shifted + (112u << 23);
  return uintBitsToFloat((magnitude >= 0x7C00u ? special : finite) | sign);
}

uint bf16_from_float(float value) {
  const uint bits = floatBitsToUint(value);
  const uint rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return (bits & 0x7FFFFFFFu) > 0x7F800000u ? (bits >> 16) | 0x40u : rounded;
}

float float_from_bf16(uint bits) { return uintBitsToFloat(bits << 16); }

#endif
