// tokenize count: documents, sentences, words and tokens of a corpus.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "commands.h"
#include "scoria/data/corpus.h"
#include "scoria/data/token_store.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  std::vector<std::filesystem::path> corpus;
  int thread_count = 0;
  bool one_sentence_a_line = false, json = false;
};

void count(const Settings& settings) {
  const WordPiece tokenizer = settings.vocabulary.load();
  const Corpus corpus(settings.corpus);
  TokenizeOptions options;
  options.thread_count = settings.thread_count;
  if (settings.one_sentence_a_line) options.lines = LineMeaning::Sentences;
  const TokenStore store = tokenize_corpus(corpus, tokenizer, options);
  std::uint64_t unknown = 0, continued = 0;
  for (std::uint64_t i = 0; i < store.token_count(); ++i) {
    unknown += store.token(i) == tokenizer.unk_id();
    continued += tokenizer.token(store.token(i)).starts_with("##");
  }
  const std::uint64_t words = store.token_count() - continued;
  const Json result{{"files", corpus.files().size()},
                    {"bytes", corpus.byte_count()},
                    {"documents", store.document_count()},
                    {"sentences", store.sentence_count()},
                    {"words", words},
                    {"tokens", store.token_count()},
                    {"unknown", unknown},
                    {"tokens_per_word", static_cast<double>(store.token_count()) / static_cast<double>(words)},
                    {"unknown_fraction", static_cast<double>(unknown) / static_cast<double>(words)}};
  if (settings.json) {
    fmt::print("{}\n", result.dump());
    return;
  }
  for (const auto& [name, value] : result.items()) fmt::print("{:<17} {}\n", name, value.dump());
}

}  // namespace

void add_count(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("count", "documents, sentences, words and tokens of a corpus");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  command.add_option("--corpus", settings->corpus, "text files or folders of them; an empty line ends a document")
      ->required();
  command.add_option("--threads", settings->thread_count, "0: every core")->check(CLI::NonNegativeNumber);
  command.add_flag("--sentences", settings->one_sentence_a_line, "each line is one sentence already");
  command.add_flag("--json", settings->json, "one object");
  command.callback([settings] { count(*settings); });
}
