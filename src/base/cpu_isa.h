#pragma once

#include <cstdint>
#include <string_view>

namespace scoria {

/// The instruction sets that hot loops are compiled for, the smallest first.
enum class CpuIsa : std::uint8_t {
  Baseline,  ///< what the compiler was told: SSE2 on x86-64
  Avx2,      ///< x86-64-v3: AVX2, FMA, F16C, BMI
  Avx512,    ///< x86-64-v4: also AVX-512 F, BW, CD, DQ, VL
};

/// The set in use: the largest that the processor has, or what SCORIA_CPU_ISA says: "baseline", "avx2" or "avx512".
/// Throws Error (Usage) where that is another word or more than the processor has; Device::open asks first, so that
/// loops need not.
CpuIsa cpu_isa();

/// The largest that the processor has.
CpuIsa processor_isa();

/// What a value of SCORIA_CPU_ISA asks for; the empty one for `most`. Throws Error (Usage) as cpu_isa() does.
CpuIsa parse_cpu_isa(std::string_view word, CpuIsa most);

/// "baseline", "avx2", "avx512".
std::string_view cpu_isa_name(CpuIsa isa);

}  // namespace scoria
