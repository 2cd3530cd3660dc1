#include "base/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

using namespace scoria;

namespace {

// By definition, in double: the format's value of these bits.
double value_of(std::uint32_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double fraction = bits & ((1u << fraction_bits) - 1);
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double sign = bits >> (exponent_bits + fraction_bits) ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(1 + std::ldexp(fraction, -fraction_bits), exponent - bias);
}

struct Format {
  const char* name;
  int exponent_bits, fraction_bits;
  float (*to_float)(std::uint16_t);
  std::uint16_t (*from_float)(float);
};

constexpr Format kFormats[] = {{"f16", 5, 10, float_from_f16, f16_from_float},
                               {"bf16", 8, 7, float_from_bf16, bf16_from_float}};

}  // namespace

TEST_CASE("half: all 65536 patterns have their value as floats and come back") {
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
      const auto half = static_cast<std::uint16_t>(bits);
      const double expected = value_of(bits, format.exponent_bits, format.fraction_bits);
      const float value = format.to_float(half);
      CAPTURE(bits);
      if (std::isnan(expected)) {
        REQUIRE(std::isnan(value));
        REQUIRE(std::isnan(format.to_float(format.from_float(value))));
      } else {
        REQUIRE(value == expected);
        REQUIRE(std::signbit(value) == std::signbit(expected));
        REQUIRE(format.from_float(value) == half);
      }
    }
  }
}

TEST_CASE("half: between two neighbours the nearer wins, half way the even one") {
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    const std::uint32_t infinity = ((1u << format.exponent_bits) - 1) << format.fraction_bits;
    for (std::uint32_t bits = 0; bits + 1 < infinity; ++bits) {
      const double low = value_of(bits, format.exponent_bits, format.fraction_bits);
      const double high = value_of(bits + 1, format.exponent_bits, format.fraction_bits);
      const auto middle = static_cast<float>((low + high) / 2);  // exact: f32 has more digits than both
      CAPTURE(bits);
      REQUIRE(format.from_float(middle) == (bits % 2 == 0 ? bits : bits + 1));
      REQUIRE(format.from_float(std::nextafter(middle, 0.0f)) == (bits == 0 && middle == 0 ? 0 : bits));
      REQUIRE(format.from_float(std::nextafter(middle, INFINITY)) == bits + 1);
      REQUIRE(format.from_float(-middle) == ((bits % 2 == 0 ? bits : bits + 1) | 0x8000u));
    }
  }
}

TEST_CASE("half: overflow and the ends of f32") {
  CHECK(f16_from_float(65519.996f) == 0x7BFF);
  CHECK(f16_from_float(65520.0f) == 0x7C00);
  CHECK(f16_from_float(1e30f) == 0x7C00);
  CHECK(f16_from_float(-INFINITY) == 0xFC00);
  CHECK(f16_from_float(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(bf16_from_float(std::numeric_limits<float>::max()) == 0x7F80);
  CHECK(bf16_from_float(-INFINITY) == 0xFF80);
}
