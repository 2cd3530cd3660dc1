// Vectors of texts.
#include <fmt/format.h>

#include <algorithm>

#include "scoria/error.h"
#include "scoria/model/bert_files.h"
#include "scoria/tasks/sentences.h"
#include "tasks/cut_texts.h"
#include "tasks/limits.h"

namespace scoria {
namespace {

// A limit of sentence-transformers' files goes before the tokenizer's, as in encode().
std::int64_t limit_of(const BertRunner& runner, const Tokenizer& tokenizer, const SentencePipeline& pipeline,
                      const EmbedOptions& options) {
  if (options.max_length > 0 || pipeline.max_sequence_length == 0)
    return length_limit(runner, tokenizer, options.max_length);
  return std::min(runner.config().max_position_embeddings, pipeline.max_sequence_length);
}

// As sentence-transformers counts them: the prompt alone, with [CLS] and cut to the limit, but without [SEP].
std::int64_t prompt_tokens(const Tokenizer& tokenizer, const std::string& prompt, std::int64_t limit) {
  const TextInput text{prompt};
  const CutTexts cut = cut_texts(tokenizer, {&text, 1}, limit, 0);
  const std::vector<std::int32_t>& ids = cut.windows[0].ids;
  return static_cast<std::int64_t>(ids.size()) - (tokenizer.is_special(ids.back()) ? 1 : 0);
}

}  // namespace

Tokenizer load_sentence_tokenizer(const std::filesystem::path& path, const SentencePipeline& pipeline) {
  const Tokenizer tokenizer = Tokenizer::load(bert_folder(path));
  return pipeline.lower_case ? tokenizer.lower_cased() : tokenizer;
}

Tensor embed(BertRunner& runner, const Tokenizer& tokenizer, std::span<const TextInput> texts,
             const SentencePipeline& pipeline, const EmbedOptions& options) {
  if (pipeline.lower_case && !tokenizer.options().text.lower_case)
    throw Error(ErrorKind::Usage,
                "the pipeline lower-cases and the tokenizer does not; take load_sentence_tokenizer()");
  (void)pipeline.width(runner.config().hidden_size);  // modules that do not fit are told before the work
  const std::int64_t limit = limit_of(runner, tokenizer, pipeline, options);
  const std::string prompt = options.prompt.value_or(pipeline.default_prompt);
  std::vector<std::string> prompted;
  std::vector<TextInput> inputs(texts.begin(), texts.end());
  if (!prompt.empty()) {
    for (const TextInput& text : texts) prompted.push_back(prompt + std::string(text.first));
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].first = prompted[i];
  }
  const std::int64_t left_out =
      prompt.empty() || pipeline.pooling.include_prompt ? 0 : prompt_tokens(tokenizer, prompt, limit);
  const CutTexts cut = cut_texts(tokenizer, inputs, limit, 0);
  return pipeline.finish(runner.sentence_vectors(cut.windows, pipeline.pooling, options.layer, left_out));
}

}  // namespace scoria
