#include "backend/vulkan/shader_needs.h"

namespace scoria::vulkan {
namespace {

// Numbers from the SPIR-V specification, sections 2.3, 3.31 and 3.42.
constexpr std::uint32_t kHeaderWords = 5;
constexpr std::uint32_t kOpCapability = 17;
constexpr std::uint32_t kShader = 1;
constexpr std::uint32_t kAddresses = 5347;  // bufferDeviceAddress, without which a device is refused
constexpr std::uint32_t kGroupBasic = 61, kGroupVote = 62;  // the vote is llvmpipe's, in a kernel for it alone
constexpr std::uint32_t kFloat16 = 9;
constexpr std::uint32_t kInt64 = 11;
constexpr std::uint32_t kStorage16 = 4433;
constexpr std::uint32_t kGroupArithmetic = 63;
constexpr std::uint32_t kGroupBallot = 64;
constexpr std::uint32_t kGroupShuffle = 65;

/// nullptr: the device has it.
const char* lack_of(std::uint32_t capability, const DeviceCaps& caps) {
  switch (capability) {
    case kShader:
    case kAddresses:
    case kGroupBasic:
    case kGroupVote:
      return nullptr;
    case kFloat16:
      return caps.float16 ? nullptr : "f16 arithmetic";
    case kInt64:
      return caps.int64 ? nullptr : "64-bit integers";
    case kStorage16:
      return caps.storage16 ? nullptr : "16-bit storage";
    case kGroupArithmetic:
      return caps.subgroup_arithmetic ? nullptr : "subgroup arithmetic";
    case kGroupBallot:
      return caps.subgroup_ballot ? nullptr : "subgroup ballot";
    case kGroupShuffle:
      return caps.subgroup_shuffle ? nullptr : "subgroup shuffle";
    default:
      return "a capability that this device was not asked for";
  }
}

}  // namespace

std::string find_lack(std::span<const std::uint32_t> spirv, const DeviceCaps& caps) {
  // Capabilities come first in a module.
  for (std::size_t at = kHeaderWords; at + 1 < spirv.size() && (spirv[at] & 0xffffu) == kOpCapability; at += 2) {
    if (const char* lack = lack_of(spirv[at + 1], caps)) return lack;
  }
  return {};
}

}  // namespace scoria::vulkan
