// 05_classify: what class is a text of? With a model tuned on reviews it prints:
//   positive  0.9...  what a wonderful film
//   negative  0.9...  what a terrible film
//
// 05_classify MODEL_FOLDER [TEXT]..., where the folder is what finetune --task classify wrote, or any
// BertForSequenceClassification of Hugging Face.

#include <cstdio>
#include <string>
#include <vector>

#include "scoria/scoria.h"

int main(int argc, char** argv) try {
  using namespace scoria;
  if (argc < 2) throw Error(ErrorKind::Usage, "which model? give its folder: 05_classify MODEL_FOLDER [TEXT]...");
  const std::string folder = argv[1];
  std::vector<TextInput> texts;
  for (int i = 2; i < argc; ++i) texts.push_back({argv[i]});
  if (texts.empty()) texts = {{"what a wonderful film"}, {"what a terrible film"}};

  const Tokenizer tokenizer = Tokenizer::load(folder);
  BertRunner runner(Device::open(), load_bert(folder, {.head = BertHead::SequenceClassification}).model);

  // Texts longer than the model are read in windows here; without a stride their ends would be cut off.
  const std::vector<TextScores> scores = classify(runner, tokenizer, texts, {.stride = 128});
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t best = scores[i].best();
    std::printf("%s  %.3f  %.*s\n", label_name(runner.config().labels, best).c_str(), scores[i].probabilities[best],
                static_cast<int>(texts[i].first.size()), texts[i].first.data());
  }
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "05_classify: %s\n", error.what());
  return static_cast<int>(error.kind());
}
