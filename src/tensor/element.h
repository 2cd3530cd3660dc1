#pragma once

#include <span>

#include "scoria/dtype.h"

namespace scoria {

/// Stored elements as doubles: exact for every dtype.
void to_double(DType dtype, const void* stored, std::span<double> values);
/// Doubles as stored elements: rounded to nearest even for floats, cut toward zero and saturated for integers.
void from_double(DType dtype, std::span<const double> values, void* stored);

}  // namespace scoria
