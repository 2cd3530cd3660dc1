#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "scoria/tensor.h"

namespace scoria {

/// How a model makes one vector of a sentence, as sentence-transformers says it beside the weights: modules.json,
/// the pooling module's config.json, sentence_bert_config.json.
struct SentencePooling {
  enum class Mode { Cls, Mean };
  Mode mode = Mode::Mean;
  bool normalize = false;  ///< vectors of length 1
  /// In tokens, [CLS] and [SEP] too; 0: not said, then it is max_position_embeddings.
  std::int64_t max_sequence_length = 0;

  /// The weights of pool_sequences (model/bert.h), [B, S] f32.
  Tensor weights(std::span<const std::int32_t> lengths, std::int64_t sequence_length) const;
  /// Scales each row of B vectors of H to length 1 where `normalize` asks for it; a row of zeros stays.
  void finish(std::span<float> vectors, std::int64_t hidden_size) const;
};

/// None for a folder without modules.json: an ordinary BERT. Throws Error (Input), one line, for modules and poolings
/// that are not computed here (Dense, max, ...) and for a module path that leaves the folder.
std::optional<SentencePooling> load_sentence_pooling(const std::filesystem::path& folder);

}  // namespace scoria
