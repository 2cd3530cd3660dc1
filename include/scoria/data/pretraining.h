#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scoria/data/token_store.h"

namespace scoria {

struct PretrainingOptions {
  std::int32_t sequence_length = 128;
  /// Masked tokens per sequence, at most. 0: sequence_length x masked_fraction rounded up (20 at 128, 77 at 512).
  std::int32_t max_predictions = 0;
  /// Of a sequence's tokens, [CLS] and [SEP] counted, this part is predicted, at least one token.
  double masked_fraction = 0.15;
  /// Of those, this part becomes [MASK] and this a token drawn from the whole vocabulary; the rest stay.
  double mask_share = 0.8;
  double random_share = 0.1;
  /// With this probability a document's sequences aim at a length drawn from 2 to sequence_length - 3.
  double short_fraction = 0.1;
  /// With this probability the second segment comes from another document.
  double random_next_fraction = 0.5;
  std::uint64_t seed = 0;
};

/// One training sequence: [CLS] A [SEP] B [SEP], not padded.
struct PretrainingExample {
  std::vector<std::int32_t> ids;               ///< after masking
  std::vector<std::int32_t> segments;          ///< 0 for [CLS] A [SEP], 1 for B [SEP]
  std::vector<std::int32_t> masked_positions;  ///< ascending
  std::vector<std::int32_t> masked_labels;     ///< the ids before masking
  std::int32_t next_sentence_label = 0;        ///< 0: B follows A. 1: B is from another document
};

/// B sequences as flat arrays for the device. S is sequence_length, P max_predictions.
struct PretrainingBatch {
  std::int32_t batch_size = 0, sequence_length = 0, max_predictions = 0;
  std::uint64_t first_example = 0;
  std::vector<std::int32_t> ids;                   ///< [B, S], padded with [PAD]
  std::vector<std::int32_t> segments;              ///< [B, S], padded with 0
  std::vector<std::int32_t> lengths;               ///< [B], tokens before the padding
  std::vector<std::int32_t> masked_rows;           ///< [B, P], row of [B S]: b S + position; unused entries b S
  std::vector<std::int32_t> masked_labels;         ///< [B, P], unused entries -1
  std::vector<std::int32_t> next_sentence_labels;  ///< [B], 0: B follows A. 1: B is from another document
  std::int64_t masked_count = 0;                   ///< labels that are not -1
  std::int64_t token_count = 0;                    ///< sum of lengths
};

/// The examples of BERT's pretraining, masked language model and next-sentence prediction, over a token store.
///
/// Example number i is a pure function of the store, the options and i, whatever was asked before: a position
/// in the data is one integer, and resuming needs nothing else. Numbers run through epochs without end. In each
/// epoch the documents are cut into sequences anew, all of them once, in an order of its own, with other masks.
///
/// Google's create_pretraining_data.py, document by document: sentences gather until the target length; A is
/// the first 1 to n - 1 of the n; B is the rest, or with random_next_fraction (always if n is 1) as much of
/// another document as fits, and then the rest is put back; both are cut at either end, the longer one first.
/// Two differences: the other document is drawn among the others alone (Google gives up after ten tries and
/// labels the same document random), and each epoch draws everything afresh, as an endless dupe_factor.
///
/// Any number of threads may share one.
class PretrainingData {
 public:
  /// `documents` are numbers of documents in the store, all if empty. B of another document is drawn from them.
  /// Throws Error (Input) for fewer than two documents, or none with two sentences: next-sentence prediction has
  /// nothing to tell apart then. Throws Error (Usage) for options out of range.
  PretrainingData(std::shared_ptr<const TokenStore> store, const WordPiece& tokenizer,
                  const PretrainingOptions& options, std::vector<std::uint32_t> documents = {});
  ~PretrainingData();

  /// The options, with max_predictions as it came out.
  const PretrainingOptions& options() const;
  std::uint64_t document_count() const;
  /// Sentences and tokens of these documents.
  std::uint64_t sentence_count() const;
  std::uint64_t token_count() const;

  /// Sequences in epoch e; epochs differ a little.
  std::uint64_t epoch_size(std::uint64_t epoch) const;
  /// How many epochs example number `index` lies from the start: 2.5 is the middle of the third.
  double epoch_of(std::uint64_t index) const;

  PretrainingExample example(std::uint64_t index) const;
  /// Examples first to first + batch_size - 1. The vectors keep their memory from call to call.
  void fill(std::uint64_t first, std::int32_t batch_size, PretrainingBatch& batch) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Prepares batches on a thread of its own while the device works on earlier ones.
///
/// Batch k holds examples k batch_size to (k + 1) batch_size - 1, so a run that starts at any k sees what an
/// unbroken one would. After the first few batches nothing is allocated but once an epoch.
class BatchLoader {
 public:
  /// The data must outlive the loader. `depth` batches are kept ready.
  BatchLoader(const PretrainingData& data, std::int32_t batch_size, std::uint64_t first_batch = 0, int depth = 4);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The next batch, valid until the next call. Throws what preparing it threw.
  const PretrainingBatch& next();
  /// Number of the batch that next() will give.
  std::uint64_t position() const;

 private:
  struct Queue;
  std::unique_ptr<Queue> queue_;
};

}  // namespace scoria
