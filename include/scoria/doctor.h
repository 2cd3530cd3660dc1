#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scoria/device.h"
#include "scoria/graph.h"

namespace scoria {

/// What a self-test learnt of one kernel of an op.
struct KernelVerdict {
  enum class State {
    Right,
    Wrong,    ///< its cases fail with it, and not with another kernel of its op
    Suspect,  ///< took part in a case that fails with every other kernel too
    Refused,  ///< not for this device; note says why
  };
  std::string op;
  std::string kernel;  ///< "" on the CPU backends, which have one way
  State state = State::Right;
  int cases = 0;
  double worst = 0;  ///< largest error of any case as a share of its bound; infinite where equality was asked for
  std::string note;  ///< the worst case, the error that ended it, or the reason of a refusal
};

/// Runs every kernel of every op that has kernels on small cases, forward and gradient, and compares with the double
/// reference: drivers exist that compute wrongly what they advertise. A few seconds; more where a driver compiles
/// slowly. The bound of a sum of k terms is (4 sqrt(k) + 8) * 2^-23 * the largest magnitude of the tensor; cases
/// of integers have to be right to the bit.
/// A kernel that is wrong can be avoided with SCORIA_KERNELS="op=another".
std::vector<KernelVerdict> self_test(const Device& device);

/// Runs self_test on a GPU when it is first seen with its driver and this build (a file in the user's cache remembers),
/// and from then on has the plans of this process avoid kernels that were wrong; each is a warning in the log. Does
/// nothing on the CPU backends and on software devices. Returns the number of kernels avoided.
int avoid_wrong_kernels(const Device& device);

/// What a driver's compiler made of one kernel, for one set of constants. What it does not tell is absent.
struct CompiledKernel {
  std::string kernel;  ///< op and choice, "matmul=tile"
  std::string shader;
  std::vector<std::uint32_t> constants;   ///< specialization constants; the first is the workgroup size
  std::uint32_t subgroup_size = 0;        ///< invocations
  std::optional<double> registers;        ///< an invocation (Adreno: of four words; Apple: of half a word; Intel: a subgroup's)
  std::optional<double> spills;           ///< registers written to memory
  std::optional<double> shared_bytes;     ///< a workgroup
  std::optional<double> scratch_bytes;    ///< private memory of an invocation
  std::optional<double> code_bytes;
  std::optional<double> instructions;
  std::optional<double> waves;  ///< subgroups that fit at once: a SIMD (AMD), an SM (NVIDIA), a core (Adreno, Apple)
  std::vector<std::pair<std::string, double>> told;  ///< all of it, in the driver's words
};

/// Plans the graphs for the device and compiles each different pipeline, past every cache; nothing runs, so that the
/// device may be one that a shim pretends. Sorted by shader and constants. Throws Error (Device) naming the shader where
/// a driver refuses one, where it tells nothing of its compiler, and on the CPU backends.
std::vector<CompiledKernel> compile_kernels(const Device& device, std::span<const Graph> graphs);
/// The graphs of self_test: between them every op, forward and gradient.
std::vector<Graph> self_test_graphs();

/// Ops with kernels that no case of self_test uses; for tests of the self-test.
std::vector<std::string> ops_without_self_test();

/// Why Device::list() has no Vulkan device, "no Vulkan loader (libvulkan.so.1); ..."; "" if it has one.
std::string vulkan_refusal();

}  // namespace scoria
