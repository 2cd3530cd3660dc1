#include "base/cpu_isa.h"

#include <doctest/doctest.h>

#include "base/target_clones.h"
#include "scoria/error.h"

namespace scoria {
namespace {

// Told apart by the width that the compiler may use.
SCORIA_TARGET_CLONES(float, sum_of_squares, (const float* x, std::int64_t n)) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

}  // namespace

TEST_CASE("SCORIA_CPU_ISA takes an instruction set that the processor has") {
  CHECK(parse_cpu_isa("", CpuIsa::Avx2) == CpuIsa::Avx2);
  CHECK(parse_cpu_isa("baseline", CpuIsa::Avx512) == CpuIsa::Baseline);
  CHECK(parse_cpu_isa("avx2", CpuIsa::Avx512) == CpuIsa::Avx2);
  CHECK(parse_cpu_isa("avx512", CpuIsa::Avx512) == CpuIsa::Avx512);
  CHECK(cpu_isa() <= processor_isa());
}

TEST_CASE("a wrong word of SCORIA_CPU_ISA is answered with the list, too much of it with what there is") {
  CHECK_THROWS_WITH_AS(parse_cpu_isa("AVX2", CpuIsa::Avx512),
                       "SCORIA_CPU_ISA: no word \"AVX2\"; the words are baseline, avx2, avx512", Error);
  CHECK_THROWS_WITH_AS(parse_cpu_isa("avx512", CpuIsa::Avx2),
                       "SCORIA_CPU_ISA=avx512: this processor has avx2 at most; give that or less", Error);
}

TEST_CASE("a function with clones gives its result on every instruction set that the processor has") {
  const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(sum_of_squares(x, 9) == 285);
  CHECK(TargetClones<&sum_of_squares_body>::baseline(x, 9) == 285);
#if defined(__x86_64__)
  if (processor_isa() >= CpuIsa::Avx2) CHECK(TargetClones<&sum_of_squares_body>::avx2(x, 9) == 285);
  if (processor_isa() >= CpuIsa::Avx512) CHECK(TargetClones<&sum_of_squares_body>::avx512(x, 9) == 285);
#endif
}

}  // namespace scoria
