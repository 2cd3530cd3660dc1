// tanh: y = tanh x, finite for every finite x
//
//   0 x  [n]  f32      1 y  [n]  f32, may be x
//
// Grid       common/elementwise.glsl
// Push       n
// Constants  WG, PER, GATHER (common/elementwise.glsl)
// Precision  3 ulp. Vulkan defines tanh as sinh / cosh, which overflows; and near 0, where 1 - 2 / (e^2x + 1) would
//            cancel, an odd polynomial serves (fitted for |x| < 0.625, 4e-9)
// Needs      nothing
// Host side  src/ops/tanh.cpp

#version 460
#extension GL_GOOGLE_include_directive : require
#include "common/elements.glsl"

layout(push_constant) uniform Push {
  InFloats x;
  Floats y;
  uint n;
};

float bounded_tanh(float value) {
  const float z = value * value;
  float p = -0.00570498218;
  p = p * z + 0.0206390825;
  p = p * z - 0.0537397134;
  p = p * z + 0.133314422;
  p = p * z - 0.333332819;
  const float small = value + value * z * p;
  const float large = 1.0 - 2.0 / (exp(min(2.0 * abs(value), 40.0)) + 1.0);
  return abs(value) < 0.625 ? small : (value < 0.0 ? -large : large);
}

float element(uint base, uint lane, bool whole) { return bounded_tanh(load(x, base, lane, whole)); }

#define RESULT y
#include "common/elementwise.glsl"
