#include "finetune/model_source.h"

#include <fmt/format.h>

#include "scoria/error.h"
#include "scoria/model/sentence_pipeline.h"
#include "scoria/tasks/sentences.h"

namespace finetune {
namespace {

using namespace scoria;
namespace fs = std::filesystem;

bool is_config_file(const std::string& model) { return model.ends_with(".json"); }

// A name without a folder is a preset's, unless there is such a file.
bool has_weights(const std::string& model) {
  if (is_config_file(model)) return false;
  std::error_code error;
  return model.find('/') != std::string::npos || fs::exists(model, error) || fs::exists(model + ".index", error);
}

BertConfig load_config(const std::string& model) {
  if (has_weights(model)) return load_bert_config(model);
  return is_config_file(model) ? BertConfig::load(model) : BertConfig::preset(model);
}

Tokenizer load_tokenizer(const Settings& settings, const fs::path& folder) {
  const fs::path source = settings.vocabulary.empty() ? folder : settings.vocabulary;
  if (source.empty()) {
    throw Error(
        ErrorKind::Usage,
        fmt::format("--model {} starts from nothing and has no vocabulary; give one with --vocab", settings.model));
  }
  if (!settings.cased && !settings.uncased) return Tokenizer::load(source);
  WordPieceOptions options;
  options.text.lower_case = settings.uncased;
  return Tokenizer::load(source, options);
}

std::vector<std::string> head_parameters(BertHead head) {
  if (head == BertHead::QuestionAnswering) return {"qa_outputs"};
  if (head == BertHead::TokenClassification) return {"classifier"};
  return {"bert.pooler", "classifier"};
}

void say_started(const ParameterReport& report, ProgressView& view) {
  std::string names;
  for (const std::string& name : report.started) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) view.say("model: starts anew: " + names);
}

void say_left_out(const fs::path& path, ProgressView& view) {
  if (makes_sentence_vectors(path))
    view.say("model: only the BERT of this sentence-transformers folder is tuned; its pooling, modules, prompts and "
             "limit of length are left out");
}

}  // namespace

ModelSource::ModelSource(const Settings& settings)
    : path_(has_weights(settings.model) ? fs::path(settings.model) : fs::path()),
      config_(load_config(settings.model)),
      tokenizer_(load_tokenizer(settings, path_.empty() ? path_ : bert_folder(path_))) {
  if (!path_.empty()) return;
  if (!is_config_file(settings.model)) config_.vocab_size = tokenizer_.size();
  config_.pad_token_id = tokenizer_.pad_id();
}

std::vector<std::string> ModelSource::labels(BertHead head) const {
  if (config_.architecture != architecture(head)) return {};
  std::vector<std::string> labels = config_.labels;
  const bool classifies = head == BertHead::SequenceClassification || head == BertHead::TokenClassification;
  if (!labels.empty() || !classifies) return labels;
  // transformers writes no names where there are two labels of its default ones.
  for (std::size_t i = 0; i < static_cast<std::size_t>(config_.label_count()); ++i)
    labels.push_back(label_name(config_.labels, i));
  return labels;
}

BertModel ModelSource::load(BertHead head, const std::vector<std::string>& labels, bool independent, std::uint64_t seed,
                            ProgressView& view) const {
  if (path_.empty()) {
    BertConfig config = config_;
    config.labels = labels;
    config.architecture = architecture(head);
    config.set_independent_labels(independent);
    return BertModel::make(config, head, seed);
  }
  LoadedBert loaded = load_bert(path_, {head, head_parameters(head), labels, seed});
  BertModel& model = loaded.model;
  if (labels.empty()) model.config.labels.clear();
  // A classifier of as many other labels fits, but knows nothing of these.
  const bool is_of_another_kind = independent != config_.has_independent_labels();
  model.config.set_independent_labels(independent);
  if (!labels.empty() && loaded.report.started.empty() && (this->labels(head) != labels || is_of_another_kind)) {
    for (const char* name : {"classifier.weight", "classifier.bias"}) {
      model.layout.start(name, model.weights.values<float>(), seed, model.config.initializer_range);
      loaded.report.started.push_back(name);
    }
  }
  say_started(loaded.report, view);
  say_left_out(path_, view);
  return std::move(model);
}

BertModel ModelSource::load_trained(BertHead head) const {
  if (path_.empty()) throw Error(ErrorKind::Usage, "--eval-only needs a trained model; give its folder with --model");
  return load_bert(path_, {head, {}, {}, 0}).model;
}

}  // namespace finetune
