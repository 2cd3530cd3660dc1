#pragma once

#include <cstddef>
#include <string_view>

namespace scoria {

/// Throws Error (Usage) unless there are as many predictions as true values, and at least `least`.
void check_paired(std::string_view metric, std::size_t predicted, std::size_t expected, std::size_t least);

/// 0 if there is nothing to divide by.
double ratio(double part, double whole);

double harmonic_mean(double a, double b);

}  // namespace scoria
