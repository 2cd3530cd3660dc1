#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace scoria::vulkan {

/// Dispatches [first, end) of a program that go to the device in one submit.
struct SubmitRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  friend bool operator==(const SubmitRange&, const SubmitRange&) = default;
};

/// Equal parts, for a program whose times are not known yet.
std::vector<SubmitRange> split_evenly(std::uint32_t dispatch_count, std::uint32_t per_submit);

/// As few submits as keep each within the budget; a dispatch that takes longer is alone in its submit.
std::vector<SubmitRange> split_by_time(std::span<const double> dispatch_ms, double budget_ms);

}  // namespace scoria::vulkan
