#include "base/vector_math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace scoria;

namespace {

// Units of the last place of f32 between a result and the true value.
double ulps(float result, double expected) {
  const double smallest = std::numeric_limits<float>::denorm_min();
  const double unit = std::max(smallest, std::ldexp(1.0, std::ilogb(expected) - 23));
  return std::abs(result - expected) / unit;
}

template <typename F>
void sweep(double low, double high, const F& check) {
  constexpr int kSteps = 400000;
  for (int i = 0; i <= kSteps; ++i) check(static_cast<float>(low + (high - low) * i / kSteps));
}

}  // namespace

TEST_CASE("exp_fast: within its bound on every 61st float") {
  double worst = 0, worst_subnormal = 0;
  for (std::uint32_t bits = 0; bits < 0xFF800000u; bits += 61) {
    const float x = std::bit_cast<float>(bits);
    if (!(x >= -104.0f && x <= 88.72f)) continue;
    const double expected = std::exp(static_cast<double>(x));
    double& bound = expected < std::numeric_limits<float>::min() ? worst_subnormal : worst;
    bound = std::max(bound, ulps(exp_fast(x), expected));
  }
  MESSAGE("exp_fast: worst " << worst << " ulp, subnormal results " << worst_subnormal);
  CHECK(worst < 1.1);
  CHECK(worst_subnormal < 1.6);
}

TEST_CASE("exp_fast: ends of the range") {
  CHECK(exp_fast(0.0f) == 1.0f);
  CHECK(exp_fast(-0.0f) == 1.0f);
  CHECK(exp_fast(88.8f) == INFINITY);
  CHECK(exp_fast(INFINITY) == INFINITY);
  CHECK(exp_fast(std::numeric_limits<float>::max()) == INFINITY);
  CHECK(exp_fast(-105.0f) == 0.0f);
  CHECK(exp_fast(-INFINITY) == 0.0f);
  CHECK(std::isnan(exp_fast(NAN)));
}

TEST_CASE("tanh_f32 is within 2 ulp and finite everywhere") {
  double worst = 0;
  sweep(-12, 12, [&](float x) {
    if (x != 0) worst = std::max(worst, ulps(tanh_f32(x), std::tanh(double(x))));
  });
  CHECK(worst < 2);
  CHECK(tanh_f32(1e30f) == 1.0f);
  CHECK(tanh_f32(-1e30f) == -1.0f);
  CHECK(tanh_f32(1e-30f) == 1e-30f);
  CHECK(std::isnan(tanh_f32(NAN)));
}

TEST_CASE("normal_at keeps its relative accuracy in the lower tail") {
  double worst = 0;
  sweep(-12, 8, [&](float x) {
    // Rounding x^2 / 2 costs the tail that many ulps, in any f32 arithmetic.
    const double expected = 0.5 * std::erfc(-double(x) / std::sqrt(2.0));
    worst = std::max(worst, ulps(normal_at(x).cdf, expected) / (1 + 0.5 * x * x));
  });
  CHECK(worst < 8);
  CHECK(normal_at(-1e20f).cdf == 0.0f);
  CHECK(normal_at(1e20f).cdf == 1.0f);
  CHECK(normal_at(0.0f).pdf == doctest::Approx(0.3989422804));
  CHECK(std::isnan(normal_at(NAN).cdf));
}
