#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "io/model_keys.h"

namespace scoria {

/// Rows of keys that change nothing, whatever they say.
template <std::size_t n>
constexpr std::array<ModelKey, n> inert_keys(ModelFile file, const std::string_view (&keys)[n]) {
  std::array<ModelKey, n> rows{};
  for (std::size_t i = 0; i < n; ++i) rows[i] = {file, keys[i], KeyRule::Inert};
  return rows;
}

/// config.json of a BERT, as transformers has written it since its version 2, google-research/bert before it, and
/// sentence-transformers into it.
/// Source: configuration_bert.py and configuration_utils.py of transformers, model.py of sentence-transformers'
/// cross-encoder, modeling.py of google-research/bert.
inline constexpr ModelKey kConfigKeys[] = {
    {ModelFile::Config, "architectures", KeyRule::Honoured},
    {ModelFile::Config, "vocab_size", KeyRule::Honoured},
    {ModelFile::Config, "hidden_size", KeyRule::Honoured},
    {ModelFile::Config, "num_hidden_layers", KeyRule::Honoured},
    {ModelFile::Config, "num_attention_heads", KeyRule::Honoured},
    {ModelFile::Config, "intermediate_size", KeyRule::Honoured},
    {ModelFile::Config, "hidden_act", KeyRule::Honoured},
    {ModelFile::Config, "hidden_dropout_prob", KeyRule::Honoured},
    {ModelFile::Config, "attention_probs_dropout_prob", KeyRule::Honoured},
    {ModelFile::Config, "classifier_dropout", KeyRule::Honoured},
    {ModelFile::Config, "max_position_embeddings", KeyRule::Honoured},
    {ModelFile::Config, "type_vocab_size", KeyRule::Honoured},
    {ModelFile::Config, "initializer_range", KeyRule::Honoured},
    {ModelFile::Config, "layer_norm_eps", KeyRule::Honoured},
    {ModelFile::Config, "pad_token_id", KeyRule::Honoured},
    {ModelFile::Config, "tie_word_embeddings", KeyRule::Honoured},
    {ModelFile::Config, "id2label", KeyRule::Honoured},
    {ModelFile::Config, "label2id", KeyRule::Honoured},
    {ModelFile::Config, "num_labels", KeyRule::Honoured},
    {ModelFile::Config, "problem_type", KeyRule::Honoured},
    {ModelFile::Config, "dtype", KeyRule::Honoured},
    {ModelFile::Config, "torch_dtype", KeyRule::Honoured},
    {ModelFile::Config, "tokenizer_class", KeyRule::Honoured},  // by the tokenizer, where tokenizer_config.json has none
    {ModelFile::Config, "sentence_transformers", KeyRule::Honoured},
    {ModelFile::Config, "sbert_ce_default_activation_function", KeyRule::Honoured},
    {ModelFile::Config, "model_type", KeyRule::Refused, R"(["bert"])", "another kind of model; take a BERT"},
    {ModelFile::Config, "position_embedding_type", KeyRule::Refused, R"(["absolute"])",
     "relative positions are not computed here"},
    {ModelFile::Config, "is_decoder", KeyRule::Refused, "[false]", "causal attention is not computed here"},
    {ModelFile::Config, "add_cross_attention", KeyRule::Refused, "[false]", "cross-attention is not computed here"},
    {ModelFile::Config, "is_encoder_decoder", KeyRule::Refused, "[false]", "a decoder is not computed here"},
    {ModelFile::Config, "pruned_heads", KeyRule::Refused, "[{}, []]",
     "layers with some heads are not computed here; take the model before they were pruned"},
    {ModelFile::Config, "quantization_config", KeyRule::Refused, "[{}]",
     "quantized weights are not read here; take the model before it was quantized"},
    {ModelFile::Config, "compression_config", KeyRule::Refused, "[{}]",
     "compressed weights are not read here; take the model before it was compressed"},
    {ModelFile::Config, "per_layer_config", KeyRule::Refused, "[{}]", "layers of several shapes are not computed here"},
    {ModelFile::Config, "auto_map", KeyRule::Refused, "[{}]",
     "the model is computed by code of its own, which is not run here; take one of transformers' own classes"},
    // Google's code reads none of the first six; "bidi" was always said.
    {ModelFile::Config, "directionality", KeyRule::Refused, R"(["bidi"])", "only both directions are computed here"},
};

inline constexpr auto kInertConfigKeys = inert_keys(
    ModelFile::Config,
    {
        // Names, versions, and what concerns only how PyTorch or TensorFlow runs.
        "_name_or_path", "name_or_path", "transformers_version", "_commit_hash", "_num_labels", "finetuning_task",
        "custom_pipelines", "use_cache", "gradient_checkpointing", "output_attentions", "output_hidden_states",
        "output_past", "return_dict", "use_return_dict", "torchscript", "use_bfloat16", "xla_device",
        "chunk_size_feed_forward", "attn_implementation", "_attn_implementation", "_attn_implementation_autoset",
        "_attn_implementation_internal", "experts_implementation", "_experts_implementation_internal",
        // Of decoders, and of two models joined.
        "bos_token_id", "eos_token_id", "sep_token_id", "cross_attention_hidden_size", "tie_encoder_decoder", "prefix",
        "task_specific_params", "tie_last_hidden_states",
        // Written by some and read by no BERT: of Google's multilingual models, of a summary of TensorFlow's, of a
        // pipeline, which knows what to apply wherever there is a label.
        "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type",
        "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout",
        "summary_last_dropout", "function_to_apply", "language",
    });

/// generation_config.json: how to write on, which no BERT does. config.json had these keys too.
/// Source: generation/configuration_utils.py of transformers.
inline constexpr auto kGenerationKeys = inert_keys(
    ModelFile::GenerationConfig,
    {"max_length", "max_new_tokens", "min_length", "min_new_tokens", "early_stopping", "max_time", "stop_strings",
     "do_sample", "num_beams", "use_mtp", "use_cache", "cache_implementation", "cache_config", "max_cache_len",
     "return_legacy_cache", "temperature", "top_k", "top_p", "min_p", "top_h", "typical_p", "epsilon_cutoff",
     "eta_cutoff", "repetition_penalty", "encoder_repetition_penalty", "length_penalty", "no_repeat_ngram_size",
     "bad_words_ids", "renormalize_logits", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
     "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens", "forced_decoder_ids",
     "sequence_bias", "token_healing", "guidance_scale", "watermarking_config", "num_return_sequences",
     "output_attentions", "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate",
     "pad_token_id", "bos_token_id", "eos_token_id", "eos_token_ids", "encoder_no_repeat_ngram_size",
     "decoder_start_token_id", "is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule",
     "assistant_confidence_threshold", "prompt_lookup_num_tokens", "max_matching_ngram_size", "assistant_early_exit",
     "assistant_lookbehind", "target_lookbehind", "assistant_ensemble_weight", "speculation_type", "compile_config",
     "disable_compile", "continuous_batching_config", "low_memory", "penalty_alpha", "dola_layers",
     "diversity_penalty", "num_beam_groups", "constraints", "force_words_ids", "prefill_chunk_size",
     "_from_model_config", "_commit_hash", "transformers_version", "trust_remote_code", "custom_generate"});

}  // namespace scoria
