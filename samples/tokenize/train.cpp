// tokenize train: learns a vocabulary and writes the tokenizer's four files.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "commands.h"
#include "scoria/data/corpus.h"
#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "scoria/text/wordpiece.h"

namespace {

using namespace scoria;

struct Settings {
  std::vector<std::filesystem::path> corpus;
  std::filesystem::path out;
  VocabularyOptions train;
  bool cased = false;
};

void train(const Settings& settings) {
  VocabularyOptions options = settings.train;
  options.text.lower_case = !settings.cased;
  const Corpus corpus(settings.corpus);
  VocabularyTrainer trainer(options);
  corpus.for_each_document([&](const Document& document) { trainer.add(document.text); });
  const auto words = trainer.word_counts();
  WordPieceOptions tokenizer_options;
  tokenizer_options.text = options.text;
  const WordPiece tokenizer(train_vocabulary(words, options), tokenizer_options);
  std::error_code code;
  std::filesystem::create_directories(settings.out, code);
  if (code) throw Error(ErrorKind::Io, fmt::format("{}: cannot be made: {}", settings.out.string(), code.message()));
  tokenizer.save(settings.out);
  fmt::print(stderr, "{} tokens from {} different words, written to {}\n", tokenizer.size(), words.size(),
             settings.out.string());
  if (tokenizer.size() < options.size)
    fmt::print(stderr, "fewer than the {} asked for: no other pair occurs {} times\n", options.size,
               options.min_frequency);
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "learn a vocabulary and write the tokenizer's four files");
  const auto settings = std::make_shared<Settings>();
  command.add_option("--corpus", settings->corpus, "text files or folders of them; an empty line ends a document")
      ->required();
  command.add_option("--threads", settings->train.thread_count, "0: every core")->check(CLI::NonNegativeNumber);
  command.add_option("--vocab-size", settings->train.size, "tokens in all")->required();
  command.add_option("--out", settings->out, "folder to write into")->required();
  command.add_option("--min-frequency", settings->train.min_frequency, "merge no pair seen less often")
      ->capture_default_str();
  command.add_option("--alphabet-limit", settings->train.alphabet_limit, "most different characters")
      ->capture_default_str();
  command.add_flag("--cased", settings->cased, "keep capitals and accents");
  command.callback([settings] { train(*settings); });
}
