#include "base/dropout_mask.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/philox.h"

using namespace scoria;

namespace {

constexpr std::array<std::uint32_t, 4> kRng = {0x9E3779B9u, 0x243F6A88u, 41, 3};
constexpr std::uint32_t kSite = 17;

// The contract of dropout() in ops.h, one element at a time.
std::uint16_t lane_by_contract(std::uint32_t i) {
  const auto block = philox4x32({i / 8, kSite, kRng[2], 0}, {kRng[0], kRng[1]});
  return static_cast<std::uint16_t>(block[(i % 8) / 2] >> (16 * (i % 2)));
}

}  // namespace

TEST_CASE("philox4x32: known answers of the Random123 distribution") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
  CHECK(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        std::array<std::uint32_t, 4>{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
  CHECK(philox4x32({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
}

TEST_CASE("dropout_mask: lanes are those of the contract, wherever a run starts and ends") {
  const DropoutStream stream(kRng.data(), kSite);
  for (std::uint32_t first : {0u, 1u, 7u, 8u, 1000003u, 0xFFFFFFF3u}) {  // the last run wraps at 2^32
    for (std::size_t count : {0u, 1u, 8u, 127u, 128u, 511u, 512u, 513u, 1300u}) {
      std::vector<std::uint16_t> lanes(count + 1, 0xABCD);
      dropout_lanes(stream, first, count, lanes.data());
      std::size_t wrong = 0;
      for (std::size_t k = 0; k < count; ++k)
        wrong += lanes[k] != lane_by_contract(first + static_cast<std::uint32_t>(k));
      CAPTURE(first);
      CAPTURE(count);
      CHECK(wrong == 0);
      CHECK(lanes[count] == 0xABCD);
    }
  }
}

TEST_CASE("dropout_mask: factors and products follow the lanes") {
  const DropoutStream stream(kRng.data(), kSite);
  const std::uint32_t threshold = dropout_threshold(0.3);
  const float scale = dropout_scale(threshold);
  std::vector<float> x(777), y(777), factors(777);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<float>(k) - 300.5f;
  dropout_factors(stream, 5, x.size(), threshold, scale, factors.data());
  dropout_apply(stream, 5, x.size(), threshold, scale, x.data(), y.data());
  for (std::size_t k = 0; k < x.size(); ++k) {
    const float expected = lane_by_contract(5 + static_cast<std::uint32_t>(k)) >= threshold ? scale : 0.0f;
    REQUIRE(factors[k] == expected);
    REQUIRE(y[k] == x[k] * expected);
  }
}

TEST_CASE("dropout_mask: p is rounded to 1/65536 and the scale undoes exactly that") {
  CHECK(dropout_threshold(0.0) == 0);
  CHECK(dropout_threshold(0.1) == 6554);
  CHECK(dropout_threshold(0.5) == 32768);
  CHECK(dropout_threshold(0.9999999) == 65535);  // keeps one element of 65536, so that the scale stays finite
  CHECK(dropout_scale(0) == 1.0f);
  CHECK(dropout_scale(32768) == 2.0f);
}

TEST_CASE("dropout_mask: the share of dropped elements is p") {
  const DropoutStream stream(kRng.data(), kSite);
  std::vector<std::uint16_t> lanes(1 << 20);
  dropout_lanes(stream, 0, lanes.size(), lanes.data());
  const std::uint32_t threshold = dropout_threshold(0.1);
  double dropped = 0;
  for (std::uint16_t lane : lanes) dropped += lane < threshold;
  const double p = threshold / 65536.0, n = static_cast<double>(lanes.size());
  CHECK(std::abs(dropped / n - p) < 5 * std::sqrt(p * (1 - p) / n));  // five standard deviations
}

TEST_CASE("dropout_mask: element indices follow first row and row size, modulo 2^32") {
  const DropoutStream stream(kRng.data(), kSite);  // first row 3
  CHECK(stream.element(0, 100) == 300);
  CHECK(stream.element(2, 100, 7) == 507);
  CHECK(stream.element(1ull << 31, 4, 0) == 12);
}
