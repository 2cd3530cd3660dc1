#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "scoria/data/task_files.h"
#include "scoria/error.h"

/// How a program reads its task files: --format, for those whose name and first bytes do not say.
class TaskFormatOption {
 public:
  CLI::Option* add_to(CLI::App& app) {
    return app
        .add_option(
            "--format", format_,
            "of the task's files: tsv, csv or json (lines or an array); to tag columns or json; auto: by name and "
            "content")
        ->check(CLI::IsMember({"auto", "tsv", "csv", "json", "jsonl", "columns"}))
        ->capture_default_str();
  }

  /// Of labelled texts. Throws Error (Usage) for a format that they do not have, as the next ones do.
  scoria::TextFileFormat texts() const {
    if (format_ == "tsv") return scoria::TextFileFormat::Tsv;
    if (format_ == "csv") return scoria::TextFileFormat::Csv;
    if (is_json()) return scoria::TextFileFormat::Json;
    require_auto("labelled texts are in tsv, csv or json");
    return scoria::TextFileFormat::ByName;
  }
  scoria::TaggedFileFormat tagged_words() const {
    if (format_ == "columns") return scoria::TaggedFileFormat::Columns;
    if (is_json()) return scoria::TaggedFileFormat::Json;
    require_auto("tagged words are in columns or json");
    return scoria::TaggedFileFormat::ByContent;
  }
  /// Questions are JSON whatever they are called.
  void check_questions() const {
    if (!is_json()) require_auto("questions are in json");
  }

 private:
  bool is_json() const { return format_ == "json" || format_ == "jsonl"; }
  void require_auto(const char* what) const {
    if (format_ != "auto") throw scoria::Error(scoria::ErrorKind::Usage, fmt::format("--format {}: {}", format_, what));
  }

  std::string format_ = "auto";
};
