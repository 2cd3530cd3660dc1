#pragma once

#include <cstdint>

#include "graph/device_caps.h"

namespace scoria {

/// 32-bit registers that a device's compiler can give an invocation before it spills them to memory, in a subgroup of
/// `subgroup_size` (0: one of the compiler's choice). Vulkan does not tell: by the vendor's instruction set where it is
/// known to allow 255 (AMD, NVIDIA since Maxwell), else 128; 255 on software devices, whose spills stay in a cache. A
/// thread of Intel's has 128 registers as wide as its smallest subgroup, and lanes of a larger one share them.
/// Sources: AMD "RDNA 2 Instruction Set Architecture" 3.6; NVIDIA "CUDA C++ Programming Guide", technical
/// specifications; Intel "Programmer's Reference Manual", volume 7, execution unit.
std::uint32_t lane_registers(const DeviceCaps& caps, std::uint32_t subgroup_size = 0);

}  // namespace scoria
