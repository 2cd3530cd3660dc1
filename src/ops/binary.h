#pragma once

#include "ops/elementwise.h"

namespace scoria {

/// What add, multiply and divide share: b, input 1, repeats along a, input 0.

using ArraysFn = void (*)(const float* a, const float* b, float* y, std::int64_t n);
using NumberFn = void (*)(const float* a, float b, float* y, std::int64_t n);

CpuKernel binary_cpu(const OpCall& call, ArraysFn arrays, NumberFn number);
ElementwiseKernel binary_kernel(std::string_view shader, const OpCall& call);
double one_flop_an_element(const OpCall& call);

inline constexpr Alias kBinaryAliases[] = {{0, 0, AliasKind::Reuse}, {0, 1, AliasKind::Reuse}};

}  // namespace scoria
