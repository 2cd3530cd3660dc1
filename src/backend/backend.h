#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/device_caps.h"
#include "plan/program.h"
#include "scoria/device.h"

namespace scoria {

/// Device memory that outlives programs: one block per state, found by name, zero when made.
class StateStore {
 public:
  virtual ~StateStore() = default;
  /// The block of a state, made if it is new. Throws Error (Memory) if it does not fit, Error (Usage) if the name
  /// is known with another desc.
  virtual std::uint32_t block(const std::string& name, const TensorDesc& desc) = 0;
  virtual void write(std::uint32_t block, std::uint64_t byte_offset, std::span<const std::byte> bytes) = 0;
  virtual void read(std::uint32_t block, std::uint64_t byte_offset, std::span<std::byte> bytes) const = 0;
};

/// What one op of a program took, summed over its nodes by Session::profile.
struct NodeTime {
  std::uint32_t node = 0;  ///< index into Program::nodes
  double ms = 0;
};

/// A program on a device, ready to run again and again.
class Executable {
 public:
  virtual ~Executable() = default;
  /// Copies into an input's memory; takes effect at the next run.
  virtual void write_input(std::uint32_t input, std::span<const std::byte> bytes) = 0;
  /// Runs the program once and waits for it. Throws Error (Device) if the device failed or dropped work.
  virtual void run() = 0;
  /// Copies an output of the last run.
  virtual void read_output(std::uint32_t output, std::span<std::byte> bytes) const = 0;
  /// Runs once like run(), measuring each node.
  virtual std::vector<NodeTime> run_timed() = 0;
  virtual StepStatistics statistics() const = 0;
  /// Fills the arena and the output block with a 32-bit pattern: a NaN pattern shows reads of memory that nobody
  /// wrote, a guard pattern shows writes beyond a tensor (PlanOptions::guard_bytes).
  virtual void fill_intermediates(std::uint32_t pattern) = 0;
  /// Copies any region of the program, for tests and for looking inside.
  virtual void read_region(const Region& region, std::span<std::byte> bytes) const = 0;
};

/// What the device was measured to do; the denominators of every "share of peak".
struct DevicePeaks {
  double gflops = 0;  ///< f32 multiply-adds, counted as two, from registers
  double gbps = 0;    ///< memory larger than the caches: copied, or on the host updated or read, whatever is fastest
};

/// What a driver's compiler tells of one compute pipeline (VK_KHR_pipeline_executable_properties), in its own words.
struct PipelineStatistics {
  std::uint32_t subgroup_size = 0;  ///< that the compiler chose; 0: not told
  std::vector<std::pair<std::string, double>> values;
};

/// A device that runs programs. It knows no op by name.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual const DeviceInfo& info() const = 0;
  /// For kernel choice; absent where programs run as nodes (the CPU, the double reference).
  virtual const DeviceCaps* caps() const = 0;
  virtual std::shared_ptr<StateStore> make_state_store() = 0;
  /// The program's states are looked up in (or added to) the store by name.
  virtual std::unique_ptr<Executable> load(Program program, std::shared_ptr<StateStore> store) = 0;
  /// Takes about a second.
  virtual DevicePeaks measure_peaks() = 0;
  /// Compiles the pipeline of each dispatch anew, past every cache, and runs nothing. Throws Error (Device) naming the
  /// shader that the driver refuses, or where the device tells no statistics.
  virtual std::vector<PipelineStatistics> compile(std::span<const Dispatch> dispatches) = 0;
};

}  // namespace scoria
