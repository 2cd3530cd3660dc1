#include "tensor/element.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/half.h"

namespace scoria {
namespace {

template <typename T>
T saturated(double value) {
  if (std::isnan(value)) return 0;
  return static_cast<T>(std::clamp(std::trunc(value), static_cast<double>(std::numeric_limits<T>::min()),
                                   static_cast<double>(std::numeric_limits<T>::max())));
}

template <typename T, typename Convert>
void read_all(const void* stored, std::span<double> values, Convert convert) {
  const T* elements = static_cast<const T*>(stored);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = convert(elements[i]);
}

template <typename T, typename Convert>
void write_all(std::span<const double> values, void* stored, Convert convert) {
  T* elements = static_cast<T*>(stored);
  for (std::size_t i = 0; i < values.size(); ++i) elements[i] = convert(values[i]);
}

}  // namespace

void to_double(DType dtype, const void* stored, std::span<double> values) {
  switch (dtype) {
    case DType::f32:
      return read_all<float>(stored, values, [](float v) { return double{v}; });
    case DType::f16:
      return read_all<std::uint16_t>(stored, values, [](std::uint16_t v) { return double{float_from_f16(v)}; });
    case DType::bf16:
      return read_all<std::uint16_t>(stored, values, [](std::uint16_t v) { return double{float_from_bf16(v)}; });
    case DType::i32:
      return read_all<std::int32_t>(stored, values, [](std::int32_t v) { return double(v); });
    case DType::u32:
      return read_all<std::uint32_t>(stored, values, [](std::uint32_t v) { return double(v); });
  }
}

void from_double(DType dtype, std::span<const double> values, void* stored) {
  switch (dtype) {
    case DType::f32:
      return write_all<float>(values, stored, [](double v) { return static_cast<float>(v); });
    case DType::f16:
      return write_all<std::uint16_t>(values, stored, [](double v) { return f16_from_float(static_cast<float>(v)); });
    case DType::bf16:
      return write_all<std::uint16_t>(values, stored, [](double v) { return bf16_from_float(static_cast<float>(v)); });
    case DType::i32:
      return write_all<std::int32_t>(values, stored, saturated<std::int32_t>);
    case DType::u32:
      return write_all<std::uint32_t>(values, stored, saturated<std::uint32_t>);
  }
}

}  // namespace scoria
