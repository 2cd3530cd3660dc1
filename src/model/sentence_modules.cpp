#include "model/sentence_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/check.h"
#include "scoria/error.h"

namespace scoria {
namespace {

struct Activation {
  std::string_view name;  ///< of the class in torch.nn
  float (*f)(float x);
};

float softplus(float x) { return x > 20 ? x : std::log1p(std::exp(x)); }
float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

constexpr std::array<Activation, 13> kActivations{{
    {"Identity", [](float x) { return x; }},
    {"Tanh", [](float x) { return std::tanh(x); }},
    {"ReLU", [](float x) { return std::max(x, 0.0f); }},
    {"ReLU6", [](float x) { return std::clamp(x, 0.0f, 6.0f); }},
    {"LeakyReLU", [](float x) { return x < 0 ? 0.01f * x : x; }},
    {"ELU", [](float x) { return x < 0 ? std::expm1(x) : x; }},
    {"SELU", [](float x) { return 1.05070098735548f * (x < 0 ? 1.67326324235438f * std::expm1(x) : x); }},
    {"GELU", [](float x) { return 0.5f * x * (1 + std::erf(x / std::numbers::sqrt2_v<float>)); }},
    {"SiLU", [](float x) { return x * sigmoid(x); }},
    {"Mish", [](float x) { return x * std::tanh(softplus(x)); }},
    {"Sigmoid", sigmoid},
    {"Softplus", softplus},
    {"Softsign", [](float x) { return x / (1 + std::abs(x)); }},
}};

const Activation& find_activation(std::string_view name) {
  const auto* found = std::ranges::find(kActivations, name, &Activation::name);
  if (found == kActivations.end())
    throw Error(ErrorKind::Usage, fmt::format("no activation \"{}\"; there are {}", name, dense_activations()));
  return *found;
}

std::span<float> row_of(Tensor& rows, std::int64_t row) {
  const auto n = static_cast<std::size_t>(rows.shape().row_size());
  return rows.values<float>().subspan(static_cast<std::size_t>(row) * n, n);
}

std::span<const float> row_of(const Tensor& rows, std::int64_t row) {
  const auto n = static_cast<std::size_t>(rows.shape().row_size());
  return rows.values<float>().subspan(static_cast<std::size_t>(row) * n, n);
}

bool is_there(const Tensor& tensor) { return !tensor.bytes().empty(); }

// y += x W, row by row of W, so that elements are summed in the order of x and a row's bits are its own.
void add_product(std::span<const float> x, const Tensor& weight, std::span<float> y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float factor = x[i];
    const float* w = row_of(weight, static_cast<std::int64_t>(i)).data();
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += factor * w[j];
  }
}

Tensor apply_to(const DenseModule& dense, const Tensor& vectors) {
  const Activation& activation = find_activation(dense.activation);
  Tensor result(DType::f32, {vectors.shape()[0], dense.weight.shape()[1]});
  for (std::int64_t row = 0; row < vectors.shape()[0]; ++row) {
    const std::span<const float> x = row_of(vectors, row);
    const std::span<float> y = row_of(result, row);
    if (is_there(dense.bias)) std::ranges::copy(dense.bias.values<float>(), y.begin());
    add_product(x, dense.weight, y);
    std::ranges::transform(y, y.begin(), activation.f);
    if (!dense.has_residual) continue;
    if (is_there(dense.residual))
      add_product(x, dense.residual, y);
    else
      std::ranges::transform(y, x, y.begin(), std::plus<>());
  }
  return result;
}

Tensor apply_to(const LayerNormModule& norm, Tensor vectors) {
  constexpr double kEpsilon = 1e-5;
  const std::span<const float> weight = norm.weight.values<float>(), bias = norm.bias.values<float>();
  for (std::int64_t row = 0; row < vectors.shape()[0]; ++row) {
    const std::span<float> x = row_of(vectors, row);
    double mean = 0, variance = 0;
    for (const float value : x) mean += value / static_cast<double>(x.size());
    for (const float value : x) variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
    const double scale = 1 / std::sqrt(variance + kEpsilon);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(weight[i] * (x[i] - mean) * scale + bias[i]);
  }
  return vectors;
}

Tensor apply_to(const NormalizeModule&, Tensor vectors) {
  normalize_rows(vectors);
  return vectors;
}

}  // namespace

bool is_dense_activation(std::string_view name) {
  return std::ranges::find(kActivations, name, &Activation::name) != kActivations.end();
}

std::string dense_activations() {
  std::string names;
  for (const Activation& activation : kActivations)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", activation.name);
  return names;
}

std::int64_t width_after(const SentenceModule& module, std::int64_t width) {
  const auto check = [&](const char* name, std::int64_t wanted) {
    if (wanted != width)
      throw Error(ErrorKind::Input,
                  fmt::format("{} is for vectors of {} numbers, and those before it have {}; take the pooling and the "
                              "modules of one model",
                              name, wanted, width));
  };
  if (const auto* dense = std::get_if<DenseModule>(&module)) {
    check("Dense", dense->weight.shape()[0]);
    return dense->weight.shape()[1];
  }
  if (const auto* norm = std::get_if<LayerNormModule>(&module)) check("LayerNorm", norm->weight.shape()[0]);
  return width;
}

Tensor apply_module(const SentenceModule& module, const Tensor& vectors) {
  return std::visit([&](const auto& its) { return apply_to(its, vectors); }, module);
}

std::string to_string(const SentenceModule& module) {
  if (const auto* dense = std::get_if<DenseModule>(&module))
    return fmt::format("Dense {} to {} with {}{}", dense->weight.shape()[0], dense->weight.shape()[1],
                       dense->activation, dense->has_residual ? " and a residual" : "");
  return std::holds_alternative<LayerNormModule>(module) ? "LayerNorm" : "Normalize";
}

void normalize_rows(Tensor& vectors) {
  for (std::int64_t row = 0; row < vectors.shape()[0]; ++row) {
    const std::span<float> vector = row_of(vectors, row);
    double squares = 0;
    for (const float x : vector) squares += static_cast<double>(x) * x;
    const double scale = 1 / std::max(std::sqrt(squares), 1e-12);
    for (float& x : vector) x = static_cast<float>(x * scale);
  }
}

}  // namespace scoria
