// course_models FOLDER: makes the models that the course's tests run on, small and in a second.
//
//   FOLDER/capitals   BertForMaskedLM that guesses "paris" always
//   FOLDER/reviews    BertForSequenceClassification tuned on eight reviews
//   FOLDER/lines      what 07_application is asked
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scoria/scoria.h"
#include "scoria/train/fine_tuner.h"

namespace {

using namespace scoria;
namespace fs = std::filesystem;

Tokenizer make_tokenizer() {
  VocabularyTrainer trainer({.size = 200});
  for (int i = 0; i < 3; ++i) {
    trainer.add(
        "the capital of france is paris . what a wonderful film what a terrible film good bad great awful it was");
  }
  return Tokenizer(trainer.train());
}

BertConfig make_config(const Tokenizer& tokenizer) {
  BertConfig config = BertConfig::preset("tiny");
  config.vocab_size = tokenizer.size();
  config.hidden_size = 64;
  config.intermediate_size = 128;
  config.num_attention_heads = 2;
  config.max_position_embeddings = 64;
  return config;
}

void save(const fs::path& folder, const BertModel& model, const Tokenizer& tokenizer) {
  fs::create_directories(folder);
  save_bert(folder, model);
  tokenizer.save(folder);
}

void make_capitals(const fs::path& folder, const Tokenizer& tokenizer) {
  BertModel model = BertModel::make(make_config(tokenizer), BertHead::MaskedLm, 1);
  const auto paris = static_cast<std::int64_t>(tokenizer.encode("paris", false).ids.at(0));
  const std::int64_t bias = model.layout.find("cls.predictions.bias").offset;
  model.weights.values<float>()[static_cast<std::size_t>(bias + paris)] = 10.0f;
  save(folder, model, tokenizer);
}

void make_reviews(const fs::path& folder, const Tokenizer& tokenizer) {
  std::vector<LabelledText> rows;
  std::vector<std::int32_t> labels;
  for (const char* good : {"wonderful", "good", "great", "wonderful film"}) {
    rows.push_back({std::string("what a ") + good, {}, "positive", 0});
    labels.push_back(1);
  }
  for (const char* bad : {"terrible", "bad", "awful", "terrible film"}) {
    rows.push_back({std::string("what a ") + bad, {}, "negative", 0});
    labels.push_back(0);
  }
  BertConfig config = make_config(tokenizer);
  config.labels = {"negative", "positive"};
  FineTunerOptions options;
  options.batch = 8;
  options.epochs = 60;
  options.learning_rate = 3e-3f;
  FineTuner tuner(Device::open("cpu"), tokenizer, BertModel::make(config, BertHead::SequenceClassification, 1),
                  text_examples(tokenizer, rows, labels, {.max_length = 64}), options);
  tuner.run();
  save(folder, tuner.model(), tokenizer);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw Error(ErrorKind::Usage, "usage: course_models FOLDER");
  const fs::path folder = argv[1];
  const Tokenizer tokenizer = make_tokenizer();
  make_capitals(folder / "capitals", tokenizer);
  make_reviews(folder / "reviews", tokenizer);
  std::ofstream(folder / "lines") << "what a wonderful film\n"
                                  << std::string(20'000, 'x') << "\nwhat a terrible film\n";
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "course_models: %s\n", error.what());
  return static_cast<int>(error.kind());
}
