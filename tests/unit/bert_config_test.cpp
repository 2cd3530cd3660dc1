#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/model_keys.h"
#include "scoria/error.h"
#include "scoria/model/bert.h"

using namespace scoria;

namespace {

std::string refusal(const std::string& text) {
  try {
    BertConfig::from_json(text, "config.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

nlohmann::json sample() {
  return {{"vocab_size", 100},
          {"hidden_size", 64},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 4},
          {"intermediate_size", 96}};
}

std::string with(const char* key, nlohmann::json value) {
  nlohmann::json fields = sample();
  fields[key] = std::move(value);
  return fields.dump();
}

}  // namespace

TEST_CASE("presets have the published parameter counts") {
  struct Case {
    const char* name;
    double encoder, pretraining;  // millions, vocabulary 30522, 512 positions
  };
  const Case cases[] = {{"tiny", 4.386, 4.433},     {"mini", 11.171, 11.268},   {"small", 28.764, 29.059},
                        {"medium", 41.373, 41.668}, {"base", 109.482, 110.106}, {"large", 335.142, 336.226}};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const ParameterLayout layout(bert_parameters(BertConfig::preset(c.name)));
    std::int64_t encoder = 0;
    for (const PlacedParameter& parameter : layout.parameters()) {
      if (parameter.name.starts_with("bert.")) encoder += parameter.element_count();
    }
    CHECK(static_cast<double>(encoder) / 1e6 == doctest::Approx(c.encoder).epsilon(2e-4));
    CHECK(static_cast<double>(layout.parameter_count()) / 1e6 == doctest::Approx(c.pretraining).epsilon(2e-4));
  }
  CHECK_THROWS_WITH_AS(BertConfig::preset("huge"),
                       doctest::Contains("there are tiny, mini, small, medium, base, large"), Error);
}

TEST_CASE("config: what Hugging Face wrote comes back, unknown keys too") {
  const std::string text =
      R"({"architectures": ["BertForMaskedLM"], "attention_probs_dropout_prob": 0.2, "gradient_checkpointing": false,
    "hidden_act": "gelu_new", "hidden_dropout_prob": 0.1, "hidden_size": 256, "initializer_range": 0.02, "intermediate_size": 1024,
    "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "model_type": "bert", "num_attention_heads": 4, "num_hidden_layers": 4,
    "pad_token_id": 0, "position_embedding_type": "absolute", "transformers_version": "4.6.0", "type_vocab_size": 2, "use_cache": true,
    "vocab_size": 30522, "id2label": {"0": "NO", "1": "YES"}})";
  const BertConfig config = BertConfig::from_json(text, "config.json");
  CHECK(config.hidden_size == 256);
  CHECK(config.attention_probs_dropout_prob == 0.2f);
  CHECK(config.activation() == Activation::GeluTanh);
  const auto before = nlohmann::json::parse(text), after = nlohmann::json::parse(config.to_json());
  for (const auto& member : before.items()) {
    CAPTURE(member.key());
    CHECK(after[member.key()] == member.value());
  }
  CHECK(BertConfig::from_json(config.to_json(), "again").to_json() == config.to_json());
}

TEST_CASE("config: a preset writes what transformers wants to read") {
  const auto fields = nlohmann::json::parse(BertConfig::preset("tiny").to_json());
  CHECK(fields["model_type"] == "bert");
  CHECK(fields["architectures"][0] == "BertForPreTraining");
  CHECK(fields["hidden_dropout_prob"].dump() == "0.1");
  CHECK(fields["layer_norm_eps"].get<double>() == 1e-12);
}

TEST_CASE("config: sizes out of range are refused before anything is allocated") {
  CHECK(refusal(sample().dump()).empty());
  CHECK(has(refusal(with("hidden_size", 16385)), "\"hidden_size\" must be an integer in 1..16384, got 16385"));
  CHECK(has(refusal(with("hidden_size", 66)), "\"num_attention_heads\" must divide hidden_size 66, got 4"));
  CHECK(has(refusal(with("vocab_size", 0)), "vocab_size"));
  CHECK(has(refusal(with("vocab_size", 1e30)), "vocab_size"));
  CHECK(has(refusal(with("num_hidden_layers", "2")), "must be an integer in 1..256, got \"2\""));
  CHECK(has(refusal(with("pad_token_id", 100)), "\"pad_token_id\" must be below vocab_size 100"));
  CHECK(has(refusal(with("hidden_dropout_prob", 1.5)), "\"hidden_dropout_prob\" must be a number in 0..0.99, got 1.5"));
  CHECK(has(refusal(with("max_position_embeddings", 70000)), "max_position_embeddings"));
  CHECK(has(refusal(R"({"hidden_size": 64})"), "\"vocab_size\" must be an integer"));
  nlohmann::json huge = sample();
  huge.update(
      {{"hidden_size", 16384}, {"num_attention_heads", 256}, {"num_hidden_layers", 256}, {"intermediate_size", 65536}});
  CHECK(has(refusal(huge.dump()), "parameters, expected at most 2^32"));
}

TEST_CASE("config: models that this is not are refused") {
  CHECK(
      has(refusal(with("model_type", "roberta")), "\"model_type\" is \"roberta\": another kind of model; take a BERT"));
  CHECK(has(refusal(with("position_embedding_type", "relative_key")), "position_embedding_type"));
  CHECK(has(refusal(with("is_decoder", true)), "is_decoder"));
  CHECK(has(refusal(with("hidden_act", "prelu")),
            "config.json: \"hidden_act\" is \"prelu\", which is not computed here; there are gelu, gelu_python, "));
  CHECK(has(refusal("[]"), "must be a JSON object"));
  CHECK(has(refusal("{"), "not valid JSON"));
}

TEST_CASE("config: names of labels, however they are written") {
  const auto labels = [](const nlohmann::json& fields) {
    nlohmann::json config = sample();
    config.update(fields);
    return BertConfig::from_json(config.dump(), "config.json").labels;
  };
  using Names = std::vector<std::string>;
  CHECK(labels({{"id2label", {{"1", "b"}, {"0", "a"}}}}) == Names{"a", "b"});
  CHECK(labels({{"id2label", {{"0", 0}, {"1", 1}, {"2", 2}}}}) == Names{"0", "1", "2"});
  CHECK(labels({{"id2label", {{"0", false}, {"1", true}}}}) == Names{"False", "True"});
  CHECK(labels({{"id2label", {{"0", "a"}}}, {"num_labels", 3}}) == Names{"a"});
  CHECK(labels({{"label2id", {{"b", 1}, {"a", "0"}}}}) == Names{"a", "b"});
  CHECK(labels({{"num_labels", 2}}) == Names{"LABEL_0", "LABEL_1"});
  CHECK(labels({{"id2label", nullptr}, {"num_labels", nullptr}}).empty());
  CHECK(has(refusal(with("id2label", {{"0", "a"}, {"2", "b"}})), "\"id2label\" has 2 labels and none of number 1"));
  CHECK(has(refusal(with("id2label", {{"0", {1, 2}}})), "\"id2label\" must map numbers to names, got [1,2] for 0"));
  CHECK(has(refusal(with("id2label", nlohmann::json::array())), "\"id2label\" must have 1 to 65536 labels"));
  CHECK(has(refusal(with("label2id", {{"a", 1}, {"b", 1}})), "\"label2id\" must give its labels the numbers from 0"));
}

TEST_CASE("config: what a classifier's logits become") {
  const auto function = [](const nlohmann::json& fields) {
    nlohmann::json config = sample();
    config.update(fields);
    return BertConfig::from_json(config.dump(), "config.json").score_function();
  };
  using enum ScoreFunction;
  CHECK(function({{"num_labels", 1}}) == Sigmoid);
  CHECK(function({{"num_labels", 1}, {"problem_type", nullptr}}) == Sigmoid);
  CHECK(function({{"num_labels", 1}, {"problem_type", "regression"}}) == Identity);
  CHECK(function({{"num_labels", 3}}) == Softmax);
  CHECK(function({{"num_labels", 3}, {"problem_type", "multi_label_classification"}}) == Sigmoid);
  const auto said = [](const char* name) {
    return nlohmann::json{{"sentence_transformers", {{"activation_fn", std::string("torch.nn.") + name}}}};
  };
  nlohmann::json three = said("Identity");
  three["num_labels"] = 3;
  CHECK(function(three) == Softmax);  // what sentence-transformers writes of any three
  CHECK(has(refusal(with("problem_type", "ranking")), "\"problem_type\" must be one of regression, single_label_"));
  nlohmann::json one = sample();
  one.update({{"num_labels", 1}, {"problem_type", "single_label_classification"}});
  CHECK(has(refusal(one.dump()), "\"problem_type\" is single_label_classification of one label"));
  CHECK(has(refusal(with("sbert_ce_default_activation_function", "torch.nn.ReLU")), "is \"torch.nn.ReLU\", expected"));
}

TEST_CASE("config: every name of an activation") {
  const auto activation = [](const char* name) {
    return BertConfig::from_json(with("hidden_act", name), "config.json").activation();
  };
  CHECK(activation("relu") == Activation::Relu);
  CHECK(activation("swish") == Activation::Silu);
  CHECK(activation("gelu_python") == Activation::Gelu);
  CHECK(activation("gelu_accurate") == Activation::GeluTanh);
  CHECK(activation("linear") == Activation::Linear);
}

TEST_CASE("config: every key that the table calls honoured is read") {
  const nlohmann::json values = {{"architectures", {"BertForMaskedLM"}},
                                 {"vocab_size", 77},
                                 {"hidden_size", 32},
                                 {"num_hidden_layers", 3},
                                 {"num_attention_heads", 2},
                                 {"intermediate_size", 5},
                                 {"hidden_act", "relu"},
                                 {"hidden_dropout_prob", 0.3},
                                 {"attention_probs_dropout_prob", 0.4},
                                 {"classifier_dropout", 0.6},
                                 {"max_position_embeddings", 9},
                                 {"type_vocab_size", 4},
                                 {"initializer_range", 0.7},
                                 {"layer_norm_eps", 0.001},
                                 {"pad_token_id", 6},
                                 {"tie_word_embeddings", false},
                                 {"id2label", {{"0", "a"}}},
                                 {"label2id", {{"a", 0}}},
                                 {"num_labels", 5},
                                 {"problem_type", "multi_label_classification"},
                                 {"dtype", "float16"},
                                 {"torch_dtype", "bfloat16"},
                                 {"sentence_transformers", {{"activation_fn", "torch.nn.Tanh"}}},
                                 {"sbert_ce_default_activation_function", "torch.nn.Tanh"}};
  // What is computed with, as a file of the same defaults says it.
  const auto read_as = [](const std::string& text) {
    BertConfig config = BertConfig::from_json(text, "config.json");
    const ScoreFunction function = config.score_function();
    config.other_keys = "{}";
    return config.to_json() + std::to_string(static_cast<int>(config.dtype)) + "/" +
           std::to_string(static_cast<int>(function));
  };
  const std::string before = read_as(sample().dump());
  for (const ModelKey& key : model_keys()) {
    if (key.file != ModelFile::Config || key.rule != KeyRule::Honoured) continue;
    if (key.key == "tokenizer_class") continue;  // the tokenizer reads it: tests/text/tokenizer_folder_test.cpp
    CAPTURE(key.key);
    const std::string name(key.key);
    REQUIRE(values.contains(name));
    CHECK(read_as(with(name.c_str(), values[name])) != before);
  }
}
