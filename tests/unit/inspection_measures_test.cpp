#include "inspect/measures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "inspect/packed_attention.h"
#include "support/small_inspection.h"

using namespace scoria;

namespace {

PrincipalPlane plane_of(const std::vector<std::vector<float>>& vectors) {
  const std::vector<std::span<const float>> views(vectors.begin(), vectors.end());
  return principal_plane(views);
}

}  // namespace

TEST_CASE("principal plane: known axes, sign and shares") {
  // Along (3, 4) / 5 the squares sum to 200, across it to 2.
  const auto point = [](float along, float across) {
    return std::vector<float>{7 + 0.6f * along - 0.8f * across, -2 + 0.8f * along + 0.6f * across, 1};
  };
  const PrincipalPlane plane = plane_of({point(0, 1), point(-10, 0), point(10, 0), point(0, -1)});
  CHECK(plane.variance[0] == doctest::Approx(200.0 / 202).epsilon(1e-5));
  CHECK(plane.variance[0] + plane.variance[1] == doctest::Approx(1));
  // -10 and 10 are equally large, and so are 1 and -1: the first of them points where the axis does.
  const std::array<double, 2> expected[] = {{0, 1}, {10, 0}, {-10, 0}, {0, -1}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::abs(plane.points[i][0] - expected[i][0]) < 1e-5);
    CHECK(std::abs(plane.points[i][1] - expected[i][1]) < 1e-5);
  }
}

TEST_CASE("principal plane: distances are kept by what lies in a plane, whatever its place in space") {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> u(50), v(50);
  for (float& x : u) x = normal(random);
  for (float& x : v) x = normal(random);
  std::vector<std::vector<float>> vectors;
  for (int i = 0; i < 13; ++i) {
    const float a = normal(random), b = normal(random);
    vectors.emplace_back();
    for (std::size_t h = 0; h < u.size(); ++h) vectors.back().push_back(3 + a * u[h] + b * v[h]);
  }
  const PrincipalPlane plane = plane_of(vectors), again = plane_of(vectors);
  CHECK(plane.points == again.points);
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    double whole = 0;
    for (std::size_t h = 0; h < u.size(); ++h) whole += std::pow(vectors[i][h] - vectors[0][h], 2);
    const double seen = std::hypot(plane.points[i][0] - plane.points[0][0], plane.points[i][1] - plane.points[0][1]);
    CHECK(seen == doctest::Approx(std::sqrt(whole)).epsilon(1e-4));
  }
}

TEST_CASE("principal plane: equal vectors, a single one") {
  for (const auto& vectors : {std::vector<std::vector<float>>{{1, 2}, {1, 2}, {1, 2}}, {{3, 4}}}) {
    const PrincipalPlane plane = plane_of(vectors);
    CHECK(plane.variance == std::array<double, 2>{0, 0});
    for (const auto& point : plane.points) CHECK(point == std::array<double, 2>{0, 0});
  }
}

TEST_CASE("packed attention: within its bound, and averages beside the heads") {
  const Inspection seen = test::SmallBert().inspect("the river is a bank");
  const PackedAttention packed = pack_attention(seen);
  const Tensor maps = attention_with_means(seen);
  REQUIRE(packed.kept == 0);
  REQUIRE(packed.bytes.size() == maps.values<float>().size());
  for (std::size_t i = 0; i < packed.bytes.size(); ++i) {
    const double p = maps.values<float>()[i], q = static_cast<unsigned char>(packed.bytes[i]) / 255.0;
    CHECK(std::abs(q * q - p) <= 0.004 * std::sqrt(p) + 4e-6);
  }
  CHECK(maps.shape() == Shape{4, 4, 7, 7});
  const auto value = [&](std::size_t layer, std::size_t head) {
    return maps.values<float>()[(layer * 4 + head) * 49 + 10];
  };
  CHECK(value(1, 3) == doctest::Approx((value(1, 0) + value(1, 1) + value(1, 2)) / 3));
  CHECK(value(3, 2) == doctest::Approx((value(0, 2) + value(1, 2) + value(2, 2)) / 3));
  CHECK(value(3, 3) == doctest::Approx((value(0, 3) + value(1, 3) + value(2, 3)) / 3));
}

TEST_CASE("packed attention: the largest weights of a row where not all fit") {
  const Inspection seen = test::SmallBert().inspect("the river is a bank");
  const PackedAttention packed = pack_attention(seen, 700);
  const Tensor maps = attention_with_means(seen);
  const std::size_t kept = 4, rows = 16 * 7;
  CHECK(packed.kept == 4);
  REQUIRE(packed.bytes.size() == rows * kept * 3);
  double carried = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<float> sorted(row_of(maps, static_cast<std::int64_t>(row)).begin(),
                              row_of(maps, static_cast<std::int64_t>(row)).end());
    const char* entry = packed.bytes.data() + row * kept * 3;
    int previous = -1;
    std::vector<float> found;
    for (std::size_t i = 0; i < kept; ++i) {
      const int column = static_cast<unsigned char>(entry[2 * i]) + 256 * static_cast<unsigned char>(entry[2 * i + 1]);
      CHECK(column > previous);
      previous = column;
      found.push_back(sorted[static_cast<std::size_t>(column)]);
      carried += found.back();
    }
    std::sort(found.rbegin(), found.rend());
    std::sort(sorted.rbegin(), sorted.rend());
    for (std::size_t i = 0; i < kept; ++i) CHECK(found[i] == sorted[i]);
  }
  CHECK(packed.carried == doctest::Approx(carried / rows).epsilon(1e-4));
  CHECK(packed.carried < 1);
}

TEST_CASE("base64: the vectors of RFC 4648") {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : cases) CHECK(base64(bytes) == text);
}
