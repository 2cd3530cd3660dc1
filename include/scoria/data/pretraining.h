#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
  /// Masks all pieces of a word or none; each piece's fate is drawn for itself. A word that would pass the number
  /// wanted is passed over, so that a few sequences have fewer masks, or none.
  bool whole_words = false;
  /// Whether there is a second segment to tell apart. Without it a sequence is [CLS] sentences [SEP].
  bool next_sentence = true;
  /// With this probability a document's sequences aim at a length drawn from 2 to the longest.
  double short_fraction = 0.1;
  /// With this probability the second segment comes from another document.
  double random_next_fraction = 0.5;
  std::uint64_t seed = 0;
  /// Over 1: batches of `batch` sequences (for Trainer, all of a step) are made of sequences of about one length, so
  /// that they are padded to 1, 2 ... length_bins parts of sequence_length and not always to all of it.
  std::int32_t length_bins = 1;
  std::int32_t batch = 0;
};

/// One training sequence, not padded: [CLS] A [SEP] B [SEP], or [CLS] A [SEP].
struct PretrainingExample {
  std::vector<std::int32_t> ids;               ///< after masking
  std::vector<std::int32_t> segments;          ///< 0 for [CLS] A [SEP], 1 for B [SEP]
  std::vector<std::int32_t> masked_positions;  ///< ascending
  std::vector<std::int32_t> masked_labels;     ///< the ids before masking
  std::int32_t next_sentence_label = 0;        ///< 0: B follows A. 1: B is from another document. -1: there is no B
};

/// What batches are padded to: tokens of a sequence, and masked tokens of it.
struct LengthBin {
  std::int32_t sequence_length = 0, max_predictions = 0;
  friend bool operator==(const LengthBin&, const LengthBin&) = default;
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
  std::vector<std::int32_t> next_sentence_labels;  ///< [B], 0: B follows A. 1: from another document. -1: no B
  std::int64_t masked_count = 0;                   ///< labels that are not -1
  std::int64_t token_count = 0;                    ///< sum of lengths
};

/// The examples of BERT's pretraining, masked language model and next-sentence prediction.
///
/// Example number i is a pure function of the data, the options and i, whatever was asked before: a position
/// in the data is one integer, and resuming needs nothing else. Numbers run through epochs without end. In each
/// epoch all examples come once, in an order of its own.
///
/// From a token store (the constructor) the documents are cut into sequences anew in each epoch, with other masks.
/// This is Google's create_pretraining_data.py, document by document: sentences gather until the target length; A is
/// the first 1 to n - 1 of the n; B is the rest, or with random_next_fraction (always if n is 1) as much of
/// another document as fits, and then the rest is put back; both are cut at either end, the longer one first.
/// Differences: the other document is drawn among the others alone (Google gives up after ten tries and
/// labels the same document random); each epoch draws everything afresh, as an endless dupe_factor; with
/// whole_words a piece at the start of B is a word of its own (Google joins it to the last word of A); and with
/// length_bins a sequence is cut at its bin's length.
/// Without next_sentence a sequence is the sentences of one document that gathered until the target length.
///
/// From shards (open) come the examples that write_examples made, as they are: there the text is Google's
/// algorithm to the letter, and only the order changes from epoch to epoch.
///
/// Memory beside the store: 8 bytes a block of it (16384 tokens) and length bin for each of two epochs. The order of
/// an epoch takes none: it is computed. Asking for an epoch for the first time reads the store once.
///
/// Any number of threads may share one.
class PretrainingData {
 public:
  /// B of another document is drawn among the chosen ones.
  /// Throws Error (Input) for fewer than two documents, or none with two sentences: next-sentence prediction has
  /// nothing to tell apart then. Throws Error (Usage) for options out of range.
  PretrainingData(std::shared_ptr<const TokenStore> store, const Tokenizer& tokenizer,
                  const PretrainingOptions& options, DocumentChoice documents = {});
  /// The shards that write_examples left in a folder. Of the options only seed, length_bins and batch are used; the
  /// others are the folder's, and options() tells them. Throws as TokenStore::open.
  static PretrainingData open(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                              const PretrainingOptions& options = {});
  ~PretrainingData();
  PretrainingData(PretrainingData&&) noexcept;

  /// The options, with max_predictions as it came out.
  const PretrainingOptions& options() const;
  /// Of the chosen documents; 0 where examples are read from shards.
  std::uint64_t document_count() const;
  std::uint64_t sentence_count() const;
  std::uint64_t token_count() const;
  /// One, of sequence_length and max_predictions; with length_bins so many, the shorter ones before it with room for
  /// as many predictions as sequences so long may have.
  std::vector<LengthBin> bins() const;

  /// Sequences in epoch e; epochs differ a little. With length bins it is a multiple of `batch`: fewer than a batch
  /// of sequences are left out of each epoch, others each time.
  std::uint64_t epoch_size(std::uint64_t epoch) const;
  /// How many epochs example number `index` lies from the start: 2.5 is the middle of the third.
  double epoch_of(std::uint64_t index) const;

  PretrainingExample example(std::uint64_t index) const;
  /// Examples first to first + batch_size - 1. The vectors keep their memory from call to call. The batch's sizes are
  /// those of the least of bins() that holds them all.
  void fill(std::uint64_t first, std::int32_t batch_size, PretrainingBatch& batch) const;

 private:
  struct State;
  explicit PretrainingData(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ExampleOptions {
  std::int32_t sequence_length = 128;
  std::int32_t max_predictions = 20;
  double masked_fraction = 0.15;
  double short_fraction = 0.1;
  bool whole_words = false;
  /// How often each document is cut into sequences, with other masks.
  std::int32_t dupe_factor = 10;
  std::uint64_t seed = 12345;
};

/// Makes examples once and writes them into shards: the file that google-research/bert's create_pretraining_data.py
/// would write for these tokens, record by record, from the same stream of random numbers (Python's random.Random).
///
/// `folder` appears whole or not at all. It holds the shards, in the order of Google's shuffle, the tokenizer's files
/// and manifest.json. The stream of random numbers is one, so this runs on one thread. Memory: 8 bytes a document
/// and an example, and a shard; the examples wait for their shuffle in a file in the folder.
/// Throws Error (Usage) for options out of range, Error (Input) for a store without documents.
void write_examples(const TokenStore& store, const Tokenizer& tokenizer, const ExampleOptions& options,
                    const std::filesystem::path& folder, const CorpusProgress& progress = {});

/// Calls visit with each example of a folder, in the order of the shards, until it returns false. Throws as
/// TokenStore::open.
void for_each_example(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                      const std::function<bool(const PretrainingExample&)>& visit);

/// What a folder of shards holds.
struct ShardSummary {
  bool are_examples = false;      ///< else documents
  std::uint64_t fingerprint = 0;  ///< that any change of the records changes
  std::uint64_t vocabulary_hash = 0, record_count = 0, sentence_count = 0, token_count = 0;
  std::int32_t vocabulary_size = 0;
  ExampleOptions made_with;  ///< of examples
  TokenizeOptions tokenized_with;
};
/// Throws as TokenStore::open.
ShardSummary summarize_shards(const std::filesystem::path& folder);

/// A share of the work of several processes: each batch of examples goes to one of them.
struct Share {
  std::uint32_t rank = 0, count = 1;
};

/// Prepares batches on a thread of its own while the device works on earlier ones.
///
/// Batch k of rank r of n holds examples b batch_size to (b + 1) batch_size - 1 with b = k n + r, so a run that starts
/// at any k sees what an unbroken one would, and ranks see different examples. The batches keep their memory.
class BatchLoader {
 public:
  /// The data must outlive the loader. `depth` batches are kept ready.
  BatchLoader(const PretrainingData& data, std::int32_t batch_size, std::uint64_t first_batch = 0, int depth = 4,
              Share share = {});
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
