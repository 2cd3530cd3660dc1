#include <algorithm>
#include <cmath>

#include "data/examples/example_source.h"

namespace scoria {

LengthBins::LengthBins(const PretrainingOptions& options) {
  const std::int64_t longest = options.sequence_length, n = options.length_bins;
  for (std::int64_t part = 1; part < n; ++part) {
    const auto length = static_cast<std::int32_t>((longest * part + n - 1) / n);
    const auto masked = static_cast<std::int32_t>(std::ceil(length * options.masked_fraction));
    bins_.push_back({length, std::clamp(masked, 1, options.max_predictions)});
  }
  bins_.push_back({options.sequence_length, options.max_predictions});
}

std::uint32_t LengthBins::bin_of(std::int64_t length, std::int64_t masked) const {
  std::uint32_t bin = 0;
  const auto holds = [&] { return length <= bins_[bin].sequence_length && masked <= bins_[bin].max_predictions; };
  while (bin + 1 < bins_.size() && !holds()) ++bin;
  return bin;
}

}  // namespace scoria
