#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace scoria {

/// The sizes of a tensor's axes, outermost first. A scalar has no axes and one element.
class Shape {
 public:
  /// So that no count of elements or bytes leaves 64 bits.
  static constexpr std::int64_t kMostElements = std::int64_t{1} << 56;

  Shape() = default;
  /// Throws Error (Usage) for a size below 0, or for more than kMostElements elements (an axis of 0 counts as 1).
  Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::vector<std::int64_t>(sizes)) {}
  explicit Shape(std::vector<std::int64_t> sizes);

  int rank() const { return static_cast<int>(sizes_.size()); }
  /// Size of an axis; a negative axis counts from the end: -1 is the last.
  std::int64_t operator[](int axis) const;
  std::int64_t element_count() const;
  /// Product of all axes but the last; 1 for a scalar.
  std::int64_t row_count() const;
  /// Size of the last axis; 1 for a scalar.
  std::int64_t row_size() const;
  const std::vector<std::int64_t>& sizes() const { return sizes_; }
  /// "[32, 128, 768]"
  std::string to_string() const;

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::vector<std::int64_t> sizes_;
};

}  // namespace scoria
