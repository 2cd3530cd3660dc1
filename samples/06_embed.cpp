// 06_embed: sentences as vectors, and how alike they are: the cosine of the angle between each and the first. Prints:
//   1.000  a man is playing a guitar
//   ...
//   ...
//
// 06_embed MODEL_FOLDER [SENTENCE]..., where the folder is a sentence-embedding model: with all-MiniLM-L6-v2 the others
// are at 0.806 (someone plays music on a guitar) and -0.062 (the stock market fell today). Any other BERT works too,
// though its vectors were not made to be compared.

#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "scoria/scoria.h"

int main(int argc, char** argv) try {
  using namespace scoria;
  if (argc < 2) throw Error(ErrorKind::Usage, "which model? give its folder: 06_embed MODEL_FOLDER [SENTENCE]...");
  const std::string folder = argv[1];
  std::vector<TextInput> sentences;
  for (int i = 2; i < argc; ++i) sentences.push_back({argv[i]});
  if (sentences.empty()) {
    sentences = {{"a man is playing a guitar"}, {"someone plays music on a guitar"}, {"the stock market fell today"}};
  }

  // How the model makes one vector of many tokens stands in its folder; without, the mean of them all. Of length 1, so
  // that a dot product is a cosine.
  SentencePipeline pipeline = load_sentence_pipeline(folder);
  pipeline.normalize = true;

  const Tokenizer tokenizer = load_sentence_tokenizer(folder, pipeline);
  BertRunner runner(Device::open(), load_bert(folder, {.head = BertHead::Encoder}).model);
  const Tensor vectors = embed(runner, tokenizer, sentences, pipeline);

  const std::span<const float> values = vectors.values<float>();
  const auto H = static_cast<std::size_t>(vectors.shape()[1]);
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const float cosine = std::inner_product(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(H),
                                            values.begin() + static_cast<std::ptrdiff_t>(i * H), 0.0f);
    std::printf("%.3f  %s\n", cosine, std::string(sentences[i].first).c_str());
  }
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "06_embed: %s\n", error.what());
  return static_cast<int>(error.kind());
}
