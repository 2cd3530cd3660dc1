#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "scoria/tensor.h"

namespace scoria {

/// Of two vectors of the same size; 0 where one has length 0.
double cosine(std::span<const float> a, std::span<const float> b);

/// [L + 1, S, H] -> [L + 1, S]: lengths.
Tensor token_norms(const Tensor& hidden);
/// [L + 1, S, H] -> [L + 1, S]: cosine with the same token of layer 0.
Tensor similarity_to_first(const Tensor& hidden);
/// [L, A, S, S] -> [L, A], in bits, the mean over rows.
Tensor mean_entropy(const Tensor& attention);

/// Row `index` of an array seen as rows of its last axis.
std::span<const float> row_of(const Tensor& tensor, std::int64_t index);

/// Points in a plane.
struct PrincipalPlane {
  std::vector<std::array<double, 2>> points;  ///< one a row
  std::array<double, 2> variance{};           ///< share of each axis in the whole; 0 where there is none
};

/// The projection of n vectors on their first two principal axes, from the n x n products of the centered vectors by
/// Jacobi's rotations in a fixed order: the same bits each time. An axis points to where its largest coordinate (the
/// first of equals) is positive.
PrincipalPlane principal_plane(std::span<const std::span<const float>> vectors);

}  // namespace scoria
