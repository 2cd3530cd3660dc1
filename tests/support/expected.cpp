#include "support/expected.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "support/reference_run.h"

namespace scoria::test {
namespace {

std::vector<std::vector<double>> absolute_values(const OpCase& op_case) {
  std::vector<std::vector<double>> given = given_values(op_case);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (op_case.given()[i].value.dtype() != DType::f32) continue;
    for (double& value : given[i]) value = std::fabs(value);
  }
  return given;
}

double epsilon(DType dtype) {
  if (dtype == DType::f16) return std::ldexp(1.0, -10);
  if (dtype == DType::bf16) return std::ldexp(1.0, -7);
  return FLT_EPSILON;
}

// The magnitude of an element whose own summands are not known: cancellation is at most that of its row.
std::vector<double> row_magnitudes(const Shape& shape, const std::vector<double>& values) {
  const auto width = static_cast<std::size_t>(shape.row_size());
  std::vector<double> magnitudes(values.size());
  for (std::size_t row = 0; row < values.size(); row += width) {
    double squares = 0;
    for (std::size_t i = row; i < row + width; ++i) squares += std::isfinite(values[i]) ? values[i] * values[i] : 0;
    const double rms = std::sqrt(squares / static_cast<double>(width));
    for (std::size_t i = row; i < row + width; ++i) magnitudes[i] = std::max(rms, std::fabs(values[i]));
  }
  return magnitudes;
}

}  // namespace

Expected::Expected(const OpCase& op_case, const OpCaseOptions& options, bool is_gradient)
    : options_(options),
      exact_(options.exact && !is_gradient),
      terms_(is_gradient && options.gradient_terms > 0 ? options.gradient_terms : options.terms) {
  const ReferenceRun reference(op_case);
  const ReferenceRun* absolute = nullptr;
  std::vector<ReferenceRun> storage;
  if (options.multilinear) absolute = &storage.emplace_back(op_case, absolute_values(op_case));
  for (const Value& y : op_case.outputs()) {
    add("", y.desc(), reference.of(y), absolute ? absolute->of(y) : row_magnitudes(y.shape(), reference.of(y)));
  }
  for (const Given& g : op_case.given()) {
    if (!g.is_state) continue;
    const std::vector<double>& values = reference.state(g.name);
    add(g.name, g.value.desc(), values, absolute ? absolute->state(g.name) : row_magnitudes(g.value.shape(), values));
  }
}

void Expected::add(std::string name, const TensorDesc& desc, std::vector<double> values,
                   const std::vector<double>& absolute) {
  Tensor tensor{std::move(name), desc, std::move(values), {}};
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    tensor.bounds.push_back(bound(desc, tensor.values[i], std::fabs(absolute[i])));
  }
  (tensor.name.empty() ? outputs_ : states_).push_back(std::move(tensor));
}

double Expected::bound(const TensorDesc& desc, double value, double magnitude) const {
  if (exact_ || !is_float(desc.dtype)) return 0;
  const double eps = epsilon(desc.dtype);
  const double scale = std::max({magnitude, std::fabs(value), options_.magnitude});
  return 4 * std::sqrt(terms_) * eps * scale + options_.slack_ulps * eps * std::fabs(value) + FLT_MIN;
}

Expected::Verdict Expected::compare(const DeviceRun& run) const {
  Verdict verdict;
  std::size_t wrong = 0;
  const auto compare_tensor = [&](const Tensor& tensor, const std::string& what, const std::vector<double>& got) {
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double expected = tensor.values[i];
      if (got[i] == expected || (std::isnan(got[i]) && std::isnan(expected))) continue;
      // A bound of 0 means bit equality, in the f32 (or integer) that the device can hold.
      if (tensor.bounds[i] == 0 && tensor.desc.dtype == DType::f32 &&
          got[i] == static_cast<double>(static_cast<float>(expected))) {
        continue;
      }
      const double ratio = std::fabs(got[i] - expected) / std::max(tensor.bounds[i], DBL_MIN);
      if (ratio <= 1) {
        verdict.worst = std::max(verdict.worst, ratio);
        continue;
      }
      if (wrong++ == 0) {
        verdict.failure = fmt::format("{} {} element {}: got {:.9g}, expected {:.9g} +- {:.3g}", what,
                                      tensor.desc.to_string(), i, got[i], expected, tensor.bounds[i]);
      }
    }
  };
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    compare_tensor(outputs_[i], fmt::format("output {}", i), run.output(i));
  }
  for (const Tensor& state : states_) compare_tensor(state, "state " + state.name, run.state(state.name));
  if (wrong > 1) verdict.failure += fmt::format(" ({} elements wrong)", wrong);
  return verdict;
}

double Expected::most_zeros() const {
  double most = 0;
  for (const Tensor& tensor : outputs_) {
    const auto zeros = std::count(tensor.values.begin(), tensor.values.end(), 0.0);
    most = std::max(most, static_cast<double>(zeros) / static_cast<double>(tensor.values.size()));
  }
  return most;
}

}  // namespace scoria::test
