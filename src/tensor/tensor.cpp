#include "scoria/tensor.h"

#include <fmt/format.h>

#include <cstring>
#include <type_traits>

#include "scoria/error.h"

namespace scoria {
namespace {

template <typename T>
bool holds(DType dtype) {
  if constexpr (std::is_same_v<T, float>) return dtype == DType::f32;
  if constexpr (std::is_same_v<T, std::int32_t>) return dtype == DType::i32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return dtype == DType::u32;
  if constexpr (std::is_same_v<T, std::uint16_t>) return dtype == DType::f16 || dtype == DType::bf16;
}

template <typename T>
Tensor copy_of(DType dtype, Shape shape, std::span<const T> values) {
  Tensor tensor(dtype, std::move(shape));
  if (values.size() * sizeof(T) != tensor.bytes().size()) {
    throw Error(ErrorKind::Usage,
                fmt::format("Tensor::from: shape {} has {} elements, got {} values", tensor.shape().to_string(),
                            tensor.shape().element_count(), values.size()));
  }
  std::memcpy(tensor.bytes().data(), values.data(), values.size() * sizeof(T));
  return tensor;
}

}  // namespace

std::size_t TensorDesc::byte_count() const {
  return static_cast<std::size_t>(shape.element_count()) * size_bytes(dtype);
}

std::string TensorDesc::to_string() const { return fmt::format("{} {}", name(dtype), shape.to_string()); }

Tensor::Tensor(TensorDesc desc) : desc_(std::move(desc)), data_(desc_.byte_count()) {}

Tensor Tensor::from(Shape shape, std::span<const float> values) {
  return copy_of(DType::f32, std::move(shape), values);
}
Tensor Tensor::from(Shape shape, std::span<const std::int32_t> values) {
  return copy_of(DType::i32, std::move(shape), values);
}
Tensor Tensor::from(Shape shape, std::span<const std::uint32_t> values) {
  return copy_of(DType::u32, std::move(shape), values);
}

Tensor Tensor::scalar(float value) { return from(Shape{1}, std::span<const float>(&value, 1)); }

template <typename T>
std::span<T> Tensor::values() {
  if (!holds<T>(desc_.dtype)) {
    throw Error(ErrorKind::Usage, fmt::format("Tensor::values: asked for another type than {}", desc_.to_string()));
  }
  return {reinterpret_cast<T*>(data_.data()), data_.size() / sizeof(T)};
}

template <typename T>
std::span<const T> Tensor::values() const {
  return const_cast<Tensor*>(this)->values<T>();
}

template std::span<float> Tensor::values();
template std::span<const float> Tensor::values() const;
template std::span<std::int32_t> Tensor::values();
template std::span<const std::int32_t> Tensor::values() const;
template std::span<std::uint32_t> Tensor::values();
template std::span<const std::uint32_t> Tensor::values() const;
template std::span<std::uint16_t> Tensor::values();
template std::span<const std::uint16_t> Tensor::values() const;

double Tensor::item() const {
  if (desc_.shape.element_count() != 1 || size_bytes(desc_.dtype) != 4) {
    throw Error(ErrorKind::Usage,
                fmt::format("Tensor::item: needs one f32, i32 or u32 element, got {}", desc_.to_string()));
  }
  if (desc_.dtype == DType::f32) return values<float>()[0];
  if (desc_.dtype == DType::i32) return values<std::int32_t>()[0];
  return values<std::uint32_t>()[0];
}

}  // namespace scoria
