#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace scoria {

/// The JSON files of a model's folder, and objects inside them that have keys of their own. Every key of each is
/// honoured, known to change nothing, or refused by name. (Those of added_tokens.json are tokens, all honoured.)
enum class ModelFile {
  Config,
  Tokenizer,
  TokenizerConfig,
  SpecialTokensMap,
  Modules,
  Pooling,
  Dense,
  Normalize,
  LayerNorm,
  Dropout,
  SentenceTransformer,        ///< sentence_bert_config.json, and what it holds as objects:
  ModelKwargs,                ///< "model_kwargs", once "model_args"
  ConfigKwargs,               ///< "config_kwargs", once "config_args"
  ProcessorKwargs,            ///< "processor_kwargs", once "tokenizer_args"
  ProcessingKwargs,           ///< "processing_kwargs"
  TextKwargs,                 ///< its "text" and "common"
  ModalityConfig,             ///< "modality_config"
  Modality,                   ///< one of its modalities
  SentenceTransformerFolder,  ///< config_sentence_transformers.json
  GenerationConfig
};

enum class KeyRule {
  Honoured,  ///< read, and computed with
  Inert,     ///< changes nothing that is computed here, whatever it says
  Refused    ///< changes what is computed, and is not computed here
};

struct ModelKey {
  ModelFile file;
  std::string_view key;
  KeyRule rule;
  std::string_view harmless = {};  ///< of a refused key: the values, a JSON list, with which it changes nothing; null always
  std::string_view advice = {};    ///< of a refused key: what it would change, and what to do
};

/// The one table of what is made of which key.
std::span<const ModelKey> model_keys();

/// Goes through the keys of a file's object. A refused one whose value is not harmless throws Error (Input): file, key,
/// value, what to do. One that the table does not know is told in the log as a warning, once a file and key.
/// What an honoured key may say is checked by who reads it.
void check_model_keys(ModelFile file, const nlohmann::json& fields, const std::filesystem::path& path);

}  // namespace scoria
