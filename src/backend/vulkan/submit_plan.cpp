#include "backend/vulkan/submit_plan.h"

#include <algorithm>

namespace scoria::vulkan {

std::vector<SubmitRange> split_evenly(std::uint32_t dispatch_count, std::uint32_t per_submit) {
  std::vector<SubmitRange> ranges;
  for (std::uint32_t first = 0; first < dispatch_count; first += per_submit) {
    ranges.push_back({first, std::min(dispatch_count, first + per_submit)});
  }
  return ranges;
}

std::vector<SubmitRange> split_by_time(std::span<const double> dispatch_ms, double budget_ms) {
  std::vector<SubmitRange> ranges;
  double spent_ms = 0;
  for (std::uint32_t i = 0; i < dispatch_ms.size(); ++i) {
    if (ranges.empty() || spent_ms + dispatch_ms[i] > budget_ms) {
      ranges.push_back({i, i});
      spent_ms = 0;
    }
    spent_ms += dispatch_ms[i];
    ranges.back().end = i + 1;
  }
  return ranges;
}

}  // namespace scoria::vulkan
