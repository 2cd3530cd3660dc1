#include "support/fill.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "base/check.h"
#include "base/philox.h"

namespace scoria::test {
namespace {

struct Uniforms {
  double first, second;  // in (0, 1)
};

Uniforms draw(std::uint64_t seed, std::uint64_t i) {
  const auto words = philox4x32({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 0, 77},
                                {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {(words[0] + 0.5) / 4294967296.0, (words[1] + 0.5) / 4294967296.0};
}

double element(const Fill& fill, std::uint64_t seed, std::size_t i) {
  const Uniforms u = draw(seed, i);
  switch (fill.kind) {
    case Fill::Kind::Normal:
      return fill.a + fill.b * std::sqrt(-2 * std::log(u.first)) * std::cos(2 * std::numbers::pi * u.second);
    case Fill::Kind::Uniform:
      return fill.a + (fill.b - fill.a) * u.first;
    case Fill::Kind::Integers:
      return fill.a + std::floor((fill.b - fill.a + 1) * u.first);
    case Fill::Kind::List:
      break;
  }
  return fill.list[i % fill.list.size()];
}

template <typename T>
std::vector<std::byte> encode_as(std::span<const double> values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

template <typename T>
T load(std::span<const std::byte> bytes, std::size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

double from_f16(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  const double sign = (bits & 0x8000) ? -1 : 1;
  if (exponent == 31) return mantissa ? std::nan("") : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double from_bf16(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

}  // namespace

Fill normal(double mean, double deviation) { return {Fill::Kind::Normal, mean, deviation}; }
Fill uniform(double low, double high) { return {Fill::Kind::Uniform, low, high}; }
Fill constant(double value) { return {value}; }
Fill integers(double low, double high) { return {Fill::Kind::Integers, low, high}; }
Fill positive() { return uniform(0.25, 2); }

std::vector<double> make_values(const Fill& fill, std::size_t count, DType dtype, std::uint64_t seed) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = element(fill, seed, i);
  return decode(dtype, encode(dtype, values));
}

std::vector<std::byte> encode(DType dtype, std::span<const double> values) {
  switch (dtype) {
    case DType::f32:
      return encode_as<float>(values);
    case DType::i32:
      return encode_as<std::int32_t>(values);
    case DType::u32:
      return encode_as<std::uint32_t>(values);
    default:
      break;
  }
  SCORIA_CHECK(false, "a case gives f32, i32 and u32 tensors; make the others with cast");
  return {};
}

std::vector<double> decode(DType dtype, std::span<const std::byte> bytes) {
  std::vector<double> values(bytes.size() / size_bytes(dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (dtype) {
      case DType::f32:
        values[i] = load<float>(bytes, i);
        break;
      case DType::i32:
        values[i] = load<std::int32_t>(bytes, i);
        break;
      case DType::u32:
        values[i] = load<std::uint32_t>(bytes, i);
        break;
      case DType::f16:
        values[i] = from_f16(load<std::uint16_t>(bytes, i));
        break;
      case DType::bf16:
        values[i] = from_bf16(load<std::uint16_t>(bytes, i));
        break;
    }
  }
  return values;
}

}  // namespace scoria::test
