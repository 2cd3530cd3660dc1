#include "scoria/tasks/fill_mask.h"

#include <fmt/format.h>

#include "scoria/error.h"
#include "tasks/softmax.h"

namespace scoria {
namespace {

std::vector<std::int32_t> masks_of(const Encoding& text, std::int32_t mask_id) {
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < text.ids.size(); ++i) {
    if (text.ids[i] == mask_id) positions.push_back(static_cast<std::int32_t>(i));
  }
  return positions;
}

std::vector<TokenGuess> guesses_of(std::span<const float> logits, std::size_t top_k) {
  const std::vector<float> probabilities = softmax(logits);
  std::vector<TokenGuess> guesses;
  for (const std::size_t id : largest_places(logits, top_k))
    guesses.push_back({static_cast<std::int32_t>(id), probabilities[id]});
  return guesses;
}

}  // namespace

std::vector<std::vector<MaskGuesses>> fill_mask(BertRunner& runner, const Tokenizer& tokenizer,
                                                std::span<const std::string_view> texts, std::size_t top_k) {
  const auto most = static_cast<std::size_t>(runner.config().max_position_embeddings);
  std::vector<Encoding> encodings;
  std::vector<std::vector<std::int32_t>> positions;
  std::vector<std::vector<MaskGuesses>> results(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    encodings.push_back(tokenizer.encode(texts[i]));
    if (encodings[i].ids.size() > most)
      throw Error(ErrorKind::Input, fmt::format("text {}: {} tokens, and the model reads {}; shorten it", i,
                                                encodings[i].ids.size(), most));
    positions.push_back(masks_of(encodings[i], tokenizer.mask_id()));
    for (const std::int32_t at : positions[i])
      results[i].push_back({encodings[i].offsets[static_cast<std::size_t>(at)], {}});
  }
  runner.token_logits(encodings, positions, [&](std::size_t text, std::size_t place, std::span<const float> logits) {
    results[text][place].guesses = guesses_of(logits, top_k);
  });
  return results;
}

}  // namespace scoria
