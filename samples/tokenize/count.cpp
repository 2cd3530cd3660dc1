// tokenize count: documents, sentences, words and tokens of a corpus.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "../support/corpus_option.h"
#include "../support/progress_view.h"
#include "../support/threads_option.h"
#include "commands.h"
#include "scoria/data/corpus_counts.h"
#include "vocabulary_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  VocabularyOption vocabulary;
  CorpusOption corpus;
  TokenizeOptions tokenize;
  bool one_sentence_a_line = false, json = false;
};

Json findings_of(const CorpusReport& report) {
  Json findings = Json::object();
  for (std::size_t i = 0; i < kCorpusFindingCount; ++i) {
    const auto finding = static_cast<CorpusFinding>(i);
    const auto& [found, first] = report.entry(finding);
    if (found > 0) findings[std::string(CorpusReport::name(finding))] = {{"count", found}, {"first", first}};
  }
  return findings;
}

void count(const Settings& settings) {
  const Tokenizer tokenizer = settings.vocabulary.load();
  const Corpus corpus = settings.corpus.open();
  TokenizeOptions options = settings.tokenize;
  if (settings.one_sentence_a_line) options.lines = LineMeaning::Sentences;
  ProgressView view;
  const CorpusCounts counts = count_corpus(corpus, tokenizer, options, [&](std::uint64_t done, std::uint64_t total) {
    view.bytes("counting", done, total);
  });
  const double words = static_cast<double>(counts.words);
  Json result{{"files", corpus.files().size()},
              {"bytes", corpus.byte_count()},
              {"documents", counts.documents},
              {"sentences", counts.sentences},
              {"words", counts.words},
              {"tokens", counts.tokens},
              {"unknown", counts.unknown},
              {"tokens_per_word", static_cast<double>(counts.tokens) / words},
              {"unknown_fraction", static_cast<double>(counts.unknown) / words}};
  if (settings.json) {
    result["findings"] = findings_of(corpus.report());
    fmt::print("{}\n", result.dump());
    return;
  }
  for (const std::string& line : corpus.report().lines()) view.say(line);
  for (const auto& [name, value] : result.items()) fmt::print("{:<17} {}\n", name, value.dump());
}

}  // namespace

void add_count(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("count", "documents, sentences, words and tokens of a corpus");
  const auto settings = std::make_shared<Settings>();
  settings->vocabulary.add_to(command);
  settings->corpus.add_to(command);
  add_threads_option(command);
  command.add_flag("--sentences", settings->one_sentence_a_line, "each line is one sentence already");
  command.add_flag("--json", settings->json, "one object, with what was mended under findings");
  command.callback([settings] { count(*settings); });
}
