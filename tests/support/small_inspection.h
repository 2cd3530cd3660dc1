#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/inspect/inspection.h"
#include "support/test_device.h"

namespace scoria::test {

/// A model of random weights that are large enough for layers to differ, and a vocabulary that is not as large as it.
struct SmallBert {
  BertModel model;
  Tokenizer tokenizer;

  explicit SmallBert(BertHead head = BertHead::MaskedLm, std::uint64_t seed = 1, std::int64_t layers = 3,
                     std::vector<std::string> words = {"the", "river", "bank", "##s", "is", "un", "##able", ".", "e"})
      : model(BertModel::make(config_of(layers), head, seed)), tokenizer(vocabulary_of(words)) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::normal_distribution<float> normal(0, 0.3f);
    for (const PlacedParameter& parameter : model.layout.parameters()) {
      if (parameter.start == ParameterSpec::Start::Ones) continue;
      for (std::int64_t i = 0; i < parameter.element_count(); ++i)
        model.weights.values<float>()[static_cast<std::size_t>(parameter.offset + i)] = normal(random);
    }
  }

  Inspection inspect(std::string_view text, std::optional<std::string_view> text_b = {}) const {
    Inspection seen =
        scoria::inspect(model, tokenizer, cpu_test_device(), {.text = text, .text_b = text_b, .top_k = 4});
    seen.model_name = "small";
    return seen;
  }

  static BertConfig config_of(std::int64_t layers) {
    BertConfig config;
    config.vocab_size = 40;
    config.hidden_size = 24;
    config.num_hidden_layers = layers;
    config.num_attention_heads = 3;
    config.intermediate_size = 32;
    config.max_position_embeddings = 20;
    return config;
  }
  static std::vector<std::string> vocabulary_of(const std::vector<std::string>& words) {
    std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    tokens.insert(tokens.end(), words.begin(), words.end());
    return tokens;
  }
};

}  // namespace scoria::test
