#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "finetune/settings.h"
#include "scoria/tasks/sentences.h"
#include "support/progress_view.h"

namespace finetune {

/// The labelled texts of a file, and the model's sight of them. No file, no rows.
class TextFile {
 public:
  /// Tells what was odd. Throws Error (Input) besides for texts where pairs are asked for.
  TextFile(const Settings& settings, const std::filesystem::path& file, ProgressView& view);

  const std::string& name() const { return name_; }
  const std::vector<scoria::LabelledText>& rows() const { return rows_; }
  bool has_label_lists() const { return scoria::has_label_lists(rows_); }

  std::vector<scoria::TextScores> predict(scoria::BertRunner& runner, const scoria::Tokenizer& tokenizer,
                                          const scoria::LongTexts& long_texts) const;

 private:
  std::string name_;
  std::vector<scoria::LabelledText> rows_;
};

/// Both files of a task on texts.
struct TextFiles {
  TextFiles(const Settings& settings, ProgressView& view)
      : training(settings, settings.training_file, view), dev(settings, settings.dev_file, view) {}

  TextFile training, dev;
};

}  // namespace finetune
