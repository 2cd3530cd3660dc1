// cast: y = x in another dtype
//
//   0 x  [n]  FROM      1 y  [n]  TO; one of the two is f32
//
// Grid       folded; an invocation owns two neighbours, one word of a 16-bit tensor
// Push       n
// Constants  WG, FROM, TO: the values of DType (include/scoria/dtype.h): 0 f32, 1 f16, 2 bf16, 3 i32, 4 u32
// Precision  to 16 bits: nearest even. To integers: toward zero, saturating, NaN is 0
// Needs      nothing; 16-bit tensors start at multiples of 4 bytes
// Host side  src/ops/cast.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/half.glsl"
#include "common/integers.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint WG = 256;
layout(constant_id = 1) const uint FROM = 0;
layout(constant_id = 2) const uint TO = 0;

#include "common/flat.glsl"

const uint F16 = 1, BF16 = 2, I32 = 3, U32 = 4;

layout(push_constant) uniform Push {
  InUints x;
  Uints y;
  uint n;
};

float loaded(uint i) {
  if (FROM == F16 || FROM == BF16) {
    const uint bits = (x.v[i >> 1] >> (16 * (i & 1u))) & 0xFFFFu;
    return FROM == F16 ? float_from_f16(bits) : float_from_bf16(bits);
  }
  const uint bits = x.v[i];
  return FROM == I32 ? float(int(bits)) : FROM == U32 ? float(bits) : uintBitsToFloat(bits);
}

// As bits. Conversions of values out of range are undefined in GLSL, so those are chosen before.
uint converted(float value) {
  const uint magnitude = floatBitsToUint(value) & 0x7FFFFFFFu;
  const bool nan = magnitude > 0x7F800000u;
  if (TO == F16) return f16_from_float(value);
  if (TO == BF16) return bf16_from_float(value);
  if (TO == I32) {
    const bool fits = magnitude < 0x4F000000u;  // 2^31
    const uint limit = nan ? 0u : value > 0.0 ? 0x7FFFFFFFu : 0x80000000u;
    return fits ? uint(int(fits ? value : 0.0)) : limit;
  }
  if (TO == U32) {
    const bool fits = value > 0.0 && magnitude < 0x4F800000u;  // 2^32
    const uint limit = !nan && value > 0.0 ? 0xFFFFFFFFu : 0u;
    return fits ? uint(fits ? value : 0.0) : limit;
  }
  return floatBitsToUint(value);
}

void main() {
  const uint i = 2 * flat_first(1);
  if (i >= n) return;
  const bool both = i + 1 < n;
  const uint low = converted(loaded(i));
  const uint high = both ? converted(loaded(i + 1)) : 0u;
  if (TO == F16 || TO == BF16) {
    // The half word after an odd tensor belongs to nobody, and keeps what it holds.
    y.v[i >> 1] = low | (both ? high << 16 : y.v[i >> 1] & 0xFFFF0000u);
  } else {
    y.v[i] = low;
    if (both) y.v[i + 1] = high;
  }
}
