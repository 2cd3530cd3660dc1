#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scoria/model/sentence_pooling.h"
#include "scoria/tensor.h"

namespace scoria {

/// y = f(x W + b), and with a residual y = f(x W + b) + x, or + x R where the widths differ.
struct DenseModule {
  Tensor weight;  ///< W [in, out]: PyTorch's, transposed
  Tensor bias = {};  ///< b [out]; none: 0
  /// f, a class of torch.nn with its defaults: Identity, Tanh, ReLU, ReLU6, LeakyReLU, ELU, SELU, GELU (by erf), SiLU,
  /// Mish, Sigmoid, Softplus or Softsign.
  std::string activation = "Tanh";
  bool has_residual = false;
  Tensor residual = {};  ///< R [in, out]; none where in = out
};

/// y = weight * (x - mean) / sqrt(var + 1e-5) + bias
struct LayerNormModule {
  Tensor weight, bias;  ///< [n]
};

/// y = x / max(|x|, 1e-12)
struct NormalizeModule {};

/// What is done to the vectors of texts, row by row.
using SentenceModule = std::variant<DenseModule, LayerNormModule, NormalizeModule>;

/// How a model makes one vector of a text, as sentence-transformers says it in the files beside the weights. embed()
/// of tasks/sentences.h runs it:
///
///     the prompt + the text -> tokens, cut to max_sequence_length -> BERT -> pooling -> modules, in order
///     -> the first truncate_dim elements -> with `normalize` length 1
///
/// The default is what sentence-transformers makes of a BERT without such files: the mean of its tokens.
struct SentencePipeline {
  SentencePooling pooling = {};
  std::vector<SentenceModule> modules = {};
  /// In tokens, [CLS] and [SEP] too; more than the model has positions means those. 0: not said.
  std::int64_t max_sequence_length = 0;
  /// Texts are lower-cased before the tokenizer does its own part: load_sentence_tokenizer().
  bool lower_case = false;
  std::map<std::string, std::string> prompts = {};  ///< by name; "query" and "document" are always there, if only as ""
  std::string default_prompt = {};                  ///< the text that is put before every text; often ""
  std::int64_t truncate_dim = 0;               ///< 0: all
  bool normalize = false;
  /// How the model's vectors were made to be compared: cosine, dot, euclidean, manhattan. Nothing is computed with it.
  std::string similarity = "cosine";

  /// Of a vector, for a BERT of this hidden size. Throws Error (Input) where a module expects another width.
  std::int64_t width(std::int64_t hidden_size) const;
  /// From pooled vectors [texts, pooling.width(H)] to [texts, width(H)].
  Tensor finish(Tensor vectors) const;
  /// The text of a prompt: one of `prompts` by its name, or, where it is more than a word ("query: "), or "", the text
  /// itself. Throws Error (Usage) with the names there are for a word that is none.
  std::string prompt(std::string_view name_or_text) const;
  /// "cls pooling, Dense 768 to 768 with Tanh, Normalize; at most 256 tokens; compared by cosine"
  std::string to_string() const;
};

/// Reads modules.json, the modules' config.json and weights, sentence_bert_config.json (or an older name of it),
/// config_sentence_transformers.json, and "model_max_length" of tokenizer_config.json where no other file has a limit.
/// What sentence-transformers 6.2 computes of them is computed; whatever it would compute and we do not (a CNN, token
/// embeddings of a Dense, ...) is refused by name.
///
/// `path` is that of load_bert: a folder or a file in one. A folder without modules.json is an ordinary BERT; where it
/// is the transformer of the folder above it ("model/0_Transformer"), that one's modules.json is followed, and the log
/// says so. Throws Error (Input), one line: file, key or module, what was expected.
SentencePipeline load_sentence_pipeline(const std::filesystem::path& path);

/// What sentence-transformers says beside a cross-encoder since its version 5.4: max_sequence_length and lower_case of a
/// pipeline; nothing where the folder is none that CrossEncoder saved. Throws Error (Input) for what changes its scores
/// and is not computed here: other modules, a default prompt.
SentencePipeline load_cross_encoder_pipeline(const std::filesystem::path& path);

/// Whether modules.json of a model's folder says that it was made for vectors of texts: it pools.
bool makes_sentence_vectors(const std::filesystem::path& path);

}  // namespace scoria
