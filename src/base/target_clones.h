#pragma once

#include "base/cpu_isa.h"
#include "base/vector_math.h"

/// Before the body of a function with hot loops: compiles it for every instruction set of cpu_isa.h, and each call goes
/// to the one in use, so that the portable build is as fast as one made for the machine.
///
///     SCORIA_TARGET_CLONES(void, scale_array, (const float* x, float factor, float* y, std::int64_t n)) {
///       for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i];
///     }
///
/// What the function calls must be inlined into it to gain. The compilers' own attribute target_clones cannot be told
/// to take a smaller set, and is of no use to sanitizers, whose run time is not up yet when it chooses.
#define SCORIA_TARGET_CLONES(result, name, parameters)               \
  SCORIA_INLINE result name##_body parameters;                       \
  constexpr auto name = &::scoria::TargetClones<&name##_body>::call; \
  SCORIA_INLINE result name##_body parameters

#define SCORIA_TARGET_AVX2 "avx2,fma,f16c,bmi,bmi2,lzcnt,movbe"
#define SCORIA_TARGET_AVX512 SCORIA_TARGET_AVX2 ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl"

namespace scoria {

template <auto body>
struct TargetClones;

template <typename Result, typename... Arguments, Result (*body)(Arguments...)>
struct TargetClones<body> {
#if defined(__x86_64__)
  __attribute__((target(SCORIA_TARGET_AVX512))) static Result avx512(Arguments... arguments) {
    return body(arguments...);
  }
  __attribute__((target(SCORIA_TARGET_AVX2))) static Result avx2(Arguments... arguments) { return body(arguments...); }
#endif
  static Result baseline(Arguments... arguments) { return body(arguments...); }

  static Result call(Arguments... arguments) {
#if defined(__x86_64__)
    switch (cpu_isa()) {
      case CpuIsa::Avx512:
        return avx512(arguments...);
      case CpuIsa::Avx2:
        return avx2(arguments...);
      case CpuIsa::Baseline:
        break;
    }
#endif
    return baseline(arguments...);
  }
};

}  // namespace scoria
