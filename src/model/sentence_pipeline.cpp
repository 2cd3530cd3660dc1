#include "scoria/model/sentence_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/sentence_modules.h"
#include "scoria/error.h"

namespace scoria {
namespace {

Tensor first_columns(const Tensor& vectors, std::int64_t count) {
  const std::int64_t rows = vectors.shape()[0], width = vectors.shape()[1];
  Tensor result(DType::f32, {rows, count});
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(vectors.values<float>().begin() + row * width, count, result.values<float>().begin() + row * count);
  return result;
}

bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-' || c == '.';
  });
}

// In quotes, and in one line whatever it holds.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string joined(const std::vector<SentencePooling::Mode>& modes) {
  std::string names;
  for (const auto mode : modes) names += fmt::format("{}{}", names.empty() ? "" : " + ", name_of(mode));
  return names;
}

}  // namespace

std::int64_t SentencePipeline::width(std::int64_t hidden_size) const {
  std::int64_t width = pooling.width(hidden_size);
  for (const SentenceModule& module : modules) width = width_after(module, width);
  return truncate_dim > 0 ? std::min(width, truncate_dim) : width;
}

Tensor SentencePipeline::finish(Tensor vectors) const {
  for (const SentenceModule& module : modules) vectors = apply_module(module, vectors);
  if (truncate_dim > 0 && truncate_dim < vectors.shape()[1]) vectors = first_columns(vectors, truncate_dim);
  if (normalize) normalize_rows(vectors);
  return vectors;
}

std::string SentencePipeline::prompt(std::string_view name_or_text) const {
  if (const auto found = prompts.find(std::string(name_or_text)); found != prompts.end()) return found->second;
  if (name_or_text.empty() || !is_word(name_or_text)) return std::string(name_or_text);
  std::string names;
  for (const auto& [name, text] : prompts) names += (names.empty() ? "" : ", ") + (is_word(name) ? name : quoted(name));
  throw Error(ErrorKind::Usage, fmt::format("the model has no prompt \"{}\", only {}; give one of them, or a text with "
                                            "a space or a colon (\"query: \")",
                                            name_or_text, names.empty() ? "none" : names));
}

std::string SentencePipeline::to_string() const {
  std::string text = joined(pooling.modes) + " pooling";
  if (!pooling.include_prompt) text += " without the prompt";
  for (const SentenceModule& module : modules) text += ", " + scoria::to_string(module);
  if (truncate_dim > 0) text += fmt::format(", the first {} numbers", truncate_dim);
  if (normalize) text += ", length 1";
  if (max_sequence_length > 0) text += fmt::format("; at most {} tokens", max_sequence_length);
  if (lower_case) text += "; lower-cased";
  if (!default_prompt.empty()) text += fmt::format("; the prompt {} before every text", quoted(default_prompt));
  return text + "; compared by " + (is_word(similarity) ? similarity : quoted(similarity));
}

}  // namespace scoria
