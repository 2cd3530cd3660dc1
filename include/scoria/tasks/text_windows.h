#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scoria/model/bert.h"
#include "scoria/text/encoding.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// The tokens that a model reads of a text, special ones included, where nobody says how many: its positions, or the
/// tokenizer's max_length() where that is less. Throws Error (Input) where that is fewer than the 3 special tokens of a
/// pair and a token.
std::int64_t most_tokens(const BertConfig& config, const Tokenizer& tokenizer);

/// How many tokens stand before the second text of a pair whose first has first_count: [CLS] first [SEP], or what else a
/// tokenizer puts there.
std::size_t fixed_tokens(const Encoding& pair, std::size_t first_count);

/// Cuts the text at the end of an encoding into windows: of `[CLS] text [SEP]` with one fixed token the text, of
/// `[CLS] first [SEP] second [SEP]` with `first` and two more fixed the second.
///
///     fixed  text[0, room)           [SEP]         room = max_length - fixed - 1
///     fixed  text[stride, + room)    [SEP]         and so on, until a window has the end
///
/// A step is stride tokens from first to first, as in run_squad.py, at most room; each window but the last is
/// max_length long. A text that fits is one window, the encoding itself.
/// Throws Error (Usage) if stride is 0, Error (Input) if the fixed tokens leave no room.
std::vector<Encoding> text_windows(const Encoding& whole, std::size_t fixed, std::size_t max_length,
                                   std::size_t stride);

}  // namespace scoria
