#include <fmt/format.h>

#include <utility>

#include "model/bert_head.h"
#include "scoria/model/bert.h"

namespace scoria {
namespace {

constexpr const char* kDecoderWeight = "cls.predictions.decoder.weight";

class SpecList {
 public:
  ParameterSpec& weight(const std::string& name, Shape shape, std::int64_t zero_row = -1) {
    return add({name, std::move(shape), ParameterSpec::Start::Normal, true, zero_row, {name}, "", false});
  }
  ParameterSpec& bias(const std::string& name, std::int64_t n) {
    return add({name, {n}, ParameterSpec::Start::Zeros, false, -1, {name}, "", false});
  }
  void dense(const std::string& prefix, std::int64_t out, std::int64_t in) {
    weight(prefix + ".weight", {out, in});
    bias(prefix + ".bias", out);
  }
  void layer_norm(const std::string& prefix, std::int64_t n) {
    add({prefix + ".weight", {n}, ParameterSpec::Start::Ones, false, -1, {prefix + ".weight"}, "", false});
    bias(prefix + ".bias", n);
  }
  // Query, key and value: one product instead of three.
  void qkv(const std::string& prefix, std::int64_t n) {
    const auto names = [&](const char* end) {
      return std::vector<std::string>{prefix + ".query" + end, prefix + ".key" + end, prefix + ".value" + end};
    };
    add({prefix + ".qkv.weight", {3 * n, n}, ParameterSpec::Start::Normal, true, -1, names(".weight"), "", false});
    add({prefix + ".qkv.bias", {3 * n}, ParameterSpec::Start::Zeros, false, -1, names(".bias"), "", false});
  }
  std::vector<ParameterSpec> take() { return std::move(specs_); }

 private:
  ParameterSpec& add(ParameterSpec spec) { return specs_.emplace_back(std::move(spec)); }
  std::vector<ParameterSpec> specs_;
};

void add_layer(SpecList& list, const BertConfig& config, const std::string& layer) {
  const std::int64_t H = config.hidden_size;
  list.qkv(layer + "attention.self", H);
  list.dense(layer + "attention.output.dense", H, H);
  list.layer_norm(layer + "attention.output.LayerNorm", H);
  list.dense(layer + "intermediate.dense", config.intermediate_size, H);
  list.dense(layer + "output.dense", H, config.intermediate_size);
  list.layer_norm(layer + "output.LayerNorm", H);
}

}  // namespace

std::vector<ParameterSpec> bert_parameters(const BertConfig& config, BertHead head) {
  const BertHeadParts parts = head_parts(head);
  const std::int64_t H = config.hidden_size;
  SpecList list;
  list.weight("bert.embeddings.word_embeddings.weight", {config.vocab_size, H}, config.pad_token_id).tied_name =
      parts.mlm && config.tie_word_embeddings ? kDecoderWeight : "";
  list.weight("bert.embeddings.position_embeddings.weight", {config.max_position_embeddings, H});
  list.weight("bert.embeddings.token_type_embeddings.weight", {config.type_vocab_size, H});
  list.layer_norm("bert.embeddings.LayerNorm", H);
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i)
    add_layer(list, config, fmt::format("bert.encoder.layer.{}.", i));
  if (parts.pooler) list.dense("bert.pooler.dense", H, H);
  if (parts.mlm) {
    list.dense("cls.predictions.transform.dense", H, H);
    list.layer_norm("cls.predictions.transform.LayerNorm", H);
    ParameterSpec& bias = list.bias("cls.predictions.bias", config.vocab_size);
    bias.tied_name = "cls.predictions.decoder.bias";
    if (!config.tie_word_embeddings) {
      // It is then the decoder's that counts, and transformers asks for both.
      bias.stored_names = {std::exchange(bias.tied_name, bias.name)};
      bias.stored_twice = true;
      list.weight(kDecoderWeight, {config.vocab_size, H});
    }
  }
  if (parts.next_sentence) list.dense("cls.seq_relationship", 2, H);
  if (parts.classifier) list.dense("classifier", config.label_count(), H);
  if (parts.spans) list.dense("qa_outputs", 2, H);
  return list.take();
}

}  // namespace scoria
