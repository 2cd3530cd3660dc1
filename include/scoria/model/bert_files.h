#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scoria/model/bert.h"

namespace scoria {

/// A BERT in host memory: what it is, and its weights in the arena's layout.
struct BertModel {
  BertConfig config;
  BertHead head;
  ParameterLayout layout;  ///< of bert_parameters(config, head)
  Tensor weights;          ///< [N] f32

  /// A new model: ParameterLayout::initial_values with the config's initializer_range.
  static BertModel make(const BertConfig& config, BertHead head, std::uint64_t seed);
};

struct BertLoading {
  /// The head to load. None: what config.json's "architectures" says (BertModel: with its pooler if the file has one),
  /// or where it says nothing, as in google-research/bert's folders, what the tensors are.
  std::optional<BertHead> head = {};
  /// Names of parameters, or beginnings of names ("classifier"), that start anew where the files lack them or have them
  /// in another shape. Every other parameter must be there.
  std::vector<std::string> new_parameters = {};
  /// The labels of a classifier, in place of the folder's.
  std::vector<std::string> labels = {};
  /// For the parameters that start anew.
  std::uint64_t seed = 0;
};

struct LoadedBert {
  BertModel model;
  ParameterReport report;
};

/// The folder of a model that load_bert would read, with its configuration and its tokenizer: the path itself, or where
/// the file or checkpoint is that it names, or of a sentence-transformers folder from before 2.0 the one inside it that
/// its modules.json names ("0_Transformer"). Throws Error (Input) if there is none.
std::filesystem::path bert_folder(const std::filesystem::path& path);
/// The configuration that load_bert would read. Throws Error (Input) if there is none, or as BertConfig::from_json.
BertConfig load_bert_config(const std::filesystem::path& path);

/// Loads a model from a folder of Hugging Face or google-research/bert: config.json (or bert_config.json) and the
/// weights that open_named_tensors finds. The path may also be a file of weights (or a TensorFlow checkpoint's prefix)
/// with the configuration beside it. Weights in f16 or bf16 become f32; config.dtype tells, and save_bert writes them
/// as they were.
///
///     load_bert("bert-base-uncased")                                         as its author saved it
///     load_bert(folder, {.head = BertHead::MaskedLm})                        of a BertForPreTraining too
///     load_bert(folder, {.head = BertHead::SequenceClassification,           to fine-tune
///                        .new_parameters = {"classifier"}, .labels = {"no", "yes"}})
///
/// Nothing is left at random in silence: what started anew stands in the report, and so does what the files hold beyond
/// the head. Throws Error (Input), one line that names the file, for anything that open_named_tensors or BertConfig
/// refuses, for missing tensors and for other shapes.
LoadedBert load_bert(const std::filesystem::path& path, const BertLoading& loading = {});

/// Writes config.json and model.safetensors into a folder, which is made if need be, each file atomically; transformers
/// loads them without a warning. "architectures" becomes the head's, weights are stored as config.dtype. For a folder
/// that appears whole or not at all, write into one of your own and rename it.
void save_bert(const std::filesystem::path& folder, const BertModel& model);

}  // namespace scoria
