#include "io/model_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Json = nlohmann::json;
using enum ModelFile;
using enum KeyRule;

constexpr ModelKey kKeys[] = {
    {Config, "architectures", Honoured},
    {Config, "model_type", Refused, R"(["bert"])", "another kind of model; take a BERT"},
    {Config, "position_embedding_type", Refused, R"(["absolute"])", "relative positions are not computed here"},
    {Config, "is_decoder", Refused, "[false]", "causal attention is not computed here"},
    {Config, "add_cross_attention", Refused, "[false]", "cross-attention is not computed here"},

    // sentence-transformers
    {Modules, "type", Honoured},
    {Modules, "path", Honoured},
    {Modules, "name", Honoured},
    {Modules, "idx", Inert},     // the list is the order
    {Modules, "kwargs", Inert},  // names of arguments that a module would take from a call
    {Pooling, "pooling_mode", Honoured},
    {Pooling, "pooling_mode_cls_token", Honoured},
    {Pooling, "pooling_mode_max_tokens", Honoured},
    {Pooling, "pooling_mode_mean_tokens", Honoured},
    {Pooling, "pooling_mode_mean_sqrt_len_tokens", Honoured},
    {Pooling, "pooling_mode_weightedmean_tokens", Honoured},
    {Pooling, "pooling_mode_lasttoken", Honoured},
    {Pooling, "include_prompt", Honoured},
    {Pooling, "embedding_dimension", Inert},
    {Pooling, "word_embedding_dimension", Inert},
    {Dense, "in_features", Honoured},
    {Dense, "out_features", Honoured},
    {Dense, "bias", Honoured},
    {Dense, "activation_function", Honoured},
    {Dense, "use_residual", Honoured},
    {Dense, "module_input_name", Honoured},
    {Dense, "module_output_name", Honoured},
    {Normalize, "module_input_name", Honoured},
    {Normalize, "module_output_name", Honoured},
    {LayerNorm, "dimension", Honoured},
    {Dropout, "dropout", Inert},
    {SentenceTransformer, "max_seq_length", Honoured},
    {SentenceTransformer, "do_lower_case", Honoured},
    {SentenceTransformer, "transformer_task", Honoured},
    {SentenceTransformer, "modality_config", Honoured},
    {SentenceTransformer, "module_output_name", Honoured},
    {SentenceTransformer, "processing_kwargs", Honoured},
    {SentenceTransformer, "model_args", Honoured},
    {SentenceTransformer, "model_kwargs", Honoured},
    {SentenceTransformer, "config_args", Honoured},
    {SentenceTransformer, "config_kwargs", Honoured},
    {SentenceTransformer, "tokenizer_args", Honoured},
    {SentenceTransformer, "processor_kwargs", Honoured},
    {SentenceTransformer, "tokenizer_name_or_path", Refused, {}, "put that tokenizer's files beside the weights"},
    {SentenceTransformer, "unpad_inputs", Inert},
    {SentenceTransformer, "backend", Inert},
    // Of encode_query and encode_document, not of encode.
    {SentenceTransformer, "query_length", Inert},
    {SentenceTransformer, "document_length", Inert},
    {SentenceTransformer, "query_expansion", Inert},
    {ModelKwargs, "attn_implementation", Inert},
    {ModelKwargs, "dtype", Inert},  // computed in f32 from weights of any
    {ModelKwargs, "torch_dtype", Inert},
    {ModelKwargs, "device_map", Inert},
    {ModelKwargs, "low_cpu_mem_usage", Inert},
    {ModelKwargs, "add_pooling_layer", Inert},
    {ModelKwargs, "use_safetensors", Inert},
    {ModelKwargs, "trust_remote_code", Inert},
    {ModelKwargs, "cache_dir", Inert},
    {ModelKwargs, "local_files_only", Inert},
    {ConfigKwargs, "attn_implementation", Inert},
    {ConfigKwargs, "use_cache", Inert},
    {ConfigKwargs, "output_hidden_states", Inert},
    {ConfigKwargs, "trust_remote_code", Inert},
    {ConfigKwargs, "cache_dir", Inert},
    {ConfigKwargs, "local_files_only", Inert},
    {ProcessorKwargs, "model_max_length", Honoured},
    {ProcessorKwargs, "padding_side", Refused, R"(["right"])", "positions would begin at the padding; pad right"},
    {ProcessorKwargs, "truncation_side", Refused, R"(["right"])", "texts are cut off at their end here"},
    {ProcessorKwargs, "use_fast", Inert},
    {ProcessorKwargs, "trust_remote_code", Inert},
    {ProcessorKwargs, "cache_dir", Inert},
    {ProcessorKwargs, "local_files_only", Inert},
    {ProcessingKwargs, "text", Honoured},
    {ProcessingKwargs, "common", Honoured},
    {ProcessingKwargs, "image", Inert},
    {ProcessingKwargs, "audio", Inert},
    {ProcessingKwargs, "video", Inert},
    {ProcessingKwargs, "chat_template", Inert},
    {TextKwargs, "max_length", Honoured},
    {TextKwargs, "truncation", Refused, R"([true, "longest_first"])", "texts are cut to the limit, the longer of a pair first"},
    {TextKwargs, "padding", Inert},
    {TextKwargs, "pad_to_multiple_of", Inert},
    {TextKwargs, "return_tensors", Inert},
    {TextKwargs, "add_special_tokens", Refused, "[true]", "texts get [CLS] and [SEP] here"},
    {ModalityConfig, "text", Honoured},
    {ModalityConfig, "image", Inert},
    {ModalityConfig, "audio", Inert},
    {ModalityConfig, "video", Inert},
    {ModalityConfig, "message", Refused, {}, "texts would be put into a chat's template"},
    {Modality, "method", Honoured},
    {Modality, "method_output_name", Honoured},
    {Modality, "format", Inert},
    {SentenceTransformerFolder, "model_type", Honoured},
    {SentenceTransformerFolder, "prompts", Honoured},
    {SentenceTransformerFolder, "default_prompt_name", Honoured},
    {SentenceTransformerFolder, "truncate_dim", Honoured},
    {SentenceTransformerFolder, "similarity_fn_name", Honoured},
    {SentenceTransformerFolder, "__version__", Inert},
    {SentenceTransformerFolder, "requirements", Inert},
};

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

void refuse_unless_harmless(const ModelKey& known, const Json& value, const std::string& where) {
  const Json harmless = known.harmless.empty() ? Json::array() : Json::parse(known.harmless);
  if (value.is_null() || std::ranges::find(harmless, value) != harmless.end()) return;
  throw Error(ErrorKind::Input,
              fmt::format("{}: \"{}\" is {}: {}", where, known.key, shown(value), known.advice));
}

void tell_once(const std::string& where, const std::string& key) {
  static std::mutex mutex;
  static std::set<std::pair<std::string, std::string>> told;
  const std::lock_guard lock(mutex);
  if (!told.emplace(where, key).second) return;
  log(LogLevel::Warning,
      fmt::format("{}: \"{}\" is not known here and was passed over; see that it changes nothing", where, key));
}

}  // namespace

std::span<const ModelKey> model_keys() { return kKeys; }

void check_model_keys(ModelFile file, const Json& fields, const std::filesystem::path& path) {
  if (!fields.is_object()) return;
  for (const auto& [key, value] : fields.items()) {
    const auto* known = std::ranges::find_if(
        kKeys, [&, &name = key](const ModelKey& row) { return row.file == file && row.key == name; });
    if (known == std::end(kKeys))
      tell_once(path.string(), key);
    else if (known->rule == Refused)
      refuse_unless_harmless(*known, value, path.string());
  }
}

}  // namespace scoria
