// tokenize train: learns a vocabulary, writes the tokenizer's four files, and reports what it does to the text.
#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../support/corpus_option.h"
#include "../support/progress_view.h"
#include "../support/threads_option.h"
#include "../support/vocabulary_summary.h"
#include "commands.h"
#include "scoria/error.h"
#include "scoria/text/vocabulary.h"
#include "scoria/text/tokenizer.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

const std::map<std::string, VocabularyAlgorithm> kAlgorithms = {{"bpe", VocabularyAlgorithm::Bpe},
                                                                {"likelihood", VocabularyAlgorithm::Likelihood},
                                                                {"topdown", VocabularyAlgorithm::TopDown}};

struct Settings {
  CorpusOption corpus;
  fs::path out;
  VocabularyOptions train;
  std::string algorithm = "bpe";
  std::size_t counting_mebibytes = 256;
  bool cased = false, json = false;
};

WordCounts count_words(const Corpus& corpus, const VocabularyOptions& options, ProgressView& view) {
  VocabularyTrainer trainer(options);
  corpus.for_each_document([&](const Document& document) { trainer.add(document.text); },
                           [&](std::uint64_t done, std::uint64_t total) { view.bytes("counting words", done, total); });
  WordCounts words = trainer.word_counts();
  for (const std::string& line : corpus.report().lines()) view.say(line);
  if (trainer.words_left_out() > 0)
    view.say(fmt::format("{} rarer different words are left out of all that follows; see --word-limit",
                         trainer.words_left_out()));
  view.bar(1, fmt::format("learning from {} different words", words.size()));
  return words;
}

void save(const Tokenizer& tokenizer, const fs::path& out) {
  std::error_code code;
  fs::create_directories(out, code);
  if (code) throw Error(ErrorKind::Io, fmt::format("{}: cannot be made: {}", out.string(), code.message()));
  tokenizer.save(out);
}

void say(const VocabularyReport& report, ProgressView& view) {
  view.say(summary_of(report));
  const auto list = [](const std::vector<VocabularyReport::Piece>& pieces) {
    std::string line;
    for (const VocabularyReport::Piece& piece : pieces) line += fmt::format("  {} {}", piece.token, piece.count);
    return line;
  };
  view.say("longest pieces, and their uses:" + list(report.longest));
  view.say("rarest pieces, and their uses:" + list(report.rarest));
}

Json to_json(const VocabularyReport& report) {
  const auto list = [](const std::vector<VocabularyReport::Piece>& pieces) {
    Json out = Json::array();
    for (const VocabularyReport::Piece& piece : pieces) out.push_back({{"token", piece.token}, {"count", piece.count}});
    return out;
  };
  return {{"words", report.words},
          {"different_words", report.different_words},
          {"character_coverage", report.character_coverage},
          {"unknown_rate", report.unknown_rate},
          {"whole_word_rate", report.whole_word_rate},
          {"tokens_per_word", report.tokens_per_word},
          {"unused_tokens", report.unused_tokens},
          {"longest", list(report.longest)},
          {"rarest", list(report.rarest)}};
}

void train(const Settings& settings) {
  VocabularyOptions options = settings.train;
  options.algorithm = kAlgorithms.at(settings.algorithm);
  options.text.lower_case = !settings.cased;
  options.counting_bytes = settings.counting_mebibytes << 20;
  ProgressView view;
  const WordCounts words = count_words(settings.corpus.open(), options, view);
  WordPieceOptions tokenizer_options;
  tokenizer_options.text = options.text;
  const Tokenizer tokenizer(train_vocabulary(words, options), tokenizer_options);
  const VocabularyReport report = report_vocabulary(tokenizer, words);
  save(tokenizer, settings.out);

  view.say(fmt::format("{} tokens ({}), written to {}", tokenizer.size(), settings.algorithm, settings.out.string()));
  if (tokenizer.size() < options.size)
    view.say(fmt::format("fewer than the {} asked for: {}", options.size,
                         options.algorithm == VocabularyAlgorithm::TopDown
                             ? "topdown stops within 5 % of it, or where --min-frequency does"
                             : "no other pair occurs often enough; see --min-frequency"));
  say(report, view);
  if (!settings.json) return;
  Json out{{"tokens", tokenizer.size()}, {"algorithm", settings.algorithm}, {"out", settings.out.string()}};
  out.update(to_json(report));
  fmt::print("{}\n", out.dump());
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("train", "learn a vocabulary and write the tokenizer's four files");
  const auto settings = std::make_shared<Settings>();
  VocabularyOptions& options = settings->train;
  settings->corpus.add_to(command);
  command.add_option("--out", settings->out, "folder to write into")->required();
  command.add_option("--vocab-size", options.size, "tokens in all")->required();
  command
      .add_option("--algorithm", settings->algorithm, "bpe (as Hugging Face), likelihood, or topdown (tensorflow/text)")
      ->check(CLI::IsMember({"bpe", "likelihood", "topdown"}))
      ->capture_default_str();
  command.add_option("--min-frequency", options.min_frequency, "make no piece that is seen less often [2; topdown 10]");
  command.add_option("--alphabet-limit", options.alphabet_limit, "most different characters")->capture_default_str();
  command.add_option("--word-limit", options.word_limit, "learn from so many different words, the most frequent")
      ->capture_default_str();
  command
      .add_option("--count-memory", settings->counting_mebibytes, "MiB for counting; what needs more goes to TMPDIR")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.add_flag("--cased", settings->cased, "keep capitals and accents");
  add_threads_option(command);
  command.add_flag("--json", settings->json, "the report as one object on stdout");
  command.callback([settings] { train(*settings); });
}
