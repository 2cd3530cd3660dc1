#!/bin/sh
# oneDNN keeps addresses of data in the stack pointer while it multiplies matrices of f32.
#
# Expected: that the stack pointer of a thread points into its stack, as the System V ABI for x86-64 says and as the
#   kernel assumes when it delivers a signal.
# What happens: the code that oneDNN generates for dnnl_sgemm on AVX2 and on AVX-512, and for its f32 matmul on AVX2
#   (implementation gemm:jit), uses rsp as one more pointer into its packing buffers, which lie in the heap or in
#   anonymous memory. The f32 and bf16 matmul of AVX-512 (brg:*) and what it generates for AVX and SSE4.1 do not.
# Why it matters: a signal handler without a stack of its own (SA_ONSTACK) that runs on such a thread, on Ctrl-C, of a
#   profiler's timer, of a language's runtime, has its frame written below that pointer: into whatever lies in the heap
#   before the buffer. Programs then end in glibc's "corrupted size vs. prev_size", or go on with other numbers.
#   Here handlers run on a stack of their own and only look, so nothing is harmed.
# What to do: block signals around calls and on every worker, or give every thread a sigaltstack and handlers SA_ONSTACK.
#
# Versions: libdnnl2 2.6.3-1 of Debian 12, x86-64; the AVX2 code of oneDNN 3.7.2 (Debian 13) does the same. Date: 2026-12-01.
# Seen on a Zen 4 (two threads; the share on AVX-512 depends on the shape and on the threads):
#   AVX2        matmul nn gemm:jit        600 samples, 50 outside of the stack, the first in: rw-p anonymous memory
#   AVX2        sgemm  nn dnnl_sgemm      600 samples, 50 outside of the stack, the first in: rw-p [heap]
#   ALL         matmul nn brg:avx512_core 601 samples, 0 outside of the stack
#   ALL         sgemm  nn dnnl_sgemm      600 samples, 259 outside of the stack, the first in: rw-p [heap]
#
# Exit code: 0 as described; 1 something changed; 2 it cannot be tried here.
set -eu
cannot() { echo "onednn_stack_pointer: $1" >&2; exit 2; }
[ "$(uname -m)" = x86_64 ] || cannot "wants x86-64"
grep -qw avx2 /proc/cpuinfo || cannot "wants a processor with AVX2"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || cannot "wants Debian's packages"
command -v g++ >/dev/null || cannot "wants g++"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 >download.log 2>&1 || cannot "wants packages of Debian 12: $(tail -1 download.log)"
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >probe.cpp <<'END'
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dnnl.hpp>
#include <string>
#include <vector>

static volatile long samples = 0, outside = 0;
static volatile std::uintptr_t first_outside = 0;
static thread_local std::uintptr_t low = 0, high = 0;

static void look(int, siginfo_t*, void* context) {
  if (high == 0) return;
  const auto pointer = static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RSP]);
  samples = samples + 1;
  if (pointer >= low && pointer < high) return;
  outside = outside + 1;
  if (first_outside == 0) first_outside = pointer;
}

// A stack for handlers, and where the thread's own one lies.
static void enter_thread() {
  pthread_attr_t attributes;
  void* start;
  std::size_t bytes;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &start, &bytes);
  pthread_attr_destroy(&attributes);
  stack_t own{};
  own.ss_size = 1 << 16;
  own.ss_sp = std::malloc(own.ss_size);
  sigaltstack(&own, nullptr);
  low = reinterpret_cast<std::uintptr_t>(start);
  high = low + bytes;
}

static std::string mapping_of(std::uintptr_t address) {
  std::string found = "unmapped memory";
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  for (char line[512]; maps && std::fgets(line, sizeof line, maps);) {
    unsigned long first, last;
    char mode[8], name[256] = "anonymous memory";
    if (std::sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &first, &last, mode, name) >= 3 && address >= first &&
        address < last)
      found = std::string(mode) + " " + name;
  }
  return found;
}

int main(int, char** arguments) {
  using namespace dnnl;
  const bool is_matmul = std::string(arguments[1]) == "matmul";
  constexpr long M = 256, N = 768, K = 768;
  std::vector<float> a(M * K, 1e-3f), b(K * N, 1e-3f), c(M * N);
#pragma omp parallel
  enter_thread();
  struct sigaction action {};
  action.sa_sigaction = look;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigaction(SIGPROF, &action, nullptr);
  engine host(engine::kind::cpu, 0);
  stream queue(host);
  const auto matrix = [](long rows, long columns) {
    return memory::desc({rows, columns}, memory::data_type::f32, memory::format_tag::ab);
  };
  matmul::primitive_desc prepared(matmul::desc(matrix(M, K), matrix(K, N), matrix(M, N)), host);
  matmul product(prepared);
  memory in_a(matrix(M, K), host, a.data()), in_b(matrix(K, N), host, b.data()), out(matrix(M, N), host, c.data());
  const itimerval every{{0, 250}, {0, 250}}, never{};
  setitimer(ITIMER_PROF, &every, nullptr);
  for (long i = 0; samples < 600 && i < 20000; ++i) {
    if (is_matmul) {
      product.execute(queue, {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
      queue.wait();
    } else {
      dnnl_sgemm('N', 'N', M, N, K, 1, a.data(), K, b.data(), N, 0, c.data(), N);
    }
  }
  setitimer(ITIMER_PROF, &never, nullptr);
  std::printf("%ld samples, %ld outside of the stack", long(samples), long(outside));
  if (outside != 0) std::printf(", the first in: %s", mapping_of(first_outside).c_str());
  std::printf("   (%s)\n", is_matmul ? prepared.impl_info_str() : "dnnl_sgemm");
}
END
library=root/usr/lib/x86_64-linux-gnu
g++ -O1 -std=c++17 -fopenmp -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu probe.cpp -o probe \
  "$(ls $library/libdnnl.so.2.* | head -1)" -Wl,-rpath,"$folder/$library" 2>compile.log || cannot "$(tail -1 compile.log)"

changed=0
# probe ISA WHAT EXPECTED: "some" or "none" outside of the stack
try() {
  printed=$(ONEDNN_MAX_CPU_ISA=$1 OMP_NUM_THREADS=2 ./probe "$2")
  printf '%-12s %-7s %s\n' "$1" "$2" "$printed"
  case "$3 $printed" in
    "some "*" 0 outside"*) changed=1 ;;
    "none "*" 0 outside"*) ;;
    none*) changed=1 ;;
  esac
}
try AVX2 matmul some
try AVX2 sgemm some
try AVX matmul none
if grep -qw avx512vl /proc/cpuinfo; then
  try ALL matmul none
  try ALL sgemm some
fi
[ $changed = 0 ] || { echo "onednn_stack_pointer: not as described"; exit 1; }
