#pragma once

#include "ops/elementwise.h"

namespace scoria {

/// What add, multiply and divide share: b, input 1, repeats along a, input 0.

using NumberFn = void (*)(const float* a, float b, float* y, std::int64_t n);

CpuKernel binary_cpu(const OpCall& call, MapTwoFn arrays, NumberFn number);
ElementwiseKernel binary_kernel(std::string_view shader, const OpCall& call);

}  // namespace scoria
