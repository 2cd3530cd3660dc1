#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "scoria/data/corpus.h"

/// Which text a program reads: --corpus, --corpus-format and --text-field.
class CorpusOption {
 public:
  CLI::Option* add_to(CLI::App& command) {
    CLI::Option* corpus =
        command
            .add_option(
                "--corpus", paths_,
                "text or JSON, also with zstd: files, folders of them, or - for standard input; an empty line, or "
                "WikiExtractor's </doc>, ends a document")
            ->required();
    command
        .add_option("--corpus-format", format_,
                    "auto (*.jsonl, *.ndjson and *.json are JSON, all else text), text or json (lines or an array)")
        ->check(CLI::IsMember({"auto", "text", "json", "jsonl"}))
        ->capture_default_str();
    command.add_option("--text-field", options_.text_field, "of each JSON object, the member that holds the text")
        ->capture_default_str();
    return corpus;
  }

  bool is_given() const { return !paths_.empty(); }
  scoria::Corpus open() const { return open(paths_); }
  /// Other files, read in the same way.
  scoria::Corpus open(const std::vector<std::filesystem::path>& paths) const {
    scoria::CorpusOptions options = options_;
    if (format_ == "text") options.format = scoria::CorpusFormat::Text;
    if (format_ == "json" || format_ == "jsonl") options.format = scoria::CorpusFormat::Json;
    return scoria::Corpus(paths, options);
  }
  /// For a program that reads its corpus more than once.
  void keep_input() { options_.keep_input = true; }

 private:
  std::vector<std::filesystem::path> paths_;
  std::string format_ = "auto";
  scoria::CorpusOptions options_;
};
