#include "scoria/data/pretraining.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "data/examples/dynamic_examples.h"
#include "data/examples/epoch_order.h"
#include "data/examples/stored_examples.h"
#include "scoria/error.h"

namespace scoria {
namespace {

void check_share(const char* name, double value) {
  if (!(value >= 0 && value <= 1))
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: {} must be in [0, 1], got {}", name, value));
}

void check_range(const char* name, std::int32_t value, std::int32_t low, std::int32_t high) {
  if (value < low || value > high)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: {} must be {} to {}, got {}", name, low, high, value));
}

void check_bins(const PretrainingOptions& options) {
  check_range("length_bins", options.length_bins, 1, std::clamp(options.sequence_length / 8, 1, 64));
  if (options.length_bins > 1) check_range("batch, which length_bins need,", options.batch, 1, INT32_MAX);
}

PretrainingOptions checked(PretrainingOptions options) {
  check_range("sequence_length", options.sequence_length, 5, 65535);
  check_range("max_predictions", options.max_predictions, 0, 65535);
  check_share("masked_fraction", options.masked_fraction);
  check_share("mask_share", options.mask_share);
  check_share("random_share", options.random_share);
  check_share("mask_share + random_share", options.mask_share + options.random_share);
  check_share("short_fraction", options.short_fraction);
  check_share("random_next_fraction", options.random_next_fraction);
  check_bins(options);
  if (options.max_predictions == 0)
    options.max_predictions =
        std::max(1, static_cast<std::int32_t>(std::ceil(options.sequence_length * options.masked_fraction)));
  return options;
}

}  // namespace

struct PretrainingData::State {
  State(const PretrainingOptions& options_, std::int32_t pad_) : options(options_), bins(options_), pad(pad_) {}

  struct Position {
    std::uint32_t epoch;
    std::uint64_t number;
  };

  std::shared_ptr<const EpochOrder> order_of(std::uint32_t epoch);
  std::uint64_t begin_of(std::uint64_t epoch);
  Position position_of(std::uint64_t index);

  PretrainingOptions options;
  LengthBins bins;
  std::int32_t pad;
  std::unique_ptr<ExampleSource> source;
  EpochCache<EpochOrder> orders;

  std::mutex mutex;
  std::vector<std::uint64_t> epoch_begin{0};
};

std::shared_ptr<const EpochOrder> PretrainingData::State::order_of(std::uint32_t epoch) {
  return orders.get(epoch, [&] { return EpochOrder(source->counts(epoch), options.batch, options.seed, epoch); });
}

/// Number of an epoch's first example. Called with the lock held.
std::uint64_t PretrainingData::State::begin_of(std::uint64_t epoch) {
  while (epoch_begin.size() <= epoch) {
    const std::uint64_t size = order_of(static_cast<std::uint32_t>(epoch_begin.size() - 1))->size();
    if (size > UINT32_MAX)
      throw Error(ErrorKind::Usage, "pretraining data: over 2^32 sequences an epoch; use several stores");
    if (size == 0)
      throw Error(ErrorKind::Usage,
                  fmt::format("pretraining data: fewer sequences than a batch of {}; take a smaller one, or no "
                              "length_bins",
                              options.batch));
    epoch_begin.push_back(epoch_begin.back() + size);
  }
  return epoch_begin[epoch];
}

PretrainingData::State::Position PretrainingData::State::position_of(std::uint64_t index) {
  std::lock_guard lock(mutex);
  while (epoch_begin.back() <= index) begin_of(epoch_begin.size());
  const auto after = std::upper_bound(epoch_begin.begin(), epoch_begin.end(), index);
  const auto epoch = static_cast<std::uint32_t>(after - epoch_begin.begin() - 1);
  return {epoch, index - epoch_begin[epoch]};
}

PretrainingData::PretrainingData(std::unique_ptr<State> state) : state_(std::move(state)) {}
PretrainingData::PretrainingData(PretrainingData&&) noexcept = default;
PretrainingData::~PretrainingData() = default;

PretrainingData::PretrainingData(std::shared_ptr<const TokenStore> store, const Tokenizer& tokenizer,
                                 const PretrainingOptions& options, DocumentChoice documents)
    : state_(std::make_unique<State>(checked(options), tokenizer.pad_id())) {
  state_->source =
      std::make_unique<DynamicExamples>(std::move(store), tokenizer, state_->options, std::move(documents));
}

PretrainingData PretrainingData::open(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                                      const PretrainingOptions& options) {
  ExampleShards shards(folder, tokenizer);
  const ExampleOptions& made = shards.options();
  PretrainingOptions told = options;
  told.sequence_length = made.sequence_length;
  told.max_predictions = made.max_predictions;
  told.masked_fraction = made.masked_fraction;
  told.short_fraction = made.short_fraction;
  told.whole_words = made.whole_words;
  told.next_sentence = true;
  auto state = std::make_unique<State>(checked(told), tokenizer.pad_id());
  state->source = std::make_unique<StoredExamples>(std::move(shards), state->bins);
  return PretrainingData(std::move(state));
}

const PretrainingOptions& PretrainingData::options() const { return state_->options; }
std::uint64_t PretrainingData::document_count() const { return state_->source->document_count(); }
std::uint64_t PretrainingData::sentence_count() const { return state_->source->sentence_count(); }
std::uint64_t PretrainingData::token_count() const { return state_->source->token_count(); }

std::vector<LengthBin> PretrainingData::bins() const { return state_->bins.all(); }

std::uint64_t PretrainingData::epoch_size(std::uint64_t epoch) const {
  std::lock_guard lock(state_->mutex);
  return state_->begin_of(epoch + 1) - state_->begin_of(epoch);
}

double PretrainingData::epoch_of(std::uint64_t index) const {
  const State::Position position = state_->position_of(index);
  return position.epoch + static_cast<double>(position.number) / static_cast<double>(epoch_size(position.epoch));
}

namespace {

/// A batch of padding, the memory it has kept.
void clear(PretrainingBatch& batch, std::int32_t rows, std::int32_t pad) {
  const auto tokens = static_cast<std::size_t>(rows) * static_cast<std::size_t>(batch.sequence_length);
  const auto labels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(batch.max_predictions);
  if (tokens > INT32_MAX)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: a batch of {} tokens; 2^31 is the limit", tokens));
  batch.batch_size = rows;
  batch.ids.assign(tokens, pad);
  batch.segments.assign(tokens, 0);
  batch.lengths.assign(static_cast<std::size_t>(rows), 0);
  batch.masked_rows.resize(labels);
  for (std::size_t i = 0; i < labels; ++i)
    batch.masked_rows[i] = static_cast<std::int32_t>(i) / batch.max_predictions * batch.sequence_length;
  batch.masked_labels.assign(labels, -1);
  batch.next_sentence_labels.assign(static_cast<std::size_t>(rows), 0);
  batch.masked_count = batch.token_count = 0;
}

}  // namespace

void PretrainingData::fill(std::uint64_t first, std::int32_t batch_size, PretrainingBatch& batch) const {
  if (batch_size < 1)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: batch_size must be positive, got {}", batch_size));
  std::vector<ExamplePlace> places;
  std::uint32_t longest_bin = 0;
  for (std::int32_t row = 0; row < batch_size; ++row) {
    const State::Position position = state_->position_of(first + static_cast<std::uint64_t>(row));
    places.push_back(state_->order_of(position.epoch)->at(position.number));
    longest_bin = std::max(longest_bin, places.back().bin);
  }
  batch.first_example = first;
  batch.sequence_length = state_->bins[longest_bin].sequence_length;
  batch.max_predictions = state_->bins[longest_bin].max_predictions;
  clear(batch, batch_size, state_->pad);
  for (std::int32_t row = 0; row < batch_size; ++row)
    state_->source->write(places[static_cast<std::size_t>(row)], row, batch);
}

PretrainingExample PretrainingData::example(std::uint64_t index) const {
  PretrainingBatch batch;
  fill(index, 1, batch);
  PretrainingExample out;
  const std::int32_t length = batch.lengths[0];
  out.ids.assign(batch.ids.begin(), batch.ids.begin() + length);
  out.segments.assign(batch.segments.begin(), batch.segments.begin() + length);
  out.masked_positions.assign(batch.masked_rows.begin(), batch.masked_rows.begin() + batch.masked_count);
  out.masked_labels.assign(batch.masked_labels.begin(), batch.masked_labels.begin() + batch.masked_count);
  out.next_sentence_label = batch.next_sentence_labels[0];
  return out;
}

}  // namespace scoria
