#pragma once

#include <memory>

#include "data/examples/chosen_documents.h"
#include "data/examples/example_source.h"
#include "data/examples/sequence_plan.h"
#include "data/examples/sequence_writer.h"

namespace scoria {

/// Cuts the documents of a store into sequences, anew in each epoch.
class DynamicExamples : public ExampleSource {
 public:
  /// `options` outlive it.
  DynamicExamples(std::shared_ptr<const TokenStore> store, const Tokenizer& tokenizer,
                  const PretrainingOptions& options, DocumentChoice documents);

  std::vector<std::uint64_t> counts(std::uint32_t epoch) override;
  void write(const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) override;
  std::uint64_t document_count() const override { return documents_.count(); }
  std::uint64_t sentence_count() const override { return documents_.sentence_count(*store_); }
  std::uint64_t token_count() const override { return documents_.token_count(*store_); }

 private:
  /// Calls visit(document in the block, sequence) for each sequence of a block until it returns false.
  template <typename Visit>
  void for_each_sequence(std::size_t block_number, const TokenBlock& block, std::uint32_t epoch,
                         const Visit& visit) const;
  std::shared_ptr<const BlockCounts> block_counts(std::uint32_t epoch);
  BlockCounts count_blocks(std::uint32_t epoch) const;
  std::uint32_t bin_of(const PlannedSequence& planned) const;
  void write(const TokenBlock& block, std::uint32_t first_sentence, const PlannedSequence& planned,
             std::uint32_t number_in_store, const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) const;
  TokenRange other_document(std::uint32_t not_this, std::uint32_t wanted, RandomStream& random) const;
  void check_documents() const;

  std::shared_ptr<const TokenStore> store_;
  const PretrainingOptions& options_;
  ChosenDocuments documents_;
  LengthBins bins_;
  SequenceWriter writer_;
  EpochCache<BlockCounts> counts_;
};

/// Of each id whether its token goes on with the word before it.
std::vector<bool> continuing_ids(const Tokenizer& tokenizer);

}  // namespace scoria
