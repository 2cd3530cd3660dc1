#pragma once

#include <cstdint>
#include <vector>

#include "graph/op_def.h"
#include "scoria/ops.h"

namespace scoria {

/// What layer_norm and dropout_add_layer_norm share.

/// Rows first .. last - 1 of y, mean and rstd.
void layer_norm_rows(const float* x, const float* gamma, const float* beta, std::int64_t first, std::int64_t last,
                     std::int64_t n, float eps, float* y, float* mean, float* rstd);

/// One row in double; returns mean and rstd.
struct RowStatistics {
  double mean, rstd;
};
RowStatistics layer_norm_reference_row(const double* x, const double* gamma, const double* beta, std::int64_t n,
                                       double eps, double* y);

/// Throws unless inputs gamma and gamma + 1 are gamma and beta of x's last axis and eps is positive.
void expect_affine(const OpCall& call, std::size_t gamma);

/// The forward kernels. `operands` has the buffers and words of shaders/layer_norm.comp for the variant, "plain" or
/// "dropout"; x is [..., n].
std::vector<std::uint32_t> layer_norm_words(const OpCall& call);
PlannedKernel layer_norm_subgroup(Dispatch operands, std::string_view variant, const Shape& x, const DeviceCaps& caps);
PlannedKernel layer_norm_workgroup(Dispatch operands, std::string_view variant, const Shape& x, const DeviceCaps& caps);
KernelPlan layer_norm_basic(Dispatch operands, std::string_view variant, const Shape& x, const DeviceCaps& caps);

CpuKernel layer_norm_grad_cpu(const OpCall& call);

}  // namespace scoria
