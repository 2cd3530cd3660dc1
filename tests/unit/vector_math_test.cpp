#include "base/vector_math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace {

// Error in units of the last place of an f32 near `expected`.
double ulps(double got, double expected) { return std::fabs(got - expected) / std::fabs(expected) * 0x1p23; }

template <typename F>
void sweep(double low, double high, const F& check) {
  constexpr int kSteps = 400000;
  for (int i = 0; i <= kSteps; ++i) check(static_cast<float>(low + (high - low) * i / kSteps));
}

}  // namespace

TEST_CASE("exp_f32 is within 1 ulp, and ends at its ends") {
  double worst = 0;
  sweep(-87.3, 88.3, [&](float x) { worst = std::max(worst, ulps(scoria::exp_f32(x), std::exp(double(x)))); });
  CHECK(worst < 1);
  CHECK(scoria::exp_f32(0.0f) == 1.0f);
  CHECK(scoria::exp_f32(-INFINITY) < 2e-38f);
  CHECK(std::isfinite(scoria::exp_f32(INFINITY)));
  CHECK(std::isnan(scoria::exp_f32(NAN)));
}

TEST_CASE("tanh_f32 is within 2 ulp and finite everywhere") {
  double worst = 0;
  sweep(-12, 12, [&](float x) {
    if (x != 0) worst = std::max(worst, ulps(scoria::tanh_f32(x), std::tanh(double(x))));
  });
  CHECK(worst < 2);
  CHECK(scoria::tanh_f32(1e30f) == 1.0f);
  CHECK(scoria::tanh_f32(-1e30f) == -1.0f);
  CHECK(scoria::tanh_f32(1e-30f) == 1e-30f);
  CHECK(std::isnan(scoria::tanh_f32(NAN)));
}

TEST_CASE("normal_at keeps its relative accuracy in the lower tail") {
  double worst = 0;
  sweep(-12, 8, [&](float x) {
    // Rounding x^2 / 2 costs the tail that many ulps, in any f32 arithmetic.
    const double expected = 0.5 * std::erfc(-double(x) / std::sqrt(2.0));
    worst = std::max(worst, ulps(scoria::normal_at(x).cdf, expected) / (1 + 0.5 * x * x));
  });
  CHECK(worst < 4);
  CHECK(scoria::normal_at(-1e20f).cdf == 0.0f);
  CHECK(scoria::normal_at(1e20f).cdf == 1.0f);
  CHECK(scoria::normal_at(0.0f).pdf == doctest::Approx(0.3989422804));
  CHECK(std::isnan(scoria::normal_at(NAN).cdf));
}
