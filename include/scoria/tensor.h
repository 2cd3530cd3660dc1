#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoria/dtype.h"
#include "scoria/shape.h"

namespace scoria {

/// What a value is, without the value: dtype and shape.
struct TensorDesc {
  DType dtype = DType::f32;
  Shape shape;

  std::size_t byte_count() const;
  /// "f32 [32, 128, 768]"
  std::string to_string() const;
  friend bool operator==(const TensorDesc&, const TensorDesc&) = default;
};

/// A dense row-major array in host memory that owns its elements.
class Tensor {
 public:
  Tensor() = default;
  /// All elements zero.
  explicit Tensor(TensorDesc desc);
  Tensor(DType dtype, Shape shape) : Tensor(TensorDesc{dtype, std::move(shape)}) {}
  static Tensor from(Shape shape, std::span<const float> values);
  static Tensor from(Shape shape, std::span<const std::int32_t> values);
  static Tensor from(Shape shape, std::span<const std::uint32_t> values);
  static Tensor scalar(float value);

  const TensorDesc& desc() const { return desc_; }
  const Shape& shape() const { return desc_.shape; }
  DType dtype() const { return desc_.dtype; }
  std::span<std::byte> bytes() { return data_; }
  std::span<const std::byte> bytes() const { return data_; }

  /// Elements as stored. Throws Error (Usage) if T is not the stored type: float for f32,
  /// std::int32_t for i32, std::uint32_t for u32, std::uint16_t for the bits of f16 and bf16.
  template <typename T>
  std::span<T> values();
  template <typename T>
  std::span<const T> values() const;
  /// The element of a scalar or one-element tensor as a double. Throws Error (Usage) otherwise.
  double item() const;

 private:
  TensorDesc desc_;
  std::vector<std::byte> data_;
};

}  // namespace scoria
