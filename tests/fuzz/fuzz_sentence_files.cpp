// Any bytes as the files that sentence-transformers writes beside a BERT, one after the other: refused with an Error of
// one line, or a pipeline whose width is known and whose vectors can be made.
#include "base/check.h"
#include "scoria/error.h"
#include "scoria/io/safetensors.h"
#include "scoria/model/sentence_pipeline.h"
#include "support/temporary_folder.h"
#include "target.h"

using namespace scoria;
namespace fs = std::filesystem;

namespace {

constexpr char kEnd = '\x1e';
constexpr const char* kFiles[] = {"modules.json",           "1_Pooling/config.json",
                                  "2_Dense/config.json",    "config_sentence_transformers.json",
                                  "tokenizer_config.json",  "sentence_bert_config.json",
                                  "3_Normalize/config.json", "4_LayerNorm/config.json"};

std::string module_entry(const std::string& type, const std::string& folder) {
  return R"({"idx": 0, "name": ")" + folder + R"(", "path": ")" + folder + R"(", "type": "sentence_transformers.)" +
         type + R"(", "kwargs": []})";
}

std::string folder_of(const std::vector<std::string>& files) {
  std::string bytes;
  for (const std::string& file : files) bytes += file + kEnd;
  return bytes;
}

void write_weights(const fs::path& folder) {
  const Tensor two = Tensor::from({2}, std::vector<float>{1, 2});
  const Tensor square = Tensor::from({2, 2}, std::vector<float>(4, 1));
  const auto write = [&](const char* name, const std::string& module, const Tensor& weight) {
    fs::create_directories(folder / name);
    write_safetensors((folder / name / "model.safetensors").string(),
                      std::vector<SafetensorsItem>{{module + ".weight", weight.desc(), weight.bytes()},
                                                   {module + ".bias", two.desc(), two.bytes()}});
  };
  write("2_Dense", "linear", square);
  write("4_LayerNorm", "norm", two);
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string first = module_entry("models.Transformer", "");
  const std::string pooling = module_entry("models.Pooling", "1_Pooling");
  const std::string all =
      "[" + first + "," + pooling + "," + module_entry("base.modules.dense.Dense", "2_Dense") + "," +
      module_entry("models.Dropout", "5_Dropout") + "," + module_entry("models.LayerNorm", "4_LayerNorm") + "," +
      module_entry("models.Normalize", "3_Normalize") + "]";
  const std::string dense =
      R"({"in_features": 2, "out_features": 2, "bias": true, "use_residual": true,
          "activation_function": "torch.nn.modules.activation.GELU", "module_input_name": "sentence_embedding",
          "module_output_name": "sentence_embedding"})";
  const std::string settings =
      R"({"__version__": {}, "prompts": {"query": "q: ", "document": null}, "default_prompt_name": "query",
          "similarity_fn_name": "dot", "truncate_dim": 1, "model_type": "SentenceTransformer", "requirements": {}})";
  const std::string transformer =
      R"({"transformer_task": "feature-extraction", "module_output_name": "token_embeddings", "max_seq_length": 8,
          "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state", "format": ""}},
          "do_lower_case": true, "processing_kwargs": {"text": {"max_length": 4, "truncation": true, "padding": true}},
          "model_args": {"dtype": "auto"}, "config_args": {"use_cache": false}, "unpad_inputs": null,
          "tokenizer_args": {"model_max_length": 9, "padding_side": "right", "truncation_side": "right"},
          "query_length": 3, "document_length": 3, "query_expansion": null, "tokenizer_name_or_path": null})";
  const std::string normalize = R"({"module_input_name": "sentence_embedding", "module_output_name": null})";
  return {folder_of({all, R"({"embedding_dimension": 2, "pooling_mode": "mean", "include_prompt": false})", dense,
                     settings, R"({"model_max_length": 1e30})", transformer, normalize, R"({"dimension": 2})"}),
          folder_of({"[" + first + "," + pooling + "]",
                     R"({"word_embedding_dimension": 2, "pooling_mode_cls_token": true, "pooling_mode_max_tokens": true,
                         "pooling_mode_mean_tokens": true, "pooling_mode_mean_sqrt_len_tokens": true,
                         "pooling_mode_weightedmean_tokens": false, "pooling_mode_lasttoken": false})",
                     "", "{}", "{}", "{}"}),
          folder_of({"[" + module_entry("models.Transformer", "0_Transformer") + "," + pooling + "]",
                     R"({"pooling_mode": ["weightedmean", "lasttoken"]})"})};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  if (!fs::exists(folder / "2_Dense")) write_weights(folder.path());
  std::string_view left = as_text(bytes, size);
  for (const char* name : kFiles) {
    const std::string_view file = left.substr(0, left.find(kEnd));
    left.remove_prefix(std::min(left.size(), file.size() + 1));
    fs::create_directories((folder / name).parent_path());
    fs::remove(folder / name);
    if (!file.empty()) put_bytes(folder / name, std::string(file));
  }
  try {
    (void)makes_sentence_vectors(folder.path());
    const SentencePipeline pipeline = load_sentence_pipeline(folder.path());
    SCORIA_CHECK(pipeline.to_string().find('\n') == std::string::npos, "one line");
    const std::int64_t width = pipeline.pooling.width(2);
    if (width > 64) return 0;
    (void)pipeline.width(2);
    SCORIA_CHECK(pipeline.finish(Tensor(DType::f32, {1, width})).shape() == Shape({1, pipeline.width(2)}), "the width");
  } catch (const Error& error) {
    SCORIA_CHECK(error.kind() == ErrorKind::Input, "bad bytes are bad input");
    SCORIA_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
  }
  return 0;
}
