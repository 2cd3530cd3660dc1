#pragma once

#include <fmt/format.h>

#include <string>

/// The shortest decimal of a float, for JSON; the double that it is would print eight digits of noise.
inline double shortest(float value) { return std::stod(fmt::format("{}", value)); }
