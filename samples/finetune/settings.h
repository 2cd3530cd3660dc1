#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scoria/data/task_files.h"
#include "scoria/train/fine_tuner.h"
#include "support/task_format_option.h"

namespace finetune {

enum class TaskKind { Classify, Pair, Regress, Tag, Answer };

/// What the command line says; what it leaves open is the recipe's.
struct Settings {
  TaskKind task = TaskKind::Classify;
  std::string model;
  std::filesystem::path vocabulary, training_file, dev_file;
  bool cased = false, uncased = false;
  scoria::TextColumns text_columns;
  scoria::TagColumns tag_columns;
  TaskFormatOption format;
  std::vector<std::string> labels;

  std::optional<std::int64_t> epochs, batch, sequence_length, stride;
  std::optional<float> learning_rate;
  std::optional<std::int64_t> max_question;
  std::int64_t max_answer = 30;
  bool windows = false, all_pieces = false;
  std::string class_weights, metric;
  std::int64_t seeds = 1;
  bool evaluate_only = false, json = false;
  std::string device = "auto";
  scoria::FineTunerOptions tuner;

  /// The most tokens that the model and its tokenizer are for, by which what the recipe leaves to a text is bounded.
  std::int64_t most_tokens = 0;

  /// How texts are cut, to learn and to score alike; the recipe's values put in, or what the model and --seq-len allow.
  std::int64_t max_length() const;
  scoria::LongTexts long_texts() const;
  scoria::TagWindows tag_windows() const;
  scoria::AnswerOptions answer_options() const;

 private:
  std::int64_t step() const;
};

/// The recipes of google-research/bert and transformers' example scripts.
struct Recipe {
  std::int64_t epochs, batch, sequence_length, stride;  // stride: at most half of the length
  float learning_rate;
};
Recipe recipe_of(TaskKind task);

/// "classify" and so on: the word of --task.
const char* task_name(TaskKind task);

}  // namespace finetune
