#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// Tokens [begin, end) of a text.
struct Window {
  std::size_t begin, end;
};

/// The windows of a text and, where there is one, of the second; the first of each is what truncation keeps.
struct Windows {
  std::vector<Window> first;
  std::vector<Window> second;
};

/// How texts of so many tokens are cut into windows that hold `room` tokens together: Hugging Face's rules
/// (tokenizers, utils/truncation.rs), the odd ones included: under LongestFirst two texts that are both over half of
/// the room get half each, the odd token going to the longer, or to the second of two alike; and a text cut to
/// nothing has one window more, that of the whole.
/// Throws Error (Usage) where the options cannot be met.
Windows cut(std::size_t first_count, std::optional<std::size_t> second_count, std::size_t room,
            const EncodeOptions& options);

}  // namespace scoria
