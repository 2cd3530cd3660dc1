#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"
#include "scoria/model/bert.h"
#include "support/task_format_option.h"

enum class Task { FillMask, NextSentence, Classify, Pair, Regress, Tag, Answer, Embed };

/// The word of --task.
std::string name_of(Task task);
Task task_of(const std::string& name);
std::vector<std::string> task_names();
/// The head that a task loads of a model.
scoria::BertHead head_of(Task task);
/// What a model of this head is for, where --task does not say.
Task usual_task(scoria::BertHead head, const scoria::BertConfig& config);

/// The command line.
struct Settings {
  std::filesystem::path model;
  std::string task_name;  ///< empty: the model's usual one
  std::string device = "auto";
  std::int64_t batch = 32;

  std::filesystem::path in, task_file, out;
  scoria::TextColumns columns;
  std::string word_column;
  TaskFormatOption format;
  bool json_lines = false, json = false, byte_offsets = false, strict = false;

  std::optional<std::size_t> top_k;
  std::int64_t max_length = 0, window = 0, stride = 0;
  std::string window_pool = "mean";
  bool words = false;

  std::optional<std::string> pooling, prompt;
  std::int64_t layer = -1, truncate_dim = 0;
  bool normalize = false;
  std::filesystem::path npy;

  bool no_answer = false;
  double null_threshold = 0;
  std::int64_t max_answer = 30;
  std::optional<std::int64_t> max_question;
  std::size_t best_count = 20;
  std::filesystem::path nbest, null_odds;
};

void add_options(CLI::App& app, Settings& settings);

/// Throws Error (Usage) for an option that says nothing to this task.
void refuse_foreign_options(const CLI::App& app, Task task);
