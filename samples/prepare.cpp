// prepare: makes pretraining data once, in shards on disk, for runs that start at once and corpora larger than memory.
//
//   prepare documents --corpus books/ --vocab tok/ --out data/        tokenized text: new masks in each epoch
//   pretrain --data data/ --out run/
//   prepare examples --data data/ --out examples/ --dupe-factor 10    finished examples, as google-research/bert makes
//   prepare show examples/ --records 2
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "scoria/data/pretraining.h"
#include "scoria/data/token_store.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/text/tokenizer.h"
#include "support/command_line.h"
#include "support/corpus_option.h"
#include "support/progress_view.h"
#include "support/run_program.h"
#include "support/stop_signal.h"
#include "support/threads_option.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// A progress that a signal ends.
template <typename Draw>
CorpusProgress stoppable(const Draw& draw) {
  return [draw](std::uint64_t done, std::uint64_t total) {
    if (StopSignal::is_set()) throw Interrupted{"stopped; nothing was made"};
    draw(done, total);
  };
}

Json summary(const fs::path& folder) {
  const ShardSummary s = summarize_shards(folder);
  Json json{{"folder", folder.string()},
            {"records", s.are_examples ? "examples" : "documents"},
            {"count", s.record_count},
            {"tokens", s.token_count},
            {"vocabulary_size", s.vocabulary_size},
            {"vocabulary_hash", fmt::format("{:016x}", s.vocabulary_hash)}};
  if (s.are_examples) {
    const ExampleOptions& made = s.made_with;
    json.update({{"seq_len", made.sequence_length},
                 {"max_predictions", made.max_predictions},
                 {"masked_fraction", made.masked_fraction},
                 {"short_fraction", made.short_fraction},
                 {"whole_words", made.whole_words},
                 {"dupe_factor", made.dupe_factor},
                 {"seed", made.seed}});
  } else {
    json.update({{"sentences", s.sentence_count},
                 {"one_sentence_a_line", s.tokenized_with.lines == LineMeaning::Sentences},
                 {"max_sentence_tokens", s.tokenized_with.max_sentence_tokens}});
  }
  return json;
}

/// A folder that must not be there yet: a typing error should not cost a day's work.
void check_new(const fs::path& out) {
  if (fs::exists(out))
    throw Error(ErrorKind::Usage,
                fmt::format("--out {}: it is there already; remove it or name another", out.string()));
}

struct DocumentSettings {
  CorpusOption corpus;
  fs::path vocabulary, out;
  bool cased = false, one_sentence_a_line = false;
  TokenizeOptions tokenize;
};

void make_documents(const DocumentSettings& settings, ProgressView& view) {
  check_new(settings.out);
  WordPieceOptions words;
  words.text.lower_case = !settings.cased;
  const Tokenizer tokenizer =
      settings.cased ? Tokenizer::load(settings.vocabulary, words) : Tokenizer::load(settings.vocabulary);
  TokenizeOptions options = settings.tokenize;
  if (settings.one_sentence_a_line) options.lines = LineMeaning::Sentences;
  if (options.max_sentence_tokens == 0) options.max_sentence_tokens = std::numeric_limits<std::uint32_t>::max();
  const Corpus corpus = settings.corpus.open();
  write_token_shards(corpus, tokenizer, options, settings.out, stoppable([&](std::uint64_t done, std::uint64_t total) {
                       view.bytes("tokenizing", done, total);
                     }));
  for (const std::string& line : corpus.report().lines()) view.say(line);
  fmt::print("{}\n", summary(settings.out).dump());
}

void add_documents(CLI::App& app, ProgressView& view) {
  CLI::App* command = app.add_subcommand("documents", "tokenizes a corpus into shards of documents");
  auto settings = std::make_shared<DocumentSettings>();
  settings->corpus.add_to(*command);
  command->add_option("--vocab", settings->vocabulary, "vocab.txt or a folder with one; see tokenize train")
      ->required();
  command->add_option("--out", settings->out, "folder to make")->required();
  command->add_flag("--cased", settings->cased, "keep capitals and accents");
  command->add_flag("--sentences", settings->one_sentence_a_line, "each line of the corpus is one sentence already");
  command
      ->add_option("--max-sentence-tokens", settings->tokenize.max_sentence_tokens,
                   "longer sentences are stored as several; 0: as one")
      ->capture_default_str();
  add_threads_option(*command);
  command->callback([settings, &view] { make_documents(*settings, view); });
}

struct ExampleSettings {
  fs::path data, out;
  ExampleOptions options;
};

void make_examples(const ExampleSettings& settings, ProgressView& view) {
  check_new(settings.out);
  const Tokenizer tokenizer = Tokenizer::load(settings.data);
  const TokenStore store = TokenStore::open(settings.data, tokenizer);
  write_examples(store, tokenizer, settings.options, settings.out,
                 stoppable([&](std::uint64_t done, std::uint64_t total) {
                   const double part = static_cast<double>(done) / static_cast<double>(total);
                   view.bar(part, fmt::format("making examples of {:.1f} M tokens", static_cast<double>(total) / 1e6));
                 }));
  fmt::print("{}\n", summary(settings.out).dump());
}

void add_examples(CLI::App& app, ProgressView& view) {
  CLI::App* command = app.add_subcommand("examples", "cuts documents into finished, masked examples");
  auto settings = std::make_shared<ExampleSettings>();
  ExampleOptions& o = settings->options;
  command->add_option("--data", settings->data, "folder that prepare documents made")->required();
  command->add_option("--out", settings->out, "folder to make")->required();
  command->add_option("--seq-len", o.sequence_length, "tokens of a sequence")
      ->check(CLI::Range(5, 65535))
      ->capture_default_str();
  command->add_option("--max-predictions", o.max_predictions, "masked tokens of a sequence, at most")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->add_option("--masked-fraction", o.masked_fraction, "part of the tokens that is masked")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--short-fraction", o.short_fraction, "part of the documents cut into shorter sequences")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--whole-words", o.whole_words, "mask all pieces of a word or none");
  command->add_option("--dupe-factor", o.dupe_factor, "passes over the documents, each with other masks")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--seed", o.seed, "of Python's random numbers")->capture_default_str();
  command->callback([settings, &view] { make_examples(*settings, view); });
}

struct ShowSettings {
  fs::path folder;
  std::uint64_t records = 0;
};

Json to_json(const PretrainingExample& example, const Tokenizer& tokenizer) {
  return {{"tokens", tokenizer.tokens(example.ids)},
          {"segment_ids", example.segments},
          {"is_random_next", example.next_sentence_label == 1},
          {"masked_lm_positions", example.masked_positions},
          {"masked_lm_labels", tokenizer.tokens(example.masked_labels)}};
}

Json to_json(const TokenBlock& block, std::uint32_t document, const Tokenizer& tokenizer) {
  Json sentences = Json::array();
  for (std::uint32_t s = block.first_sentence(document); s < block.first_sentence(document + 1); ++s) {
    Json tokens = Json::array();
    for (std::uint32_t t = block.first_token(s); t < block.first_token(s + 1); ++t)
      tokens.push_back(tokenizer.token(block.token(t)));
    sentences.push_back(std::move(tokens));
  }
  return {{"sentences", std::move(sentences)}};
}

void show_documents(const ShowSettings& settings, const Tokenizer& tokenizer) {
  const TokenStore store = TokenStore::open(settings.folder, tokenizer);
  const std::uint64_t count = std::min(settings.records, store.document_count());
  for (std::size_t b = 0; store.first_document(b) < count; ++b) {
    const TokenBlock block = store.block(b);
    for (std::uint32_t d = 0; d < block.document_count() && store.first_document(b) + d < count; ++d)
      fmt::print("{}\n", to_json(block, d, tokenizer).dump());
  }
}

void show_folder(const ShowSettings& settings) {
  const Json json = summary(settings.folder);
  fmt::print("{}\n", json.dump());
  const Tokenizer tokenizer = Tokenizer::load(settings.folder);
  if (json["records"] == "documents") {
    show_documents(settings, tokenizer);
    return;
  }
  std::uint64_t left = settings.records;
  for_each_example(settings.folder, tokenizer, [&](const PretrainingExample& example) {
    if (left-- == 0) return false;
    fmt::print("{}\n", to_json(example, tokenizer).dump());
    return true;
  });
}

void add_show(CLI::App& app) {
  CLI::App* command = app.add_subcommand("show", "prints what a folder holds, a JSON object a line");
  auto settings = std::make_shared<ShowSettings>();
  command->add_option("folder", settings->folder, "folder that prepare made")->required();
  command->add_option("--records", settings->records, "records to print, from the first on")->capture_default_str();
  command->callback([settings] { show_folder(*settings); });
}

}  // namespace

int main(int argc, char** argv) {
  StopSignal::install();
  ProgressView view;
  set_log_sink([&view](LogLevel, std::string_view line) { view.say(std::string(line)); });
  CLI::App app{"Makes pretraining data in shards on disk.", "prepare"};
  app.require_subcommand(1);
  app.footer(
      "Example:\n  prepare documents --corpus books/ --vocab tok/ --out data/\n  pretrain --data data/ --out run/");
  add_documents(app, view);
  add_examples(app, view);
  add_show(app);
  return run_program("prepare", "take fewer --threads", [&] { return read_command_line(app, argc, argv).value_or(0); });
}
