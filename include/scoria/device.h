#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

class Backend;

/// A device as a user sees it.
struct DeviceInfo {
  int index = -1;                       ///< Vulkan's enumeration order; -1 for the CPU backends
  std::string name;                     ///< "Radeon RX 7900 XT", "CPU (avx512, 2 threads)"
  std::string kind;                     ///< "discrete", "integrated", "software", "cpu", "reference"
  std::string driver;                   ///< "radv Mesa 26.1.6"
  std::string uuid;                     ///< 32 hexadecimal digits; empty for the CPU backends
  std::uint64_t memory_bytes = 0;       ///< of the heap that tensors live in; 0 if unknown
  std::uint64_t memory_free_bytes = 0;  ///< where the driver tells (memory budget); 0 if unknown
  std::vector<std::string> features;    ///< "subgroup 32", "f16", "int64", ...
  std::string refusal;                  ///< why the engine cannot use it; empty if it can
};

/// Counted since the executable was made.
struct StepStatistics {
  std::uint64_t steps = 0;
  std::uint64_t device_allocations = 0;
  std::uint64_t device_bytes = 0;
  std::uint32_t dispatches = 0;  ///< per step; nodes per step on the CPU
  std::uint32_t barriers = 0;    ///< per step
  std::uint32_t submits = 0;     ///< of the last step
  double host_ms = 0;            ///< of the last step: time the host spent other than waiting
  double device_ms = 0;          ///< of the last step
};

/// A handle to an opened device; copies share it.
class Device {
 public:
  /// Opens by selector: "auto", "cpu", "reference" (double arithmetic, slow: the oracle), an index, a part of a
  /// name (any case) or a UUID. "auto" is the best discrete GPU, then an integrated one, then the CPU backend; a
  /// software Vulkan driver is used only when asked for by name, index or UUID. "cpu" and "reference" never open the
  /// Vulkan loader. Throws Error (Device) that lists the devices seen and why each was refused.
  static Device open(std::string_view selector = "auto");
  /// All devices, the CPU backend last. Never throws for want of Vulkan: the list is then shorter.
  static std::vector<DeviceInfo> list();

  const DeviceInfo& info() const;
  /// One line: which device and why it was chosen.
  const std::string& choice_reason() const;

  /// For the library's own rooms.
  Backend& backend() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scoria
