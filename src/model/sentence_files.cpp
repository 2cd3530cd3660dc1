// What sentence-transformers writes beside a BERT, as a SentencePipeline.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "io/model_max_length.h"
#include "model/checked_fields.h"
#include "model/module_files.h"
#include "model/module_list.h"
#include "scoria/model/sentence_pipeline.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::int64_t kLeastTokens = 2, kMostTokens = 1 << 30, kMostFeatures = 1 << 20;
constexpr const char* kFolderFile = "config_sentence_transformers.json";
constexpr const char *kVectorModel = "SentenceTransformer", *kPairModel = "CrossEncoder";

// {"text": {"max_length": 128, "truncation": true}}: what the tokenizer is called with.
void read_processing(const CheckedFields& fields, SentencePipeline& pipeline) {
  if (!fields.has("processing_kwargs")) return;
  const CheckedFields groups(ModelFile::ProcessingKwargs, fields.all()["processing_kwargs"],
                             fields.where() + ": processing_kwargs");
  for (const char* group : {"text", "common"}) {
    if (!groups.has(group)) continue;
    const CheckedFields call(ModelFile::TextKwargs, groups.all()[group], groups.where() + "." + group);
    if (call.has("max_length")) pipeline.max_sequence_length = call.integer("max_length", kLeastTokens, kMostTokens);
  }
}

// The arguments that a Transformer hands on, {"model_max_length": 128}: one that is not known may change anything.
CheckedFields read_arguments(ModelFile file, const CheckedFields& fields, const char* key) {
  CheckedFields arguments(file, fields.has(key) ? fields.all()[key] : Json::object(), fields.where() + ": " + key);
  for (const auto& [name, value] : arguments.all().items()) {
    const auto is_it = [&, &key_of = name](const ModelKey& row) { return row.file == file && row.key == key_of; };
    if (std::ranges::none_of(model_keys(), is_it))
      refuse(arguments.where(),
             fmt::format("{} is not computed here; remove it if it changes nothing", Json(name).dump()));
  }
  return arguments;
}

void tell_half(const CheckedFields& arguments) {
  for (const char* key : {"dtype", "torch_dtype"}) {
    const Json dtype = arguments.has(key) ? arguments.all()[key] : Json();
    if (dtype == "float16" || dtype == "bfloat16" || dtype == "torch.float16" || dtype == "torch.bfloat16")
      log(LogLevel::Info, fmt::format("{}: \"{}\" is {}, in which sentence-transformers computes; here it is float32",
                                      arguments.where(), key, dtype.dump()));
  }
}

/// What a Transformer gives to the modules behind it, or as scores.
struct TransformerOutput {
  const char *task, *module_output, *method_output, *advice;
};
constexpr TransformerOutput kTokens{"feature-extraction", "token_embeddings", "last_hidden_state",
                                    "only the last layer's tokens are pooled here"};
constexpr TransformerOutput kScores{"sequence-classification", "scores", "logits",
                                    "a cross-encoder's scores are its classifier's logits here"};

void expect_output(const CheckedFields& fields, const TransformerOutput& output) {
  fields.expect("transformer_task", output.task, output.advice);
  fields.expect("module_output_name", output.module_output, output.advice);
  if (!fields.has("modality_config")) return;
  const CheckedFields modalities(ModelFile::ModalityConfig, fields.all()["modality_config"],
                                 fields.where() + ": modality_config");
  if (!modalities.has("text")) refuse(modalities.where(), "no \"text\"; take a model of texts");
  const CheckedFields text(ModelFile::Modality, modalities.all()["text"], modalities.where() + ".text");
  text.expect("method", "forward", output.advice);
  text.expect("method_output_name", output.method_output, output.advice);
}

// sentence_bert_config.json, or the first of its other names that is there and says something.
void read_transformer(const fs::path& folder, const TransformerOutput& output, SentencePipeline& pipeline) {
  constexpr std::array kNames{"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"};
  for (const char* name : kNames) {
    const fs::path path = folder / fmt::format("sentence_{}_config.json", name);
    std::error_code error;
    if (!fs::exists(path, error)) continue;
    const CheckedFields fields(ModelFile::SentenceTransformer, path);
    if (fields.empty()) continue;
    expect_output(fields, output);
    if (fields.has("max_seq_length")) pipeline.max_sequence_length = fields.integer("max_seq_length", kLeastTokens, kMostTokens);
    pipeline.lower_case = fields.flag("do_lower_case", false);
    for (const char* key : {"model_args", "model_kwargs"})
      tell_half(read_arguments(ModelFile::ModelKwargs, fields, key));
    for (const char* key : {"config_args", "config_kwargs"}) read_arguments(ModelFile::ConfigKwargs, fields, key);
    for (const char* key : {"tokenizer_args", "processor_kwargs"}) {
      const CheckedFields arguments = read_arguments(ModelFile::ProcessorKwargs, fields, key);
      if (arguments.has("model_max_length"))
        pipeline.max_sequence_length = arguments.integer("model_max_length", kLeastTokens, kMostTokens);
    }
    read_processing(fields, pipeline);
    return;
  }
}

void read_prompts(const CheckedFields& fields, SentencePipeline& pipeline) {
  const Json prompts = fields.has("prompts") ? fields.all()["prompts"] : Json::object();
  if (!prompts.is_object()) refuse(fields.where(), "\"prompts\" must map names to texts");
  pipeline.prompts = {{"query", ""}, {"document", ""}};
  for (const auto& [name, text] : prompts.items()) {
    if (!text.is_null() && !text.is_string())
      refuse(fields.where(), fmt::format("\"prompts\" has no text for {}", Json(name).dump()));
    pipeline.prompts[name] = text.is_null() ? "" : text.get<std::string>();
  }
  if (!fields.has("default_prompt_name")) return;
  const std::string name = fields.text("default_prompt_name", "");
  if (!pipeline.prompts.contains(name))
    refuse(fields.where(), fmt::format("\"default_prompt_name\" is {}, which \"prompts\" does not have; add it there",
                                       Json(name).dump()));
  pipeline.default_prompt = pipeline.prompts[name];
}

void read_folder(const fs::path& path, SentencePipeline& pipeline) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    pipeline.prompts = {{"query", ""}, {"document", ""}};
    return;
  }
  const CheckedFields fields(ModelFile::SentenceTransformerFolder, path);
  fields.expect("model_type", kVectorModel, "it was not made for vectors of texts");
  read_prompts(fields, pipeline);
  pipeline.similarity = fields.text("similarity_fn_name", "cosine");
  if (fields.has("truncate_dim")) pipeline.truncate_dim = fields.integer("truncate_dim", 1, kMostFeatures);
}

void read_model_max_length(const fs::path& path, SentencePipeline& pipeline) {
  std::error_code error;
  if (pipeline.max_sequence_length > 0 || !fs::exists(path, error)) return;
  const std::optional<std::int64_t> length = model_max_length(read_json(path), path);
  if (length && *length < kLeastTokens)
    refuse(path.string(), fmt::format("\"model_max_length\" is {}, expected {} or more: [CLS] and [SEP] are two", *length,
                                      kLeastTokens));
  pipeline.max_sequence_length = length.value_or(0);
}

// Without the file, or the key in it, a model is of the kind that was there before the others.
std::string model_type(const fs::path& folder) {
  const fs::path path = folder / kFolderFile;
  std::error_code error;
  if (!fs::exists(path, error)) return kVectorModel;
  const Json fields = read_json(path);
  return fields.contains("model_type") ? json_string(fields, "model_type", path.string()) : kVectorModel;
}

fs::path folder_of(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

SentencePipeline load_sentence_pipeline(const fs::path& path) {
  const fs::path given = folder_of(path);
  const std::optional<fs::path> folder = module_list_folder(given);
  SentencePipeline pipeline;
  if (!folder) {
    read_model_max_length(given / "tokenizer_config.json", pipeline);
    return pipeline;
  }
  if (*folder != given)
    log(LogLevel::Info, fmt::format("{}: the transformer of {}, whose modules.json is followed", given.string(),
                                    folder->string()));
  const fs::path transformer = transformer_folder(*folder);
  read_folder(*folder / kFolderFile, pipeline);
  read_modules(*read_module_list(*folder), *folder, pipeline);
  read_transformer(transformer, kTokens, pipeline);
  read_model_max_length(transformer / "tokenizer_config.json", pipeline);
  return pipeline;
}

SentencePipeline load_cross_encoder_pipeline(const fs::path& path) {
  const std::optional<fs::path> folder = module_list_folder(folder_of(path));
  if (!folder || model_type(*folder) != kPairModel) return {};
  SentencePipeline pipeline;
  const CheckedFields fields(ModelFile::SentenceTransformerFolder, *folder / kFolderFile);
  read_prompts(fields, pipeline);
  if (!pipeline.default_prompt.empty())
    refuse(fields.where(), fmt::format("\"default_prompt_name\" is {}, and a cross-encoder's prompt is not put before "
                                       "texts here; set it to null and put it there yourself",
                                       fields.all()["default_prompt_name"].dump()));
  const std::vector<ModuleEntry> modules = *read_module_list(*folder);
  if (modules.size() != 1 || modules.front().class_name() != "Transformer")
    refuse((*folder / "modules.json").string(), "a cross-encoder of more than a Transformer is not computed here");
  read_transformer(transformer_folder(*folder), kScores, pipeline);
  return pipeline;
}

bool makes_sentence_vectors(const fs::path& path) {
  const std::optional<fs::path> folder = module_list_folder(folder_of(path));
  if (!folder || model_type(*folder) != kVectorModel) return false;
  const std::vector<ModuleEntry> modules = *read_module_list(*folder);
  return std::ranges::find(modules, "Pooling", &ModuleEntry::class_name) != modules.end();
}

}  // namespace scoria
