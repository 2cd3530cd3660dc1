#!/bin/sh
# oneDNN's f32 matmul gives a row other bits when there are more or fewer rows, on processors without AVX-512.
#
# Expected: that row 0 of a b is a function of row 0 of a and of b, so that a text is answered alike alone and in a batch,
#   and data parallel training gives the bits of one device.
# What happens: on AVX2 (implementation gemm:jit) the kernels for the last rows and for few rows add in another order than
#   those for many; the number of threads, which cuts the rows, changes bits as well. On AVX-512 (brg:avx512_core) the
#   same products have equal bits for every M tried.
# Why it matters: what passes a test on one machine fails on another, in the last bit and in whatever is decided by it.
#
# Versions: libdnnl2 2.6.3-1 of Debian 12, x86-64. Date: 2026-12-01.
# Seen on a Zen 4, K = N = 768, row-major, one thread:
#   AVX2: M with the bits of M = 256: 128 64 17 16 6 5 4; with other bits: 255 33 32 13 8 7 1
#   ALL:  M with the bits of M = 256: 255 128 64 33 32 17 16 13 8 7 6 5 4 1; with other bits:
#
# Exit code: 0 as described; 1 something changed; 2 it cannot be tried here.
set -eu
cannot() { echo "onednn_rows: $1" >&2; exit 2; }
[ "$(uname -m)" = x86_64 ] || cannot "wants x86-64"
grep -qw avx2 /proc/cpuinfo || cannot "wants a processor with AVX2"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || cannot "wants Debian's packages"
command -v g++ >/dev/null || cannot "wants g++"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 >download.log 2>&1 || cannot "wants packages of Debian 12: $(tail -1 download.log)"
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >rows.cpp <<'END'
#include <cstdio>
#include <cstring>
#include <dnnl.hpp>
#include <random>
#include <string>
#include <vector>

int main() {
  using namespace dnnl;
  constexpr long K = 768, N = 768;
  engine host(engine::kind::cpu, 0);
  stream queue(host);
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> a(256 * K), b(K * N), c(256 * N), of_256;
  for (float& x : a) x = normal(random);
  for (float& x : b) x = normal(random);
  const auto matrix = [](long rows, long columns) {
    return memory::desc({rows, columns}, memory::data_type::f32, memory::format_tag::ab);
  };
  std::string same, other;
  for (long M : {256, 255, 128, 64, 33, 32, 17, 16, 13, 8, 7, 6, 5, 4, 1}) {
    matmul product(matmul::primitive_desc(matmul::desc(matrix(M, K), matrix(K, N), matrix(M, N)), host));
    memory in_a(matrix(M, K), host, a.data()), in_b(matrix(K, N), host, b.data()), out(matrix(M, N), host, c.data());
    product.execute(queue, {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
    queue.wait();
    if (M == 256) of_256 = c;
    else (std::memcmp(c.data(), of_256.data(), sizeof(float) * M * N) ? other : same) += " " + std::to_string(M);
  }
  std::printf("M with the bits of M = 256:%s; with other bits:%s\n", same.c_str(), other.c_str());
}
END
library=root/usr/lib/x86_64-linux-gnu
g++ -O1 -std=c++17 -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu rows.cpp -o rows \
  "$(ls $library/libdnnl.so.2.* | head -1)" -Wl,-rpath,"$folder/$library" 2>compile.log || cannot "$(tail -1 compile.log)"

changed=0
# try ISA OTHER: how the list of other bits must begin
try() {
  printed=$(ONEDNN_MAX_CPU_ISA=$1 OMP_NUM_THREADS=1 ./rows)
  echo "$1: $printed"
  case $printed in
    *"with other bits:$2"*) ;;
    *) changed=1 ;;
  esac
}
try AVX2 " 255 33 32 13 8 7"
if grep -qw avx512vl /proc/cpuinfo; then
  printed=$(ONEDNN_MAX_CPU_ISA=ALL OMP_NUM_THREADS=1 ./rows)
  echo "ALL: $printed"
  case $printed in *"with other bits:") ;; *) changed=1 ;; esac
fi
[ $changed = 0 ] || { echo "onednn_rows: not as described"; exit 1; }
