#include "scoria/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.h"
#include "scoria/error.h"

namespace scoria {

Shape::Shape(std::vector<std::int64_t> sizes) : sizes_(std::move(sizes)) {
  std::int64_t room = kMostElements;
  for (const std::int64_t size : sizes_) {
    if (size < 0 || size > room) {
      throw Error(ErrorKind::Usage,
                  fmt::format("shape {}: sizes must not be negative, nor make more than 2^56 elements", to_string()));
    }
    room /= std::max<std::int64_t>(size, 1);
  }
}

std::int64_t Shape::operator[](int axis) const {
  const int index = axis < 0 ? axis + rank() : axis;
  SCORIA_CHECK(index >= 0 && index < rank(), "axis out of range");
  return sizes_[static_cast<std::size_t>(index)];
}

std::int64_t Shape::element_count() const {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes_) count *= size;
  return count;
}

std::int64_t Shape::row_count() const {
  std::int64_t count = 1;
  for (int axis = 0; axis + 1 < rank(); ++axis) count *= (*this)[axis];
  return count;
}

std::int64_t Shape::row_size() const { return rank() == 0 ? 1 : (*this)[-1]; }

std::string Shape::to_string() const { return fmt::format("[{}]", fmt::join(sizes_, ", ")); }

}  // namespace scoria
