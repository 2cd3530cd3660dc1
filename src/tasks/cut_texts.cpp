#include "tasks/cut_texts.h"

#include <algorithm>
#include <iterator>

#include "scoria/tasks/text_windows.h"

namespace scoria {
namespace {

std::size_t fixed_tokens(const Tokenizer& tokenizer, const TextInput& text, const Encoding& whole) {
  if (!text.second) return 1;
  std::vector<std::int32_t> first;
  tokenizer.append_ids(text.first, first);
  return fixed_tokens(whole, first.size());
}

}  // namespace

CutTexts cut_texts(const Tokenizer& tokenizer, std::span<const TextInput> texts, std::int64_t max_length,
                   std::int64_t stride) {
  CutTexts cut{{}, std::vector<std::size_t>(texts.size(), 1)};
  if (stride == 0) {
    cut.windows = tokenizer.encode_batch(
        texts, {.truncation = Truncation::LongestFirst, .max_length = static_cast<std::uint32_t>(max_length)});
    return cut;
  }
  const std::vector<Encoding> encodings = tokenizer.encode_batch(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<Encoding> windows =
        text_windows(encodings[i], fixed_tokens(tokenizer, texts[i], encodings[i]), static_cast<std::size_t>(max_length),
                     static_cast<std::size_t>(stride));
    cut.counts[i] = windows.size();
    std::ranges::move(windows, std::back_inserter(cut.windows));
  }
  return cut;
}

}  // namespace scoria
