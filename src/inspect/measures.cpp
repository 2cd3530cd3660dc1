#include "inspect/measures.h"

#include <cmath>

namespace scoria {

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0.0;
}

std::span<const float> row_of(const Tensor& tensor, std::int64_t index) {
  const auto size = static_cast<std::size_t>(tensor.shape().row_size());
  return tensor.values<float>().subspan(static_cast<std::size_t>(index) * size, size);
}

Tensor token_norms(const Tensor& hidden) {
  Tensor out(DType::f32, {hidden.shape()[0], hidden.shape()[1]});
  const std::span<float> norms = out.values<float>();
  for (std::size_t i = 0; i < norms.size(); ++i) {
    double sum = 0;
    for (const float x : row_of(hidden, static_cast<std::int64_t>(i))) sum += static_cast<double>(x) * x;
    norms[i] = static_cast<float>(std::sqrt(sum));
  }
  return out;
}

Tensor similarity_to_first(const Tensor& hidden) {
  const std::int64_t S = hidden.shape()[1];
  Tensor out(DType::f32, {hidden.shape()[0], S});
  const std::span<float> similarity = out.values<float>();
  for (std::size_t i = 0; i < similarity.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    similarity[i] = static_cast<float>(cosine(row_of(hidden, row), row_of(hidden, row % S)));
  }
  return out;
}

Tensor mean_entropy(const Tensor& attention) {
  const std::int64_t S = attention.shape()[2];
  Tensor out(DType::f32, {attention.shape()[0], attention.shape()[1]});
  const std::span<float> entropy = out.values<float>();
  const std::span<const float> values = attention.values<float>();
  const auto map_size = static_cast<std::size_t>(S * S);
  for (std::size_t map = 0; map < entropy.size(); ++map) {
    double sum = 0;
    for (const float p : values.subspan(map * map_size, map_size)) {
      if (p > 0) sum -= static_cast<double>(p) * std::log2(static_cast<double>(p));
    }
    entropy[map] = static_cast<float>(sum / static_cast<double>(S));
  }
  return out;
}

}  // namespace scoria
