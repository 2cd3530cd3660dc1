#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "finetune/settings.h"
#include "scoria/model/bert_files.h"
#include "scoria/text/tokenizer.h"
#include "support/progress_view.h"

namespace finetune {

/// Where --model gets its weights: a folder, or a preset or config.json that starts from nothing.
class ModelSource {
 public:
  explicit ModelSource(const Settings& settings);

  const scoria::Tokenizer& tokenizer() const { return tokenizer_; }
  const scoria::BertConfig& config() const { return config_; }
  /// The labels of a classifier of this head in the files; empty for another head.
  std::vector<std::string> labels(scoria::BertHead head) const;
  /// With a head for these labels, which starts anew from the seed where the files have it not, for other labels, or
  /// for such as exclude each other where these do not, or the reverse.
  scoria::BertModel load(scoria::BertHead head, const std::vector<std::string>& labels, bool independent,
                         std::uint64_t seed, ProgressView& view) const;
  /// As the files have it.
  scoria::BertModel load_trained(scoria::BertHead head) const;

 private:
  std::filesystem::path path_;  ///< empty: there are no weights
  scoria::BertConfig config_;
  scoria::Tokenizer tokenizer_;
};

}  // namespace finetune
