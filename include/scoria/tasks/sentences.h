#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scoria/model/sentence_pipeline.h"
#include "scoria/tasks/bert_runner.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// What becomes of a text that a model cannot read at once. Lengths are in tokens, [CLS] and [SEP] count.
struct LongTexts {
  enum class Pooling {
    Mean,    ///< the mean of the windows' logits
    Surest,  ///< the logits of the window whose best class is most probable, the first of equal ones
  };
  std::int64_t max_length = 0;  ///< 0, and at most: max_position_embeddings
  /// From the first token of a window to the first of the next; 0: no windows, what is too long is cut off at its end
  /// (of a pair: of the longer text first). With windows a pair's second text is cut.
  std::int64_t stride = 0;
  Pooling pooling = Pooling::Mean;
};

struct TextScores {
  std::vector<float> logits;  ///< one a label
  /// What BertConfig::score_function() makes of them: mostly a softmax, of independent labels and of a cross-encoder's
  /// one label a sigmoid, of a regression nothing.
  std::vector<float> probabilities;
  /// The label of the largest logit, the first of equal ones.
  std::size_t best() const;
};

/// The classes of texts or pairs, by a BertForSequenceClassification.
///
///     for (const TextScores& scores : classify(runner, tokenizer, texts))
///       std::puts(label_name(runner.config().labels, scores.best()).c_str());
///
/// Throws Error (Usage) for another head, and where windows cannot be cut: a first text as long as they are.
std::vector<TextScores> classify(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> texts,
                                 const LongTexts& long_texts = {});

/// How likely each pair's second text follows its first, by a BertForNextSentencePrediction or BertForPreTraining:
/// softmax(logits)[0]. Throws Error (Usage) for another head or a text without a second.
std::vector<float> next_sentence(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> pairs,
                                 std::int64_t max_length = 0);

/// How embed() is to differ from what the pipeline says.
struct EmbedOptions {
  std::optional<std::string> prompt = {};  ///< the text before every text, instead of the default prompt's
  std::int64_t max_length = 0;             ///< in tokens, instead of the pipeline's limit; 0: as it says
  std::int64_t layer = -1;                 ///< whose tokens are pooled, counted as in BertRunner::hidden_states
};

/// The tokenizer of a pipeline's folder, as Tokenizer::load, lower-casing where the pipeline wants it. Throws Error
/// (Input) too for a tokenizer that cannot.
Tokenizer load_sentence_tokenizer(const std::filesystem::path& path, const SentencePipeline& pipeline);

/// Vectors of texts [texts, pipeline.width(H)]: what SentenceTransformer.encode() of sentence-transformers gives.
///
///     const SentencePipeline pipeline = load_sentence_pipeline(folder);
///     const Tokenizer tokenizer = load_sentence_tokenizer(folder, pipeline);
///     BertRunner runner(Device::open(), load_bert(folder, {.head = BertHead::Encoder}).model);
///     Tensor vectors = embed(runner, tokenizer, texts, pipeline);
///
/// The prompt is put before a text, of a pair before its first. What is longer than the limit is cut off at its end, of
/// a pair the longer text first. Throws Error (Usage) for a tokenizer that does not lower-case where the pipeline does.
/// Equal to sentence-transformers 6.2 within 1e-5 (tests/parity/sentence_parity.py).
Tensor embed(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> texts,
             const SentencePipeline& pipeline = {}, const EmbedOptions& options = {});

/// A label's name among those of BertConfig::labels, or "LABEL_1" where they say nothing.
std::string label_name(std::span<const std::string> names, std::size_t label);

}  // namespace scoria
