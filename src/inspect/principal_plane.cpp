#include <algorithm>
#include <cmath>
#include <utility>

#include "inspect/measures.h"

namespace scoria {
namespace {

/// A square matrix of doubles.
class Square {
 public:
  explicit Square(std::size_t n) : n_(n), values_(n * n) {}
  double& operator()(std::size_t i, std::size_t j) { return values_[i * n_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values_[i * n_ + j]; }
  std::size_t size() const { return n_; }

 private:
  std::size_t n_;
  std::vector<double> values_;
};

Square centered_products(std::span<const std::span<const float>> vectors) {
  const std::size_t n = vectors.size(), width = vectors.front().size();
  std::vector<double> mean(width);
  for (const std::span<const float> vector : vectors)
    for (std::size_t h = 0; h < width; ++h) mean[h] += static_cast<double>(vector[h]) / static_cast<double>(n);
  Square products(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) {
      double sum = 0;
      for (std::size_t h = 0; h < width; ++h) sum += (vectors[i][h] - mean[h]) * (vectors[j][h] - mean[h]);
      products(i, j) = products(j, i) = sum;
    }
  }
  return products;
}

void rotate(Square& matrix, Square& axes, std::size_t p, std::size_t q) {
  const double theta = (matrix(q, q) - matrix(p, p)) / (2 * matrix(p, q));
  const double t = (theta < 0 ? -1.0 : 1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1), s = t * c;
  const auto turn = [c, s](double& x, double& y) {
    const double old = x;
    x = c * old - s * y;
    y = s * old + c * y;
  };
  for (std::size_t k = 0; k < matrix.size(); ++k) turn(matrix(k, p), matrix(k, q));
  for (std::size_t k = 0; k < matrix.size(); ++k) turn(matrix(p, k), matrix(q, k));
  for (std::size_t k = 0; k < matrix.size(); ++k) turn(axes(k, p), axes(k, q));
}

/// Leaves the eigenvalues on the diagonal; returns the eigenvectors as columns.
Square diagonalize(Square& matrix) {
  constexpr int kSweeps = 30;  // converges quadratically: ten serve for any size that a model has
  const std::size_t n = matrix.size();
  Square axes(n);
  for (std::size_t i = 0; i < n; ++i) axes(i, i) = 1;
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i) trace += matrix(i, i);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double largest = 0;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        largest = std::max(largest, std::abs(matrix(p, q)));
        if (std::abs(matrix(p, q)) > 1e-15 * trace) rotate(matrix, axes, p, q);
      }
    }
    if (largest <= 1e-15 * trace) break;
  }
  return axes;
}

}  // namespace

PrincipalPlane principal_plane(std::span<const std::span<const float>> vectors) {
  Square matrix = centered_products(vectors);
  const Square axes = diagonalize(matrix);
  std::vector<std::pair<double, std::size_t>> order;  // largest eigenvalue first, the first of equals
  double total = 0;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    order.emplace_back(-std::max(matrix(i, i), 0.0), i);
    total += std::max(matrix(i, i), 0.0);
  }
  std::sort(order.begin(), order.end());
  PrincipalPlane plane;
  plane.points.resize(vectors.size());
  for (std::size_t axis = 0; axis < std::min<std::size_t>(2, order.size()) && total > 0; ++axis) {
    const double length = std::sqrt(-order[axis].first);
    const std::size_t column = order[axis].second;
    double largest = 0;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (std::abs(axes(i, column)) > std::abs(largest) * (1 + 1e-9)) largest = axes(i, column);
    }
    const double sign = largest < 0 ? -1 : 1;
    for (std::size_t i = 0; i < vectors.size(); ++i) plane.points[i][axis] = sign * length * axes(i, column);
    plane.variance[axis] = -order[axis].first / total;
  }
  return plane;
}

}  // namespace scoria
