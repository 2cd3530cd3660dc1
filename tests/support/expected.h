#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/device_run.h"
#include "support/op_check.h"

namespace scoria::test {

/// What a case must give, and how far off each element may be.
class Expected {
 public:
  Expected(const OpCase& op_case, const OpCaseOptions& options, bool is_gradient);

  struct Verdict {
    std::string failure;  ///< "" when every element is within its bound
    double worst = 0;     ///< largest error / bound
  };
  Verdict compare(const DeviceRun& run) const;

  /// The share of zeros in the output that has most of them.
  double most_zeros() const;

 private:
  struct Tensor {
    std::string name;  ///< of a state; "" for outputs
    TensorDesc desc;
    std::vector<double> values;
    std::vector<double> bounds;
  };
  void add(std::string name, const TensorDesc& desc, std::vector<double> values, const std::vector<double>& absolute);
  double bound(const TensorDesc& desc, double value, double magnitude) const;

  OpCaseOptions options_;
  bool exact_;
  double terms_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor> states_;
};

}  // namespace scoria::test
