#include "scoria/model/bert_files.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scoria/error.h"
#include "support/temporary_folder.h"

using namespace scoria;

namespace {

constexpr BertHead kHeads[] = {BertHead::Encoder,
                               BertHead::Pooler,
                               BertHead::Pretraining,
                               BertHead::MaskedLm,
                               BertHead::NextSentence,
                               BertHead::SequenceClassification,
                               BertHead::TokenClassification,
                               BertHead::QuestionAnswering};

BertConfig small_config() {
  BertConfig config;
  config.vocab_size = 30;
  config.hidden_size = 12;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 3;
  config.intermediate_size = 20;
  config.max_position_embeddings = 8;
  config.labels = {"no", "maybe", "yes"};
  return config;
}

bool equal_weights(const BertModel& a, const BertModel& b) {
  return std::ranges::equal(a.weights.bytes(), b.weights.bytes());
}

std::string refusal(const std::filesystem::path& path, const BertLoading& loading = {}) {
  try {
    (void)load_bert(path, loading);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Input);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Rewrites a folder's tensors; a rename to "" leaves one out.
void rewrite(const std::filesystem::path& folder, const std::function<std::string(std::string)>& rename) {
  const auto path = (folder / "model.safetensors").string();
  std::vector<std::pair<std::string, Tensor>> tensors;
  {
    const SafetensorsFile file(path);
    for (const StoredTensor& stored : file.list()) tensors.emplace_back(rename(stored.name), file.read(stored.name));
  }
  std::erase_if(tensors, [](const auto& tensor) { return tensor.first.empty(); });
  std::vector<SafetensorsItem> items;
  for (const auto& [name, tensor] : tensors) items.push_back({name, tensor.desc(), tensor.bytes()});
  write_safetensors(path, items);
}

/// For rewrite: leaves a tensor out.
std::function<std::string(std::string)> without(std::string_view left_out) {
  return [left_out](std::string name) {
    if (name == left_out) name.clear();
    return name;
  };
}

void change_config(const std::filesystem::path& folder, const std::function<void(nlohmann::json&)>& change) {
  nlohmann::json fields = nlohmann::json::parse(file_bytes(folder / "config.json"));
  change(fields);
  put_bytes(folder / "config.json", fields.dump());
}

}  // namespace

TEST_CASE("model folders: every head comes back as saved, in every dtype") {
  for (const BertHead head : kHeads) {
    CAPTURE(architecture(head));
    for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
      const TemporaryFolder folder;
      BertModel model = BertModel::make(small_config(), head, 5);
      model.config.dtype = dtype;
      save_bert(folder / "a", model);
      const LoadedBert first = load_bert(folder / "a");
      CHECK(first.model.head == head);
      CHECK(first.model.config.dtype == dtype);
      CHECK(first.model.config.labels == std::vector<std::string>{"no", "maybe", "yes"});
      CHECK(first.report.to_string() == "");
      CHECK(first.report.loaded.size() >= 5 + 2 * 16);
      save_bert(folder / "b", first.model);
      CHECK(equal_weights(load_bert(folder / "b").model, first.model));
      CHECK(file_bytes(folder / "b" / "model.safetensors") == file_bytes(folder / "a" / "model.safetensors"));
      CHECK(file_bytes(folder / "b" / "config.json") == file_bytes(folder / "a" / "config.json"));
      if (dtype == DType::f32) CHECK(equal_weights(first.model, model));
    }
  }
}

TEST_CASE("model folders: another head than the saved one") {
  const TemporaryFolder folder;
  save_bert(folder.path(), BertModel::make(small_config(), BertHead::Pretraining, 5));
  const LoadedBert mlm = load_bert(folder.path(), {.head = BertHead::MaskedLm});
  CHECK(mlm.model.config.architecture == "BertForMaskedLM");
  CHECK(mlm.report.unexpected.size() == 4);
  CHECK(mlm.report.to_string().starts_with("4 unexpected: bert.pooler.dense.bias, "));
  CHECK(has(refusal(folder.path(), {.head = BertHead::SequenceClassification}),
            "not all of a BertForSequenceClassification (2 missing: classifier.weight, classifier.bias"));
}

TEST_CASE("model folders: parameters start anew only where the caller names them") {
  const TemporaryFolder folder;
  const BertModel saved = BertModel::make(small_config(), BertHead::TokenClassification, 5);
  save_bert(folder.path(), saved);
  BertLoading loading{.head = BertHead::SequenceClassification, .new_parameters = {"classifier"}};
  CHECK(has(refusal(folder.path(), loading), "2 missing: bert.pooler.dense.weight, bert.pooler.dense.bias"));
  loading.new_parameters = {"classifier", "bert.pooler"};
  loading.labels = {"a", "b"};
  loading.seed = 9;
  const LoadedBert loaded = load_bert(folder.path(), loading);
  CHECK(loaded.report.started == std::vector<std::string>{"bert.pooler.dense.weight", "bert.pooler.dense.bias",
                                                          "classifier.weight", "classifier.bias"});
  CHECK(loaded.model.config.labels == loading.labels);
  const PlacedParameter& weight = loaded.model.layout.find("classifier.weight");
  CHECK(weight.shape == Shape{2, 12});
  const BertModel fresh = BertModel::make(loaded.model.config, BertHead::SequenceClassification, 9);
  const auto values = loaded.model.weights.values<float>().subspan(weight.offset, 24);
  CHECK(std::ranges::equal(values, fresh.weights.values<float>().subspan(weight.offset, 24)));
  CHECK(values[0] != 0.0f);
}

TEST_CASE("model folders: BertModel without its pooler, and folders that do not say what they hold") {
  const TemporaryFolder folder;
  const auto say_nothing = [](nlohmann::json& fields) { fields.erase("architectures"); };
  for (const BertHead head : kHeads) {
    CAPTURE(architecture(head));
    save_bert(folder.path(), BertModel::make(small_config(), head, 5));
    if (head == BertHead::Encoder) CHECK(load_bert(folder.path()).model.head == BertHead::Encoder);
    change_config(folder.path(), say_nothing);
    if (head == BertHead::SequenceClassification || head == BertHead::TokenClassification) {
      CHECK(has(refusal(folder.path()), "a classifier may be of sequences or of tokens"));
      CHECK(load_bert(folder.path(), {.head = head}).report.complete());
    } else {
      CHECK(load_bert(folder.path()).model.head == head);
    }
  }
  change_config(folder.path(), [](nlohmann::json& fields) { fields["architectures"] = {"BertForMultipleChoice"}; });
  CHECK(has(refusal(folder.path()), "\"architectures\" is \"BertForMultipleChoice\", expected one of BertModel, "));
  CHECK(load_bert(folder.path(), {.head = BertHead::QuestionAnswering}).report.complete());
}

TEST_CASE("model folders: tied tensors once, twice, under the other name, or not tied at all") {
  const TemporaryFolder folder;
  const BertModel saved = BertModel::make(small_config(), BertHead::MaskedLm, 5);
  save_bert(folder.path(), saved);
  const std::string_view words = "bert.embeddings.word_embeddings.weight";
  const std::string decoder = "cls.predictions.decoder.weight";
  rewrite(folder.path(), [&](std::string name) { return name == words ? decoder : name; });
  CHECK(equal_weights(load_bert(folder.path()).model, saved));

  const auto path = (folder / "model.safetensors").string();
  Tensor twice = SafetensorsFile(path).read(decoder);
  std::vector<SafetensorsItem> items = parameter_items(saved.layout, saved.weights.values<float>());
  items.push_back({decoder, twice.desc(), twice.bytes()});
  write_safetensors(path, items);
  CHECK(load_bert(folder.path()).report.to_string() == "");
  CHECK(equal_weights(load_bert(folder.path()).model, saved));

  twice.values<float>()[7] += 1.0f;
  write_safetensors(path, items);
  const LoadedBert untied = load_bert(folder.path());  // as transformers: what differs is not tied
  CHECK_FALSE(untied.model.config.tie_word_embeddings);
  CHECK(untied.report.to_string() == "");
  const PlacedParameter& table = untied.model.layout.find(decoder);
  CHECK(untied.model.weights.values<float>()[table.offset + 7] == twice.values<float>()[7]);
  CHECK(load_bert(folder.path(), {.head = BertHead::Encoder}).report.complete());
}

TEST_CASE("model folders: a decoder of its own is saved and comes back, and must be there where the file says so") {
  const TemporaryFolder folder;
  BertConfig config = small_config();
  config.tie_word_embeddings = false;
  const BertModel saved = BertModel::make(config, BertHead::Pretraining, 5);
  CHECK(saved.layout.parameter_count() ==
        BertModel::make(small_config(), BertHead::Pretraining, 5).layout.parameter_count() + 30 * 12);
  save_bert(folder / "a", saved);
  const LoadedBert loaded = load_bert(folder / "a");
  CHECK(loaded.report.to_string() == "");
  CHECK(equal_weights(loaded.model, saved));
  const auto fields = nlohmann::json::parse(file_bytes(folder / "a" / "config.json"));
  CHECK(fields["tie_word_embeddings"] == false);
  const SafetensorsFile file((folder / "a" / "model.safetensors").string());
  CHECK(file.find("cls.predictions.bias"));
  CHECK(file.find("cls.predictions.decoder.bias"));
  rewrite(folder / "a", without("cls.predictions.decoder.bias"));
  CHECK(equal_weights(load_bert(folder / "a").model, saved));  // as transformers 4 stored it
  rewrite(folder / "a", without("cls.predictions.decoder.weight"));
  CHECK(has(refusal(folder / "a"), "\"tie_word_embeddings\" is false, say true if that is the word table"));
  save_bert(folder / "b", BertModel::make(small_config(), BertHead::MaskedLm, 5));
  CHECK_FALSE(nlohmann::json::parse(file_bytes(folder / "b" / "config.json")).contains("tie_word_embeddings"));
}

TEST_CASE("model folders: what wraps a model in a program is taken off its names") {
  const TemporaryFolder folder;
  const BertModel saved = BertModel::make(small_config(), BertHead::SequenceClassification, 5);
  struct Wrapper {
    const char* before;
    bool drops_bert;
  };
  const Wrapper wrappers[] = {{"module.", false},           {"_orig_mod.", false},  {"model.", false},
                              {"module._orig_mod.", false}, {"bert_model.", true},  {"model.module.", true},
                              {"encoder.", false},          {"net.backbone.", true}};
  for (const Wrapper& wrapper : wrappers) {
    CAPTURE(wrapper.before);
    save_bert(folder.path(), saved);
    rewrite(folder.path(), [&](std::string name) {
      if (wrapper.drops_bert && name.starts_with("bert.")) name.erase(0, 5);
      return wrapper.before + name;
    });
    CHECK(load_bert(folder.path()).report.to_string() == "");
    CHECK(equal_weights(load_bert(folder.path()).model, saved));
  }
  save_bert(folder.path(), saved);
  rewrite(folder.path(), [](const std::string& name) {
    const bool is_bert = name.starts_with("bert.");
    return name.starts_with("classifier") ? name : "bert_model._orig_mod." + (is_bert ? name.substr(5) : name);
  });
  CHECK(equal_weights(load_bert(folder.path()).model, saved));
}

TEST_CASE("model folders: two models in a file are refused, unless one is plain or both are one") {
  const TemporaryFolder folder;
  const BertModel saved = BertModel::make(small_config(), BertHead::MaskedLm, 5);
  const BertModel other = BertModel::make(small_config(), BertHead::MaskedLm, 6);
  save_bert(folder.path(), saved);
  const auto write = [&](const std::string& first, const std::string& second, const BertModel& beside) {
    std::vector<SafetensorsItem> items = parameter_items(saved.layout, saved.weights.values<float>(), first);
    for (SafetensorsItem& item : parameter_items(beside.layout, beside.weights.values<float>(), second))
      items.push_back(std::move(item));
    write_safetensors((folder / "model.safetensors").string(), items);
  };
  write("student.", "teacher.", other);
  CHECK(has(refusal(folder.path()), " holds several models, as student.bert.embeddings."));
  write("", "module.", other);
  CHECK(has(refusal(folder.path()), " differ, and each may be bert.embeddings.word_embeddings.weight; save one"));
  write("", "module.", saved);
  CHECK(equal_weights(load_bert(folder.path()).model, saved));
  write("", "teacher.", other);
  CHECK(equal_weights(load_bert(folder.path()).model, saved));
}

TEST_CASE("model folders: a cross-encoder's activation stands in one of three places") {
  const TemporaryFolder folder;
  BertConfig config = small_config();
  config.labels = {"score"};
  const auto load_with = [&](const std::function<void(nlohmann::json&)>& change) {
    save_bert(folder.path(), BertModel::make(config, BertHead::SequenceClassification, 5));
    change_config(folder.path(), change);
    return load_bert(folder.path()).model.config;
  };
  CHECK(load_with([](auto&) {}).score_function() == ScoreFunction::Sigmoid);
  CHECK(load_with([](auto& f) { f["problem_type"] = "regression"; }).score_function() == ScoreFunction::Identity);
  CHECK(load_with([](auto& f) {
          f["sbert_ce_default_activation_function"] = "torch.nn.modules.linear.Identity";
        }).score_function() == ScoreFunction::Identity);
  const auto newer = [](auto& f) {
    f["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.activation.Tanh"}, {"version", "4.0"}};
  };
  CHECK(load_with(newer).score_function() == ScoreFunction::Tanh);
  save_bert(folder / "again", load_bert(folder.path()).model);
  const auto again = nlohmann::json::parse(file_bytes(folder / "again" / "config.json"));
  CHECK(again["sentence_transformers"]["activation_fn"] == "torch.nn.modules.activation.Tanh");
  CHECK(again["sentence_transformers"]["version"] == "4.0");
  put_bytes(folder / "modules.json", "[]");
  put_bytes(folder / "config_sentence_transformers.json",
            R"({"activation_fn": "torch.nn.modules.linear.Identity", "model_type": "CrossEncoder"})");
  CHECK(load_with(newer).score_function() == ScoreFunction::Identity);
  put_bytes(folder / "config_sentence_transformers.json", R"({"activation_fn": "my.Gate"})");
  CHECK(has(refusal(folder.path()), "a cross-encoder's activation is \"my.Gate\", expected torch's Identity, "));
}

TEST_CASE("model folders: google-research/bert's names, kernels transposed, moments passed over") {
  const TemporaryFolder folder;
  const BertModel saved = BertModel::make(small_config(), BertHead::Pretraining, 5);
  struct Stored {
    std::string name;
    Tensor tensor;
  };
  std::vector<Stored> stored;
  for (const SafetensorsItem& item : parameter_items(saved.layout, saved.weights.values<float>())) {
    std::string name = item.name;
    const auto replace = [&](const std::string& from, const std::string& to) {
      if (const std::size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    replace("layer.", "layer_");
    replace("LayerNorm.weight", "LayerNorm.gamma");
    replace("LayerNorm.bias", "LayerNorm.beta");
    replace("_embeddings.weight", "_embeddings");
    replace("predictions.bias", "predictions.output_bias");
    replace("seq_relationship.weight", "seq_relationship.output_weights");
    replace("seq_relationship.bias", "seq_relationship.output_bias");
    replace(".weight", ".kernel");
    std::ranges::replace(name, '.', '/');
    Tensor tensor(item.desc.dtype, item.desc.shape);
    std::ranges::copy(item.bytes, tensor.bytes().begin());
    if (name.ends_with("kernel")) {
      const std::int64_t rows = tensor.shape()[0], columns = tensor.shape()[1];
      Tensor turned(DType::f32, {columns, rows});
      for (std::int64_t i = 0; i < rows * columns; ++i) {
        turned.values<float>()[i % columns * rows + i / columns] = tensor.values<float>()[i];
      }
      tensor = std::move(turned);
    }
    stored.push_back({name, std::move(tensor)});
  }
  stored.push_back({"bert/pooler/dense/kernel/adam_m", Tensor(DType::f32, {12, 12})});
  stored.push_back({"global_step", Tensor(DType::i32, {1})});
  std::vector<SafetensorsItem> items;
  for (const Stored& s : stored) items.push_back({s.name, s.tensor.desc(), s.tensor.bytes()});
  write_safetensors((folder / "model.safetensors").string(), items);
  put_bytes(folder / "bert_config.json", saved.config.to_json());
  const LoadedBert loaded = load_bert(folder.path());
  CHECK(loaded.report.to_string() == "");
  CHECK(equal_weights(loaded.model, saved));
}

TEST_CASE("model folders: unknown keys and labels of the configuration survive a round trip") {
  const TemporaryFolder folder;
  BertModel model = BertModel::make(small_config(), BertHead::SequenceClassification, 5);
  model.config.classifier_dropout = 0.3f;
  save_bert(folder / "a", model);
  change_config(folder / "a", [](nlohmann::json& fields) {
    fields["my_key"] = {{"nested", {1, 2.5, nullptr, "text"}}};
    fields["problem_type"] = "single_label_classification";
  });
  save_bert(folder / "b", load_bert(folder / "a").model);
  const auto read = [&](const char* name) { return nlohmann::json::parse(file_bytes(folder / name / "config.json")); };
  CHECK(read("a") == read("b"));
  CHECK(read("b")["classifier_dropout"].dump() == "0.3");
  CHECK(read("b")["id2label"] == nlohmann::json{{"0", "no"}, {"1", "maybe"}, {"2", "yes"}});
  CHECK(read("b")["label2id"] == nlohmann::json{{"no", 0}, {"maybe", 1}, {"yes", 2}});
}

TEST_CASE("model folders: what is missing is said in one line") {
  const TemporaryFolder folder;
  CHECK(has(refusal(folder.path()), "holds no config.json and no bert_config.json"));
  CHECK(has(refusal(folder / "other"), "other: no such folder or file; give the folder of a model"));
  save_bert(folder.path(), BertModel::make(small_config(), BertHead::Pooler, 5));
  rewrite(folder.path(),
          [](std::string name) { return name.find("layer.1.output.dense") == std::string::npos ? name : ""; });
  CHECK(has(refusal(folder.path()), "not all of a BertModel (2 missing: bert.encoder.layer.1.output.dense.weight, "));
  change_config(folder.path(), [](nlohmann::json& fields) { fields["id2label"] = {{"0", "a"}, {"2", "b"}}; });
  CHECK(has(refusal(folder.path()), "\"id2label\" has 2 labels and none of number 1"));
}
