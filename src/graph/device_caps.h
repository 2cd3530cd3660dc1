#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace scoria {

enum class DeviceClass : std::uint8_t { Cpu, Integrated, Discrete, Virtual, Other };

/// What kernel choice may ask of a device: plain numbers, so that choices, grids and refusals are tested for
/// any pretended device on a machine with none. Defaults are the minimum Vulkan 1.2 promises.
struct DeviceCaps {
  std::string name = "minimal";
  DeviceClass device_class = DeviceClass::Other;
  std::uint32_t vendor_id = 0;
  std::uint32_t device_id = 0;
  std::uint32_t driver_version = 0;                         ///< as the driver encodes it
  bool is_llvmpipe = false;                                 ///< VK_DRIVER_ID_MESA_LLVMPIPE
  std::array<std::uint32_t, 3> driver_release = {0, 0, 0};  ///< major, minor, patch where the driver tells: Mesa 26.1.6

  std::uint32_t subgroup_size = 4;
  std::uint32_t min_subgroup_size = 4;
  std::uint32_t max_subgroup_size = 4;
  bool subgroup_size_control = false;  ///< a pipeline may require a size within [min, max]
  bool subgroup_arithmetic = false;
  bool subgroup_shuffle = false;
  bool subgroup_ballot = false;

  std::uint32_t max_workgroup_invocations = 128;
  std::array<std::uint32_t, 3> max_workgroup_size = {128, 128, 64};
  std::array<std::uint32_t, 3> max_workgroup_count = {65535, 65535, 65535};
  std::uint32_t shared_memory_bytes = 16384;
  std::uint32_t max_push_bytes = 128;

  bool int64 = false;
  bool float16 = false;         ///< f16 arithmetic
  bool storage16 = false;       ///< 16-bit loads and stores through addresses
  bool unified_memory = false;  ///< the host sees device memory directly

  /// One buffer, and so one tensor, takes no more. 4 GiB at most, whatever the device allows: indices of kernels are
  /// 32-bit words, and signed in SPIR-V.
  std::uint64_t max_allocation_bytes = 1ull << 30;
  std::uint32_t compute_units = 0;  ///< 0 when the driver does not tell
};

/// What files about a device are filed under: vendor, model, deviceUUID, driver version. The UUID alone may be no more
/// than the card's place in the machine (RADV: the PCI address), which another card takes over.
std::string device_key(const DeviceCaps& caps, std::string_view uuid);

/// The kernel family a user forces for an op, "" for the best one: SCORIA_KERNELS="matmul=tile,attention=basic".
std::string forced_kernel(std::string_view op);

/// While it lives, the plans that this thread makes force one op's kernel, whatever SCORIA_KERNELS says.
class ForcedKernel {
 public:
  ForcedKernel(std::string op, std::string kernel);
  ~ForcedKernel();
  ForcedKernel(const ForcedKernel&) = delete;
  ForcedKernel& operator=(const ForcedKernel&) = delete;

 private:
  std::string outer_op_, outer_kernel_;
};

}  // namespace scoria
