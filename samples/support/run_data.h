#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scoria/data/pretraining.h"
#include "scoria/data/token_store.h"
#include "scoria/error.h"
#include "support/corpus_option.h"
#include "support/progress_view.h"

/// Which data a run trains on.
struct DataSettings {
  CorpusOption corpus;
  std::vector<std::filesystem::path> eval_corpus;
  std::filesystem::path shards;  ///< that prepare made, instead of a corpus
  bool one_sentence_a_line = false;
  double eval_fraction = 0.02;
  bool no_next_sentence = false;
  std::optional<std::int32_t> sequence_length;  ///< unset: 128, or what finished examples have
  scoria::PretrainingOptions options;
};

/// The data of a run, from a corpus or from shards. A corpus is tokenized into shards in the run's folder, "data" and
/// "eval-data", where a resumed run finds them again; memory does not grow with it.
class RunData {
 public:
  /// The corpus is nullptr where settings name shards.
  RunData(const DataSettings& settings, const scoria::Corpus* corpus, const scoria::Tokenizer& tokenizer,
          const std::filesystem::path& run_folder, ProgressView& view, scoria::CorpusProgress progress)
      : settings_(settings), tokenizer_(tokenizer), view_(view), progress_(std::move(progress)) {
    options_ = settings.options;
    options_.sequence_length = settings.sequence_length.value_or(options_.sequence_length);
    if (!corpus && scoria::summarize_shards(settings.shards).are_examples)
      open_examples();
    else
      open_documents(corpus ? tokenize(*corpus, run_folder / "data") : settings.shards);
    if (!settings.eval_corpus.empty())
      evaluation_ =
          make_evaluation(open(tokenize(settings.corpus.open(settings.eval_corpus), run_folder / "eval-data")), {});
    view_.say(fmt::format("held out: {}", evaluation_ ? fmt::format("{} documents", evaluation_->document_count())
                                                      : "nothing (too few documents, or --eval-fraction 0)"));
  }

  const scoria::PretrainingData& training() const { return *training_; }
  /// nullptr: there is none.
  const scoria::PretrainingData* evaluation() const { return evaluation_.get(); }
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  using Data = std::unique_ptr<scoria::PretrainingData>;
  using Store = std::shared_ptr<const scoria::TokenStore>;

  std::filesystem::path tokenize(const scoria::Corpus& corpus, const std::filesystem::path& folder) {
    scoria::TokenizeOptions options;
    if (settings_.one_sentence_a_line) options.lines = scoria::LineMeaning::Sentences;
    if (scoria::are_token_shards_of(folder, corpus, tokenizer_, options)) {
      view_.say(fmt::format("data: {} is of this corpus and vocabulary, and is used again", folder.string()));
      return folder;
    }
    scoria::write_token_shards(corpus, tokenizer_, options, folder, progress_);
    for (const std::string& line : corpus.report().lines()) view_.say(line);
    return folder;
  }

  Store open(const std::filesystem::path& folder) const {
    return std::make_shared<const scoria::TokenStore>(scoria::TokenStore::open(folder, tokenizer_));
  }
  /// Without length bins: held-out figures are of the same sequences whatever the run's are.
  Data make_evaluation(Store store, scoria::DocumentChoice documents) const {
    scoria::PretrainingOptions options = options_;
    options.length_bins = 1;
    return std::make_unique<scoria::PretrainingData>(std::move(store), tokenizer_, options, std::move(documents));
  }

  void open_documents(const std::filesystem::path& folder) {
    const Store store = open(folder);
    fingerprint_ = store->fingerprint();
    scoria::HeldOut split;
    if (settings_.eval_corpus.empty() && settings_.eval_fraction > 0)
      split = scoria::hold_out(*store, settings_.eval_fraction, options_.seed);
    training_ = std::make_unique<scoria::PretrainingData>(store, tokenizer_, options_, split.training);
    if (!split.evaluation.empty()) evaluation_ = make_evaluation(store, split.evaluation);
    view_.say(fmt::format("data: {} documents, {} sentences, {} tokens", training_->document_count(),
                          training_->sentence_count(), training_->token_count()));
  }

  void open_examples() {
    const scoria::ShardSummary summary = scoria::summarize_shards(settings_.shards);
    const bool other_length = options_.sequence_length != summary.made_with.sequence_length;
    if (options_.whole_words || settings_.no_next_sentence || options_.max_predictions != 0 ||
        (settings_.sequence_length && other_length)) {
      throw scoria::Error(scoria::ErrorKind::Usage,
                          fmt::format("--seq-len, --max-predictions, --whole-words and --no-nsp cannot change the "
                                      "finished examples in {}; give --data a folder of prepare documents",
                                      settings_.shards.string()));
    }
    fingerprint_ = summary.fingerprint;
    training_ = std::make_unique<scoria::PretrainingData>(
        scoria::PretrainingData::open(settings_.shards, tokenizer_, options_));
    options_ = training_->options();  // an evaluation corpus is cut the same
    view_.say(fmt::format("data: {} finished examples of up to {} tokens, from {}", training_->epoch_size(0),
                          options_.sequence_length, settings_.shards.string()));
  }

  const DataSettings& settings_;
  const scoria::Tokenizer& tokenizer_;
  ProgressView& view_;
  scoria::CorpusProgress progress_;
  scoria::PretrainingOptions options_;
  Data training_, evaluation_;
  std::uint64_t fingerprint_ = 0;
};
