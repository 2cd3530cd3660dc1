#pragma once

#include <memory>
#include <optional>

#include "data/examples/example_block.h"
#include "data/examples/example_source.h"

namespace scoria {

/// A folder of finished examples.
class ExampleShards {
 public:
  ExampleShards(const std::filesystem::path& folder, const Tokenizer& tokenizer);
  const ShardFolder& shards() const { return *shards_; }
  /// How they were made.
  const ExampleOptions& options() const { return options_; }

 private:
  std::unique_ptr<const ShardFolder> shards_;
  ExampleOptions options_;
};

/// The settings of a shard of examples, and back. Throws Error (Input) for settings out of range.
ShardSettings settings_of(const ExampleOptions& options);
ExampleOptions options_of(const ShardSettings& settings, const std::string& where);

/// Gives the same examples in each epoch.
class StoredExamples : public ExampleSource {
 public:
  StoredExamples(ExampleShards shards, LengthBins bins) : shards_(std::move(shards)), bins_(std::move(bins)) {}

  std::vector<std::uint64_t> counts(std::uint32_t epoch) override;
  void write(const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) override;
  std::uint64_t token_count() const override { return shards_.shards().head().token_count; }

 private:
  const BlockCounts& block_counts();
  std::uint32_t bin_of(const ExampleView& example) const;

  ExampleShards shards_;
  LengthBins bins_;
  std::mutex mutex_;
  std::optional<BlockCounts> counts_;
};

}  // namespace scoria
