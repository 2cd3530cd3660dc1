// What sentence-transformers writes beside a BERT: read, computed, or refused by name.

#include "scoria/model/sentence_pipeline.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "scoria/error.h"
#include "scoria/io/safetensors.h"
#include "scoria/log.h"
#include "scoria/model/bert_files.h"
#include "support/temporary_folder.h"

using namespace scoria;
using Mode = SentencePooling::Mode;
namespace fs = std::filesystem;

namespace {

std::string message_of(const std::function<void()>& call, ErrorKind kind = ErrorKind::Input) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  return "";
}

std::string module_entry(const std::string& name, const std::string& class_name, const std::string& folder) {
  return fmt::format(R"({{"name": "{}", "path": "{}", "type": "sentence_transformers.models.{}"}})", name, folder,
                     class_name);
}

/// A sentence-transformers folder without a BERT in it.
struct Model {
  TemporaryFolder folder;

  Model() { modules({"Pooling"}); put("1_Pooling/config.json", "{}"); }

  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    put_bytes(folder / name, text);
  }
  /// Behind the Transformer, in their order.
  void modules(const std::vector<std::string>& classes, const std::string& transformer = "") const {
    std::string list = fmt::format("[{}", module_entry("0", "Transformer", transformer));
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      list += fmt::format(", {}", module_entry(number, classes[i], fmt::format("{}_{}", number, classes[i])));
    }
    list += "]";
    put("modules.json", list);
  }
  void dense(const std::string& name, const std::string& settings, std::int64_t in, std::int64_t out,
             const std::string& weight = "linear.weight", const std::string& bias = "linear.bias") const {
    put(name + "/config.json", settings);
    Tensor values(DType::f32, {out, in});
    for (std::size_t i = 0; i < values.values<float>().size(); ++i) values.values<float>()[i] = 0.25f * float(i);
    const Tensor offset = Tensor::from({out}, std::vector<float>(static_cast<std::size_t>(out), 0.5f));
    write_safetensors((folder / name / "model.safetensors").string(),
                      std::vector<SafetensorsItem>{{weight, values.desc(), values.bytes()},
                                                   {bias, offset.desc(), offset.bytes()}});
  }
  SentencePipeline load() const { return load_sentence_pipeline(folder.path()); }
  std::string refusal() const {
    return message_of([&] { (void)load(); });
  }
  bool refuses(const std::string& part) const {
    const std::string message = refusal();
    CAPTURE(message);
    return message.find(part) != std::string::npos;
  }
};

std::vector<Mode> modes_of(const Model& model, const std::string& config) {
  model.put("1_Pooling/config.json", config);
  return model.load().pooling.modes;
}

std::vector<float> finish(const SentencePipeline& pipeline, std::vector<float> vector) {
  const Tensor done = pipeline.finish(Tensor::from({1, static_cast<std::int64_t>(vector.size())}, vector));
  return {done.values<float>().begin(), done.values<float>().end()};
}

}  // namespace

TEST_CASE("sentence pipeline: an ordinary BERT is pooled by the mean of its tokens, to its tokenizer's length") {
  const TemporaryFolder folder;
  CHECK(load_sentence_pipeline(folder.path()).pooling.modes == std::vector{Mode::Mean});
  CHECK(load_sentence_pipeline(folder.path()).max_sequence_length == 0);
  CHECK_FALSE(makes_sentence_vectors(folder.path()));
  put_bytes(folder / "tokenizer_config.json", R"({"model_max_length": 12})");
  CHECK(load_sentence_pipeline(folder.path()).max_sequence_length == 12);
  put_bytes(folder / "tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  CHECK(load_sentence_pipeline(folder.path()).max_sequence_length == 0);
}

TEST_CASE("sentence pipeline: poolings under the names of all versions, joined in the order of each") {
  const Model model;
  CHECK(makes_sentence_vectors(model.folder.path()));
  CHECK(modes_of(model, R"({"pooling_mode": "weightedmean"})") == std::vector{Mode::WeightedMean});
  CHECK(modes_of(model, R"({"pooling_mode": ["mean", "cls"]})") == std::vector{Mode::Mean, Mode::Cls});
  CHECK(modes_of(model, R"({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true})") ==
        std::vector{Mode::Cls, Mode::Mean});
  CHECK(modes_of(model, R"({"pooling_mode_lasttoken": true, "pooling_mode_max_tokens": true,
                            "pooling_mode_mean_sqrt_len_tokens": true, "pooling_mode_weightedmean_tokens": true})") ==
        std::vector{Mode::Max, Mode::MeanSqrtLength, Mode::WeightedMean, Mode::LastToken});
  CHECK(modes_of(model, R"({"pooling_mode": "max", "pooling_mode_cls_token": true})") == std::vector{Mode::Max});
  CHECK(modes_of(model, R"({"pooling_mode_cls_token": false})") == std::vector{Mode::Mean});
  model.put("1_Pooling/config.json", R"({"pooling_mode": "median"})");
  CHECK(model.refuses("pooling \"median\" is not computed here"));
  model.put("1_Pooling/config.json", R"({"pooling_mode_cls_token": 1})");
  CHECK(model.refuses("\"pooling_mode_cls_token\" must be true or false"));
  model.put("1_Pooling/config.json", R"({"pooling_mode": []})");
  CHECK(model.refuses("an empty list"));
  model.put("1_Pooling/config.json", "[]");
  CHECK(model.refuses("expected an object"));
}

TEST_CASE("sentence pipeline: modules in their order") {
  const Model model;
  model.modules({"Pooling", "Normalize", "Dense", "Dropout"});
  model.dense("3_Dense", R"({"in_features": 2, "out_features": 3, "activation_function": "torch.nn.Identity"})", 2, 3);
  const SentencePipeline pipeline = model.load();
  CHECK(pipeline.width(2) == 3);
  // (3, 4) has length 5; the weights are 0, 0.25 | 0.5, 0.75 | 1, 1.25 and the bias 0.5.
  const std::vector<float> y = finish(pipeline, {3, 4});
  CHECK(y[0] == doctest::Approx(0.25 * 0.8 + 0.5));
  CHECK(y[1] == doctest::Approx(0.5 * 0.6 + 0.75 * 0.8 + 0.5));
  CHECK(y[2] == doctest::Approx(0.6 + 1.25 * 0.8 + 0.5));
  CHECK(pipeline.to_string().find("mean pooling, Normalize, Dense 2 to 3 with Identity; ") == 0);
  CHECK(message_of([&] { (void)pipeline.width(4); }).find("Dense is for vectors of 2 numbers") != std::string::npos);
}

TEST_CASE("sentence pipeline: Dense with a residual, LayerNorm, Normalize") {
  const Tensor identity = Tensor::from({2, 2}, std::vector<float>{1, 0, 0, 1});
  SentencePipeline pipeline;
  pipeline.modules = {DenseModule{.weight = identity, .activation = "ReLU", .has_residual = true}};
  CHECK(finish(pipeline, {2, -3}) == std::vector<float>{4, -3});
  pipeline.modules = {DenseModule{.weight = identity, .activation = "ReLU", .has_residual = true,
                                  .residual = Tensor::from({2, 2}, std::vector<float>{0, 1, 1, 0})}};
  CHECK(finish(pipeline, {2, -3}) == std::vector<float>{-1, 2});
  pipeline.modules = {LayerNormModule{.weight = Tensor::from({2}, std::vector<float>{1, 2}),
                                      .bias = Tensor::from({2}, std::vector<float>{0, 1})}};
  CHECK(finish(pipeline, {5, 1})[0] == doctest::Approx(2 / std::sqrt(4 + 1e-5)));
  CHECK(finish(pipeline, {5, 1})[1] == doctest::Approx(1 - 4 / std::sqrt(4 + 1e-5)));
  pipeline.modules = {NormalizeModule{}};
  CHECK(finish(pipeline, {0, 0}) == std::vector<float>{0, 0});
  CHECK(finish(pipeline, {3, 4}) == std::vector<float>{0.6f, 0.8f});
  // Cut first, length 1 last.
  pipeline = SentencePipeline();
  pipeline.truncate_dim = 1;
  pipeline.normalize = true;
  CHECK(finish(pipeline, {-3, 4}) == std::vector<float>{-1});
  pipeline.modules = {DenseModule{.weight = identity, .activation = "Softmax"}};
  CHECK(message_of([&] { (void)finish(pipeline, {1, 2}); }, ErrorKind::Usage).find("no activation \"Softmax\"") == 0);
}

TEST_CASE("sentence pipeline: a Dense that is not computed here is refused by name") {
  const Model model;
  model.modules({"Pooling", "Dense"});
  const auto with = [&](const std::string& more) {
    model.dense("2_Dense", fmt::format(R"({{"in_features": 2, "out_features": 3{}}})", more), 2, 3);
  };
  with("");
  CHECK(std::get<DenseModule>(model.load().modules[0]).activation == "Tanh");
  with(R"(, "activation_function": "torch.nn.modules.activation.Softmax")");
  CHECK(model.refuses("\"activation_function\" is \"torch.nn.modules.activation.Softmax\", which is not computed"));
  with(R"(, "activation_function": "my_code.Tanh")");
  CHECK(model.refuses("my_code.Tanh"));
  with(R"(, "module_input_name": "token_embeddings")");
  CHECK(model.refuses("\"module_input_name\" is \"token_embeddings\", expected \"sentence_embedding\""));
  with(R"(, "bias": false)");
  CHECK(model.refuses("its weights hold \"linear.bias\", which its config.json does not speak of"));
  with(R"(, "use_residual": true)");
  CHECK(model.refuses("its weights lack \"residual.weight\""));
  model.dense("2_Dense", R"({"in_features": 3, "out_features": 3})", 2, 3);
  CHECK(model.refuses("\"linear.weight\" is f32 [3, 2], expected f32 [3, 3]"));
  fs::remove(model.folder / "2_Dense" / "model.safetensors");
  CHECK_FALSE(model.refusal().empty());
}

TEST_CASE("sentence pipeline: modules that are not computed here, or lead out of the folder, are refused by name") {
  const Model model;
  for (const char* name : {"CNN", "LSTM", "WeightedLayerPooling", "Router", "Asym", "SpladePooling", "Pooling"}) {
    model.modules({"Pooling", name});
    CHECK(model.refuses(fmt::format("module \"{}\" behind the pooling is not computed here", name)));
  }
  model.modules({"Dense", "Pooling"});
  CHECK(model.refuses("module \"Dense\" before the pooling is not computed here"));
  model.modules({"Normalize"});
  CHECK(model.refuses("no module Pooling"));
  model.put("modules.json", fmt::format("[{}]", module_entry("0", "BoW", "")));
  CHECK(model.refuses("the first module is \"BoW\", expected Transformer"));
  model.put("modules.json", R"([{"type": "custom_st.Transformer", "path": ""}])");
  CHECK(model.refuses("module \"custom_st.Transformer\" is code of the model's own"));
  CHECK(bert_folder(model.folder.path()) == model.folder.path());  // its BERT can be used for other things
  model.put("modules.json", fmt::format("[{}]", module_entry("0", "Transformer", "../other")));
  CHECK(model.refuses("the path \"../other\" leaves the folder"));
  model.put("modules.json",
            fmt::format("[{}, {}]", module_entry("0", "Transformer", ""), module_entry("0", "Pooling", "a")));
  CHECK(model.refuses("two modules are called \"0\""));
  model.put("modules.json", "{}");
  CHECK(model.refuses("expected a list of modules"));
  model.put("modules.json", "[]");
  CHECK(model.refuses("no module; expected Transformer"));
  model.modules({"Pooling", "Normalize"});
  model.put("2_Normalize/config.json", R"({"module_input_name": "token_embeddings"})");
  CHECK(model.refuses("\"module_input_name\" is \"token_embeddings\""));
}

TEST_CASE("sentence pipeline: the length, wherever it stands") {
  const Model model;
  const auto length = [&](const std::string& tokenizer, const std::string& transformer) {
    model.put("tokenizer_config.json", tokenizer);
    model.put("sentence_bert_config.json", transformer);
    return model.load().max_sequence_length;
  };
  CHECK(length("{}", "{}") == 0);
  CHECK(length(R"({"model_max_length": 12})", "{}") == 12);
  CHECK(length(R"({"model_max_length": 12})", R"({"max_seq_length": null})") == 12);
  // As sentence-transformers, which hands its own limit to the tokenizer.
  CHECK(length(R"({"model_max_length": 12})", R"({"max_seq_length": 20})") == 20);
  CHECK(length("{}", R"({"max_seq_length": 20, "tokenizer_args": {"model_max_length": 9}})") == 9);
  CHECK(length("{}", R"({"max_seq_length": 20, "processing_kwargs": {"text": {"max_length": 7}}})") == 7);
  model.put("sentence_bert_config.json", R"({"max_seq_length": "long"})");
  CHECK(model.refuses("max_seq_length"));
  fs::remove(model.folder / "sentence_bert_config.json");
  model.put("sentence_xlm-roberta_config.json", R"({"max_seq_length": 5, "do_lower_case": true})");
  CHECK(model.load().max_sequence_length == 5);
  CHECK(model.load().lower_case);
}

TEST_CASE("sentence pipeline: what a transformer is told that changes its vectors is refused by name") {
  const Model model;
  const auto refuses = [&](const std::string& config, const std::string& part) {
    model.put("sentence_bert_config.json", config);
    return model.refuses(part);
  };
  CHECK(refuses(R"({"transformer_task": "fill-mask"})", "\"transformer_task\" is \"fill-mask\", expected"));
  CHECK(refuses(R"({"module_output_name": "scores"})", "\"module_output_name\" is \"scores\""));
  CHECK(refuses(R"({"modality_config": {"text": {"method": "forward", "method_output_name": "pooler_output"}}})",
                "modality_config.text: \"method_output_name\" is \"pooler_output\""));
  CHECK(refuses(R"({"modality_config": {"image": {}}})", "no \"text\""));
  CHECK(refuses(R"({"model_args": {"quantization_config": {}}})", "model_args: \"quantization_config\""));
  CHECK(refuses(R"({"config_kwargs": {"hidden_act": "relu"}})", "config_kwargs: \"hidden_act\""));
  CHECK(refuses(R"({"processor_kwargs": {"padding_side": "left"}})", "\"padding_side\" is \"left\""));
  CHECK(refuses(R"({"processing_kwargs": {"text": {"truncation": false}}})", "\"truncation\" is false"));
  CHECK(refuses(R"({"tokenizer_name_or_path": "other"})", "\"tokenizer_name_or_path\" is \"other\""));
  model.put("sentence_bert_config.json",
            R"({"transformer_task": "feature-extraction", "module_output_name": "token_embeddings", "modality_config":
                {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
                "model_kwargs": {"attn_implementation": "sdpa"}, "processor_kwargs": {"padding_side": "right"}})");
  CHECK(model.refusal().empty());
}

TEST_CASE("sentence pipeline: what stands beside a cross-encoder") {
  const Model model;
  const auto load = [&] { return load_cross_encoder_pipeline(model.folder.path()); };
  CHECK(load().max_sequence_length == 0);  // made for vectors
  const auto refusal = [&] {
    try {
      load();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  model.put("modules.json", R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}])");
  const std::string folder_file = "config_sentence_transformers.json", inner_file = "sentence_bert_config.json";
  model.put(folder_file, R"({"model_type": "CrossEncoder", "prompts": {"q": "a "}})");
  model.put(inner_file, R"({"transformer_task": "sequence-classification", "module_output_name": "scores", "do_lower_case": true,
                            "modality_config": {"text": {"method": "forward", "method_output_name": "logits"}},
                            "max_seq_length": 10})");
  CHECK(load().max_sequence_length == 10);
  CHECK(load().lower_case);
  model.put(folder_file, R"({"model_type": "CrossEncoder", "prompts": {"q": "a "}, "default_prompt_name": "q"})");
  CHECK(refusal().find("\"default_prompt_name\" is \"q\"") != std::string::npos);
  model.put(folder_file, R"({"model_type": "CrossEncoder"})");
  model.put(inner_file, R"({"transformer_task": "text-generation"})");
  CHECK(refusal().find("\"transformer_task\" is \"text-generation\"") != std::string::npos);
}

TEST_CASE("sentence pipeline: prompts, truncate_dim, similarity") {
  const Model model;
  CHECK(model.load().prompt("query").empty());
  model.put("config_sentence_transformers.json",
            R"({"prompts": {"query": "query: ", "none": null}, "default_prompt_name": "query", "truncate_dim": 3,
                "similarity_fn_name": "dot", "__version__": {}})");
  const SentencePipeline pipeline = model.load();
  CHECK(pipeline.default_prompt == "query: ");
  CHECK(pipeline.truncate_dim == 3);
  CHECK(pipeline.width(32) == 3);
  CHECK(pipeline.width(2) == 2);
  CHECK(pipeline.similarity == "dot");
  CHECK(pipeline.prompt("none").empty());
  CHECK(pipeline.prompt("search: ") == "search: ");
  CHECK(pipeline.prompt("").empty());
  CHECK(message_of([&] { (void)pipeline.prompt("passage"); }, ErrorKind::Usage)
            .find("the model has no prompt \"passage\", only document, none, query") == 0);
  const auto refuses = [&](const std::string& config, const std::string& part) {
    model.put("config_sentence_transformers.json", config);
    return model.refuses(part);
  };
  CHECK(refuses(R"({"default_prompt_name": "passage"})", "\"default_prompt_name\" is \"passage\""));
  CHECK(refuses(R"({"prompts": ["query"]})", "\"prompts\" must map names to texts"));
  CHECK(refuses(R"({"prompts": {"query": 1}})", "query"));
  CHECK(refuses(R"({"truncate_dim": 0})", "truncate_dim"));
  CHECK(refuses(R"({"model_type": "CrossEncoder"})", "\"model_type\" is \"CrossEncoder\""));
  CHECK_FALSE(makes_sentence_vectors(model.folder.path()));
}

TEST_CASE("sentence pipeline: a transformer in a folder of its own, given by either") {
  const Model model;
  model.modules({"Pooling"}, "0_Transformer");
  model.put("config.json", R"({"__version__": "0.2.5.1"})");
  model.put("0_Transformer/sentence_bert_config.json", R"({"max_seq_length": 9})");
  model.put("1_Pooling/config.json", R"({"pooling_mode_cls_token": true})");
  CHECK(bert_folder(model.folder.path()) == model.folder / "0_Transformer");
  CHECK(model.load().max_sequence_length == 9);
  std::string lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines += line; });
  for (const char* name : {"0_Transformer", "0_Transformer/"}) {
    const SentencePipeline pipeline = load_sentence_pipeline(model.folder / name);
    CHECK(pipeline.pooling.modes == std::vector{Mode::Cls});
    CHECK(pipeline.max_sequence_length == 9);
    CHECK(makes_sentence_vectors(model.folder / name));
  }
  set_log_sink({});
  const std::string told = fmt::format("the transformer of {}, whose modules.json", model.folder.path().string());
  CHECK(lines.find(told) != std::string::npos);
  // Another folder beside it is an ordinary BERT.
  fs::create_directories(model.folder / "checkpoint");
  CHECK_FALSE(makes_sentence_vectors(model.folder / "checkpoint"));
}
