#include "inspect/token_flow.h"

#include <string>

namespace scoria {
namespace {

TokenFlow::Text normalized_text(const Tokenizer& tokenizer, std::string_view raw) {
  TokenFlow::Text text{std::string(raw), ""};
  for (const NormalizedWord& word : tokenizer.normalize(raw))
    text.normalized.append(text.normalized.empty() ? "" : " ").append(word.text);
  return text;
}

std::int64_t added_tokens(const InspectionOptions& options) { return options.text_b ? 3 : 2; }

std::int64_t whole_size(const Tokenizer& tokenizer, const InspectionOptions& options) {
  std::vector<std::int32_t> ids;
  tokenizer.append_ids(options.text, ids);
  if (options.text_b) tokenizer.append_ids(*options.text_b, ids);
  return static_cast<std::int64_t>(ids.size()) + added_tokens(options);
}

}  // namespace

TokenFlow make_token_flow(const Tokenizer& tokenizer, const InspectionOptions& options, std::int64_t most_positions) {
  TokenFlow flow;
  flow.texts.push_back(normalized_text(tokenizer, options.text));
  if (options.text_b) flow.texts.push_back(normalized_text(tokenizer, *options.text_b));
  const EncodeOptions cutting{.truncation = Truncation::LongestFirst,
                              .max_length = static_cast<std::uint32_t>(most_positions)};
  Encoding encoding = tokenizer.encode({options.text, options.text_b}, cutting);
  flow.pieces = tokenizer.tokens(encoding.ids);
  flow.cut = whole_size(tokenizer, options) - static_cast<std::int64_t>(encoding.ids.size());
  flow.ids = std::move(encoding.ids);
  flow.segments = std::move(encoding.segments);
  flow.bytes = std::move(encoding.offsets);
  flow.special = std::move(encoding.special_tokens_mask);
  return flow;
}

}  // namespace scoria
