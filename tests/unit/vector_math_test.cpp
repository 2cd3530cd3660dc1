#include "base/vector_math.h"

#include <doctest/doctest.h>

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
