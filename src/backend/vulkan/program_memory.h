#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/vulkan/open_device.h"
#include "backend/vulkan/vulkan_state_store.h"
#include "plan/program.h"

namespace scoria::vulkan {

/// All memory of one program on a device: its own blocks, and those of its states.
class ProgramMemory {
 public:
  ProgramMemory(OpenDevice& open, const Program& program, VulkanStateStore& store);

  const Buffer& buffer(const Region& region) const;
  std::uint64_t address(const Region& region) const { return buffer(region).address() + region.offset; }

  /// Where the host puts inputs; nullptr if it writes the input block itself.
  const Buffer* input_staging() const { return staging_.get(); }
  const Buffer* input() const { return input_.get(); }
  void write_input(const Region& region, std::span<const std::byte> bytes);
  void fill_intermediates(std::uint32_t pattern);

 private:
  OpenDevice& open_;
  std::vector<std::shared_ptr<Buffer>> arena_;  ///< shared with programs of the same states
  std::unique_ptr<Buffer> input_, output_, staging_;
  std::vector<const Buffer*> states_;
};

}  // namespace scoria::vulkan
