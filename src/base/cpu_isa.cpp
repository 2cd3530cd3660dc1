#include "base/cpu_isa.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iterator>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kNames[] = {"baseline", "avx2", "avx512"};

CpuIsa isa_of_environment() {
  const char* word = std::getenv("SCORIA_CPU_ISA");
  return parse_cpu_isa(word ? word : "", processor_isa());
}

}  // namespace

CpuIsa cpu_isa() {
  static const CpuIsa isa = isa_of_environment();
  return isa;
}

CpuIsa processor_isa() {
#if defined(__x86_64__)
  // Every processor with these has the rest of x86-64-v3 too.
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2"))
    return CpuIsa::Baseline;
  const bool has_512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl");
  return has_512 ? CpuIsa::Avx512 : CpuIsa::Avx2;
#else
  return CpuIsa::Baseline;
#endif
}

CpuIsa parse_cpu_isa(std::string_view word, CpuIsa most) {
  if (word.empty()) return most;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] != word) continue;
    if (static_cast<CpuIsa>(i) <= most) return static_cast<CpuIsa>(i);
    throw Error(ErrorKind::Usage, fmt::format("SCORIA_CPU_ISA={}: this processor has {} at most; give that or less",
                                              word, cpu_isa_name(most)));
  }
  throw Error(ErrorKind::Usage,
              fmt::format("SCORIA_CPU_ISA: no word \"{}\"; the words are baseline, avx2, avx512", word));
}

std::string_view cpu_isa_name(CpuIsa isa) { return kNames[static_cast<std::size_t>(isa)]; }

}  // namespace scoria
