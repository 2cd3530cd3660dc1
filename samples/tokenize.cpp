// tokenize: learns a WordPiece vocabulary, turns text into ids and back, and counts what a corpus comes to.
//
//   tokenize train  --corpus book.txt --vocab-size 8192 --out tok/
//   echo "Hello, world!" | tokenize encode --vocab tok/ --json
//   echo "2 7592 3" | tokenize decode --vocab tok/
//   tokenize count  --vocab tok/ --corpus book.txt
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/data/token_store.h"
#include "scoria/error.h"
#include "scoria/log.h"
#include "scoria/text/vocabulary.h"
#include "scoria/text/wordpiece.h"

namespace {

using namespace scoria;
using Json = nlohmann::ordered_json;

struct Settings {
  std::vector<std::filesystem::path> corpus;
  std::filesystem::path vocabulary, out;
  VocabularyOptions train;
  bool cased = false, no_special = false, keep_special = false, json = false, one_sentence_a_line = false;
  std::string contract;
};

WordPiece load_tokenizer(const Settings& settings) {
  WordPiece tokenizer = WordPiece::load(settings.vocabulary);
  if (!settings.cased && settings.contract.empty()) return tokenizer;
  WordPieceOptions options = tokenizer.options();
  if (settings.cased) options.text.lower_case = false;
  if (settings.contract == "google") options.text.contract = TextContract::Google;
  return WordPiece::load(settings.vocabulary, options);
}

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

void encode(const Settings& settings) {
  const WordPiece tokenizer = load_tokenizer(settings);
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    Encoding encoding = tokenizer.encode(line, !settings.no_special);
    const std::vector<std::string> tokens = tokenizer.tokens(encoding.ids);
    if (!settings.json) {
      std::string out;
      for (const std::string& token : tokens) out.append(out.empty() ? "" : " ").append(token);
      fmt::print("{}\n", out);
      continue;
    }
    to_code_points(line, encoding.offsets);
    Json offsets = Json::array();
    for (const TokenSpan& span : encoding.offsets) offsets.push_back({span.begin, span.end});
    fmt::print("{}\n", Json{{"ids", encoding.ids}, {"tokens", tokens}, {"offsets", offsets}}.dump());
  }
}

void decode(const Settings& settings) {
  const WordPiece tokenizer = load_tokenizer(settings);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::vector<std::int32_t> ids;
    for (std::string word; words >> word;) {
      try {
        std::size_t used = 0;
        ids.push_back(std::stoi(word, &used));
        if (used != word.size()) throw std::invalid_argument(word);
      } catch (const std::logic_error&) {
        throw Error(ErrorKind::Usage, fmt::format("decode: \"{}\" is not an id; give numbers apart by spaces", word));
      }
    }
    const std::string text = tokenizer.decode(ids, !settings.keep_special);
    fmt::print("{}\n", settings.json ? Json{{"text", text}}.dump() : text);
  }
}

void count(const Settings& settings) {
  const WordPiece tokenizer = load_tokenizer(settings);
  const Corpus corpus(settings.corpus);
  TokenizeOptions options;
  options.thread_count = settings.train.thread_count;
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

void add_vocabulary(CLI::App& command, Settings& settings) {
  command.add_option("--vocab", settings.vocabulary, "vocab.txt, or a folder with one")->required();
  command.add_flag("--cased", settings.cased, "keep capitals and accents");
  command.add_option("--contract", settings.contract, "whose tokenizer to follow: hf (default) or google")
      ->check(CLI::IsMember({"hf", "google"}));
}

void add_corpus(CLI::App& command, Settings& settings) {
  command.add_option("--corpus", settings.corpus, "text files or folders of them; an empty line ends a document")
      ->required();
  command.add_option("--threads", settings.train.thread_count, "0: every core")->check(CLI::NonNegativeNumber);
}

int run(int argc, char** argv) {
  CLI::App app{"Learns and applies BERT's WordPiece vocabularies."};
  app.require_subcommand(1);
  app.footer(
      "Example:\n  tokenize train --corpus book.txt --vocab-size 8192 --out tok/\n"
      "  echo \"Hello, world!\" | tokenize encode --vocab tok/ --json");
  Settings settings;

  CLI::App& training = *app.add_subcommand("train", "learn a vocabulary and write the tokenizer's four files");
  add_corpus(training, settings);
  training.add_option("--vocab-size", settings.train.size, "tokens in all")->required();
  training.add_option("--out", settings.out, "folder to write into")->required();
  training.add_option("--min-frequency", settings.train.min_frequency, "merge no pair seen less often")
      ->capture_default_str();
  training.add_option("--alphabet-limit", settings.train.alphabet_limit, "most different characters")
      ->capture_default_str();
  training.add_flag("--cased", settings.cased, "keep capitals and accents");

  CLI::App& encoding = *app.add_subcommand("encode", "a line in, its tokens out");
  add_vocabulary(encoding, settings);
  encoding.add_flag("--no-special", settings.no_special, "without [CLS] and [SEP]");
  encoding.add_flag("--json", settings.json, "ids, tokens and offsets in code points");

  CLI::App& decoding = *app.add_subcommand("decode", "a line of ids in, text out");
  add_vocabulary(decoding, settings);
  decoding.add_flag("--keep-special", settings.keep_special, "show [CLS], [SEP], [PAD], [UNK] and [MASK]");
  decoding.add_flag("--json", settings.json, "{\"text\": ...}");

  CLI::App& counting = *app.add_subcommand("count", "documents, sentences, words and tokens of a corpus");
  add_vocabulary(counting, settings);
  add_corpus(counting, settings);
  counting.add_flag("--sentences", settings.one_sentence_a_line, "each line is one sentence already");
  counting.add_flag("--json", settings.json, "one object");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ErrorKind::Usage);
  }
  if (training.parsed()) train(settings);
  if (encoding.parsed()) encode(settings);
  if (decoding.parsed()) decode(settings);
  if (counting.parsed()) count(settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  set_log_sink([](LogLevel, std::string_view line) { fmt::print(stderr, "{}\n", line); });
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "tokenize: {}\n", error.what());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "tokenize: out of memory\n");
    return static_cast<int>(ErrorKind::Memory);
  }
}
