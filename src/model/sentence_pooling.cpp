#include "scoria/model/sentence_pooling.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scoria {
namespace {

using Mode = SentencePooling::Mode;

struct ModeName {
  Mode mode;
  std::string_view name;
};

constexpr std::array<ModeName, 6> kModes{{{Mode::Cls, "cls"},
                                          {Mode::Max, "max"},
                                          {Mode::Mean, "mean"},
                                          {Mode::MeanSqrtLength, "mean_sqrt_len_tokens"},
                                          {Mode::WeightedMean, "weightedmean"},
                                          {Mode::LastToken, "lasttoken"}}};

// Of the tokens [begin, end); those before are a prompt's.
void write_weights(Mode mode, std::span<float> row, std::size_t begin, std::size_t end) {
  if (begin >= end) {
    if (mode == Mode::Cls) row[0] = 1;
    return;
  }
  const std::span<float> kept = row.subspan(begin, end - begin);
  const auto count = static_cast<double>(kept.size());
  if (mode == Mode::Cls) {
    kept.front() = 1;
  } else if (mode == Mode::LastToken) {
    kept.back() = 1;
  } else if (mode == Mode::WeightedMean) {
    const double sum = count * static_cast<double>(begin + 1 + end) / 2;  // of begin + 1 .. end
    for (std::size_t i = begin; i < end; ++i) row[i] = static_cast<float>(static_cast<double>(i + 1) / sum);
  } else {
    std::ranges::fill(kept, static_cast<float>(1 / (mode == Mode::Mean ? count : std::sqrt(count))));
  }
}

}  // namespace

bool SentencePooling::has(Mode mode) const { return std::ranges::find(modes, mode) != modes.end(); }

Tensor SentencePooling::weights(std::span<const std::int32_t> lengths, std::int64_t sequence_length,
                                std::int64_t prompt_tokens) const {
  std::vector<Mode> linear;
  std::ranges::copy_if(modes, std::back_inserter(linear), [](Mode mode) { return mode != Mode::Max; });
  Tensor result(DType::f32, {static_cast<std::int64_t>(lengths.size()), static_cast<std::int64_t>(linear.size()),
                             sequence_length});
  std::span<float> left = result.values<float>();
  for (const std::int32_t length : lengths) {
    for (const Mode mode : linear) {
      write_weights(mode, left.first(static_cast<std::size_t>(sequence_length)),
                    static_cast<std::size_t>(prompt_tokens), static_cast<std::size_t>(length));
      left = left.subspan(static_cast<std::size_t>(sequence_length));
    }
  }
  return result;
}

std::string_view name_of(Mode mode) { return std::ranges::find(kModes, mode, &ModeName::mode)->name; }

std::optional<Mode> pooling_mode(std::string_view name) {
  const auto* found = std::ranges::find(kModes, name, &ModeName::name);
  return found == kModes.end() ? std::nullopt : std::optional(found->mode);
}

}  // namespace scoria
