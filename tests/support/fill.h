#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "scoria/tensor.h"

namespace scoria::test {

/// What a case's tensor is filled with. The same seed gives the same elements on every machine.
struct Fill {
  enum class Kind { Normal, Uniform, Integers, List };
  Kind kind = Kind::List;
  double a = 0, b = 0;
  std::vector<double> list;  ///< repeated when shorter than the tensor

  Fill(Kind k, double first, double second) : kind(k), a(first), b(second) {}
  Fill(std::initializer_list<double> values) : list(values) {}
  explicit Fill(std::vector<double> values) : list(std::move(values)) {}
};

Fill normal(double mean = 0, double deviation = 1);
Fill uniform(double low, double high);
Fill constant(double value);
/// Whole numbers in low..high, both included: sums and products of small ones are exact in f32.
Fill integers(double low, double high);
/// Between 0.25 and 2: for divisors and square roots.
Fill positive();

/// `count` elements, each rounded to what dtype can hold.
std::vector<double> make_values(const Fill& fill, std::size_t count, DType dtype, std::uint64_t seed);

/// Between doubles and a tensor's bytes.
std::vector<std::byte> encode(DType dtype, std::span<const double> values);
std::vector<double> decode(DType dtype, std::span<const std::byte> bytes);

}  // namespace scoria::test
