// 04_fill_mask: a BERT guesses the word under [MASK]. With a model that knows its capitals it prints:
//   the capital of france is [MASK] .
//   0.9...  paris
//   0.0...
//   0.0...
//   0.0...
//   0.0...
//
// 04_fill_mask MODEL_FOLDER [TEXT [DEVICE]], where the folder is one of Hugging Face with a masked language model:
// bert-base-uncased, or one that pretrain made.

#include <cstdio>
#include <string>
#include <vector>

#include "scoria/scoria.h"

int main(int argc, char** argv) try {
  using namespace scoria;
  if (argc < 2)
    throw Error(ErrorKind::Usage, "which model? give its folder: 04_fill_mask MODEL_FOLDER [TEXT [DEVICE]]");
  const std::string folder = argv[1], text = argc > 2 ? argv[2] : "the capital of france is [MASK] .";

  // The weights and the vocabulary belong together; a model's folder has both.
  const BertModel model = load_bert(folder, {.head = BertHead::MaskedLm}).model;
  const Tokenizer tokenizer = Tokenizer::load(folder);
  BertRunner runner(Device::open(argc > 3 ? argv[3] : "auto"), model);

  // Many texts at once are faster than one after the other; here is one, so there is one list of masks.
  const std::string_view texts[] = {text};
  const std::vector<MaskGuesses> masks = fill_mask(runner, tokenizer, texts, 5).front();
  std::printf("%s\n", text.c_str());
  for (const MaskGuesses& mask : masks) {
    for (const TokenGuess& guess : mask.guesses) {
      std::printf("%.3f  %s\n", guess.probability, tokenizer.token(guess.id).c_str());
    }
  }
} catch (const scoria::Error& error) {
  std::fprintf(stderr, "04_fill_mask: %s\n", error.what());
  return static_cast<int>(error.kind());
}
