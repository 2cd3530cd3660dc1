// Times scoria's products beside oneDNN's, by turns in one process. Not part of the build, which does not need oneDNN:
//
//     apt-get install libdnnl-dev
//     g++ -O2 -std=c++20 -fopenmp -Isrc -Iinclude tests/bench/peer_onednn.cpp -o peer_onednn \
//         build/release/lib/libscoria.so -Wl,-rpath,build/release/lib -ldnnl
//     OMP_NUM_THREADS=2 ./peer_onednn
//     SCORIA_CPU_ISA=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=2 ./peer_onednn
//
// --cpu-time counts the processor's time instead of the clock's: for one thread on a machine that others use too.
// Prints a Markdown table: medians of GFLOP/s over the turns, the lowest and the highest of ours, and the ratio.

#include <dnnl.hpp>
#include <omp.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "gemm/sgemm.h"

namespace {

using namespace scoria;
using dnnl::memory;

constexpr int kTurns = 5;
clockid_t timing_clock = CLOCK_MONOTONIC;

double seconds() {
  timespec now{};
  clock_gettime(timing_clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<float> random_floats(std::int64_t count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = uniform(random);
  return values;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& name, double flops, const std::function<void()>& ours,
             const std::function<void()>& theirs) {
  const int calls = std::max(1, static_cast<int>(1e9 / flops));
  const auto gflops = [&](const std::function<void()>& run) {
    const double start = seconds();
    for (int i = 0; i < calls; ++i) run();
    return flops * calls / (seconds() - start) / 1e9;
  };
  std::vector<double> of_ours, of_theirs;
  gflops(ours);
  gflops(theirs);
  for (int turn = 0; turn < kTurns; ++turn) {
    of_ours.push_back(gflops(ours));
    of_theirs.push_back(gflops(theirs));
  }
  const auto [low, high] = std::minmax_element(of_ours.begin(), of_ours.end());
  std::printf("| %s | %.1f (%.1f to %.1f) | %.1f | %.2f |\n", name.c_str(), median(of_ours), *low, *high,
              median(of_theirs), median(of_ours) / median(of_theirs));
  std::fflush(stdout);
}

void compare_product(const char* layout, std::int64_t m, std::int64_t k, std::int64_t n) {
  const bool ta = layout[0] == 't', tb = layout[1] == 't';
  const std::vector<float> a = random_floats(m * k), b = random_floats(k * n);
  std::vector<float> c(static_cast<std::size_t>(m * n)), d = c;
  const SgemmCall call{
      m, n, k, {a.data(), ta ? 1 : k, ta ? m : 1}, {b.data(), tb ? 1 : n, tb ? k : 1}, c.data(), n};
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto matrix = [](std::int64_t rows, std::int64_t columns, bool transposed) {
    return memory::desc({rows, columns}, memory::data_type::f32,
                        transposed ? memory::dims{1, rows} : memory::dims{columns, 1});
  };
  const memory::desc da = matrix(m, k, ta), db = matrix(k, n, tb), dc = matrix(m, n, false);
  const dnnl::matmul primitive(dnnl::matmul::primitive_desc(dnnl::matmul::desc(da, db, dc), engine));
  const memory ma(da, engine, const_cast<float*>(a.data())), mb(db, engine, const_cast<float*>(b.data())),
      mc(dc, engine, d.data());
  compare(
      std::string(layout) + " | " + std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n),
      2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k), [&] { sgemm(call); },
      [&] {
        primitive.execute(stream, {{DNNL_ARG_SRC, ma}, {DNNL_ARG_WEIGHTS, mb}, {DNNL_ARG_DST, mc}});
        stream.wait();
      });
}

// Heads of attention, a product each, spread over the threads: rows of 3 x 12 x 64 floats, as qkv has them.
void compare_heads(const char* layout, std::int64_t m, std::int64_t k, std::int64_t n) {
  constexpr std::int64_t kHeads = 96;
  const bool ta = layout[0] == 't', tb = layout[1] == 't';
  constexpr std::int64_t kStride = 2304;
  const std::vector<float> a = random_floats(128 * kStride * 8), b = random_floats(128 * kStride * 8);
  std::vector<float> c(static_cast<std::size_t>(kHeads * m * n));
  const std::int64_t scratch_floats = sgemm_scratch_floats(n, k);
  std::vector<float> scratch(static_cast<std::size_t>(scratch_floats * omp_get_max_threads()));
  const auto at = [](std::int64_t head) { return head / 12 * 128 * kStride + head % 12 * 64; };
  compare(
      "96 heads " + std::string(layout) + " | " + std::to_string(m) + " x " + std::to_string(k) + " x " +
          std::to_string(n),
      2.0 * kHeads * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k),
      [&] {
#pragma omp parallel for schedule(dynamic, 12)
        for (std::int64_t head = 0; head < kHeads; ++head)
          sgemm_alone({m,
                       n,
                       k,
                       {a.data() + at(head), ta ? 1 : kStride, ta ? kStride : 1},
                       {b.data() + at(head), tb ? 1 : kStride, tb ? kStride : 1},
                       c.data() + head * m * n,
                       n},
                      scratch.data() + omp_get_thread_num() * scratch_floats);
      },
      [&] {
#pragma omp parallel for schedule(dynamic, 12)
        for (std::int64_t head = 0; head < kHeads; ++head)
          dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1.0f, a.data() + at(head), kStride, b.data() + at(head),
                     kStride, 0.0f, c.data() + head * m * n, n);
      });
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--cpu-time") == 0) timing_clock = CLOCK_PROCESS_CPUTIME_ID;
  std::printf("| layout | M x K x N | scoria, GFLOP/s | oneDNN | ratio |\n|---|---|---|---|---|\n");
  constexpr std::int64_t kShapes[][3] = {{8, 768, 768},    {8, 768, 3072},   {32, 768, 768},   {64, 3072, 768},
                                         {200, 768, 768},  {1024, 768, 768}, {1024, 768, 3072}, {1024, 3072, 768},
                                         {4096, 128, 128}, {4096, 128, 512}, {4096, 512, 128}, {4096, 256, 1024},
                                         {4096, 1024, 256}, {640, 128, 30522}};
  for (const auto& [m, k, n] : kShapes) {
    compare_product("nn", m, k, n);
    compare_product("nt", m, k, n);
    if (m >= 640) compare_product("tn", k, m, n);
  }
  compare_heads("nt", 128, 64, 128);
  compare_heads("nn", 128, 128, 64);
  compare_heads("tn", 128, 128, 64);
}
