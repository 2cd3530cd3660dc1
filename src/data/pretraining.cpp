#include "scoria/data/pretraining.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numeric>

#include "data/random_stream.h"
#include "data/sequence_plan.h"
#include "data/sequence_writer.h"
#include "scoria/error.h"

namespace scoria {
namespace {

using Plan = std::vector<PlannedSequence>;

void check_share(const char* name, double value) {
  if (!(value >= 0 && value <= 1))
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: {} must be in [0, 1], got {}", name, value));
}

PretrainingOptions checked(PretrainingOptions options) {
  constexpr std::int32_t kShortest = 5, kLongest = 65535;
  if (options.sequence_length < kShortest || options.sequence_length > kLongest)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: sequence_length must be {} to {}, got {}", kShortest,
                                              kLongest, options.sequence_length));
  if (options.max_predictions < 0)
    throw Error(ErrorKind::Usage,
                fmt::format("pretraining data: max_predictions must not be negative, got {}", options.max_predictions));
  check_share("masked_fraction", options.masked_fraction);
  check_share("mask_share", options.mask_share);
  check_share("random_share", options.random_share);
  check_share("mask_share + random_share", options.mask_share + options.random_share);
  check_share("short_fraction", options.short_fraction);
  check_share("random_next_fraction", options.random_next_fraction);
  if (options.max_predictions == 0)
    options.max_predictions =
        std::max(1, static_cast<std::int32_t>(std::ceil(options.sequence_length * options.masked_fraction)));
  return options;
}

}  // namespace

struct PretrainingData::State {
  State(std::shared_ptr<const TokenStore> store_, const WordPiece& tokenizer, const PretrainingOptions& options_,
        std::vector<std::uint32_t> documents_)
      : store(std::move(store_)),
        documents(std::move(documents_)),
        options(checked(options_)),
        pad(tokenizer.pad_id()),
        writer(*store, documents, options, {tokenizer.cls_id(), tokenizer.sep_id(), tokenizer.mask_id()}) {}

  struct Place {
    std::uint32_t epoch;
    std::uint32_t number;
  };

  void check_documents();
  Plan make_plan(std::uint32_t epoch) const;
  void count_epochs_to(std::uint64_t index);
  Place place_of(std::uint64_t index);
  std::shared_ptr<const Plan> plan_of(std::uint32_t epoch);

  std::shared_ptr<const TokenStore> store;
  std::vector<std::uint32_t> documents;
  PretrainingOptions options;
  std::int32_t pad;
  SequenceWriter writer;

  std::mutex mutex;
  std::vector<std::uint64_t> epoch_begin{0};
  // An epoch's end and the next one's start are often wanted by turns.
  struct Cached {
    std::uint32_t epoch = 0;
    std::shared_ptr<const Plan> plan;
  };
  std::array<Cached, 2> cache;
};

void PretrainingData::State::check_documents() {
  const std::uint64_t count = store->document_count();
  if (count > UINT32_MAX) throw Error(ErrorKind::Usage, "pretraining data: over 2^32 documents; use several stores");
  if (documents.empty()) {
    documents.resize(count);
    std::iota(documents.begin(), documents.end(), 0u);
  }
  std::uint64_t most_sentences = 0;
  for (const std::uint32_t document : documents) {
    if (document >= count)
      throw Error(ErrorKind::Usage, fmt::format("pretraining data: document {} of a store of {}", document, count));
    most_sentences = std::max(most_sentences, store->sentences_in(document));
  }
  if (documents.size() < 2)
    throw Error(ErrorKind::Input,
                fmt::format("corpus: {} document; next-sentence prediction needs at least two. An empty line ends a "
                            "document: put one between them, or give more files",
                            documents.size()));
  if (most_sentences < 2)
    throw Error(
        ErrorKind::Input,
        fmt::format("corpus: none of the {} documents has two sentences, so there is no next sentence to predict. "
                    "Only an empty line should end a document",
                    documents.size()));
}

/// All sequences of an epoch in the order they are served.
Plan PretrainingData::State::make_plan(std::uint32_t epoch) const {
  Plan plan;
  for (std::size_t place = 0; place < documents.size(); ++place)
    plan_document(*store, documents[place], static_cast<std::uint32_t>(place), epoch, options, plan);
  RandomStream random(options.seed, {.site = RandomStream::kOrder, .epoch = epoch});
  random.shuffle(plan);
  return plan;
}

void PretrainingData::State::count_epochs_to(std::uint64_t index) {
  std::vector<PlannedSequence> plan;
  while (epoch_begin.back() <= index) {
    const auto epoch = static_cast<std::uint32_t>(epoch_begin.size() - 1);
    std::uint64_t count = 0;
    for (const std::uint32_t document : documents) {
      plan.clear();
      plan_document(*store, document, 0, epoch, options, plan);
      count += plan.size();
    }
    if (count > UINT32_MAX)
      throw Error(ErrorKind::Usage, "pretraining data: over 2^32 sequences an epoch; use several stores");
    epoch_begin.push_back(epoch_begin.back() + count);
  }
}

PretrainingData::State::Place PretrainingData::State::place_of(std::uint64_t index) {
  std::lock_guard lock(mutex);
  count_epochs_to(index);
  const auto after = std::upper_bound(epoch_begin.begin(), epoch_begin.end(), index);
  const auto epoch = static_cast<std::uint32_t>(after - epoch_begin.begin() - 1);
  return {epoch, static_cast<std::uint32_t>(index - epoch_begin[epoch])};
}

std::shared_ptr<const Plan> PretrainingData::State::plan_of(std::uint32_t epoch) {
  std::lock_guard lock(mutex);
  for (const Cached& cached : cache)
    if (cached.plan && cached.epoch == epoch) return cached.plan;
  cache[1] = std::move(cache[0]);
  cache[0] = {epoch, std::make_shared<const Plan>(make_plan(epoch))};
  return cache[0].plan;
}

PretrainingData::PretrainingData(std::shared_ptr<const TokenStore> store, const WordPiece& tokenizer,
                                 const PretrainingOptions& options, std::vector<std::uint32_t> documents)
    : state_(std::make_unique<State>(std::move(store), tokenizer, options, std::move(documents))) {
  if (state_->store->vocabulary_size() != tokenizer.size())
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: the store was made with a vocabulary of {}, not {}",
                                              state_->store->vocabulary_size(), tokenizer.size()));
  state_->check_documents();
}

PretrainingData::~PretrainingData() = default;

const PretrainingOptions& PretrainingData::options() const { return state_->options; }
std::uint64_t PretrainingData::document_count() const { return state_->documents.size(); }

std::uint64_t PretrainingData::sentence_count() const {
  std::uint64_t count = 0;
  for (const std::uint32_t document : state_->documents) count += state_->store->sentences_in(document);
  return count;
}

std::uint64_t PretrainingData::token_count() const {
  const TokenStore& store = *state_->store;
  std::uint64_t count = 0;
  for (const std::uint32_t d : state_->documents)
    count += store.first_token(store.first_sentence(d + 1)) - store.first_token(store.first_sentence(d));
  return count;
}

std::uint64_t PretrainingData::epoch_size(std::uint64_t epoch) const {
  std::lock_guard lock(state_->mutex);
  std::vector<std::uint64_t>& begin = state_->epoch_begin;
  while (begin.size() <= epoch + 1) state_->count_epochs_to(begin.back());
  return begin[epoch + 1] - begin[epoch];
}

double PretrainingData::epoch_of(std::uint64_t index) const {
  const State::Place place = state_->place_of(index);
  return place.epoch + static_cast<double>(place.number) / static_cast<double>(epoch_size(place.epoch));
}

void PretrainingData::fill(std::uint64_t first, std::int32_t batch_size, PretrainingBatch& batch) const {
  if (batch_size < 1)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: batch_size must be positive, got {}", batch_size));
  const auto rows = static_cast<std::size_t>(batch_size);
  const auto tokens = rows * static_cast<std::size_t>(state_->options.sequence_length);
  const auto labels = rows * static_cast<std::size_t>(state_->options.max_predictions);
  if (tokens > INT32_MAX)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: a batch of {} tokens; 2^31 is the limit", tokens));
  batch.batch_size = batch_size;
  batch.sequence_length = state_->options.sequence_length;
  batch.max_predictions = state_->options.max_predictions;
  batch.first_example = first;
  batch.ids.assign(tokens, state_->pad);
  batch.segments.assign(tokens, 0);
  batch.lengths.assign(rows, 0);
  batch.masked_rows.resize(labels);
  batch.masked_labels.assign(labels, -1);
  batch.next_sentence_labels.assign(rows, 0);
  batch.masked_count = batch.token_count = 0;
  std::shared_ptr<const Plan> plan;
  std::uint32_t plan_epoch = 0;
  for (std::int32_t row = 0; row < batch_size; ++row) {
    std::fill_n(batch.masked_rows.begin() + std::ptrdiff_t{row} * batch.max_predictions, batch.max_predictions,
                row * batch.sequence_length);
    const State::Place place = state_->place_of(first + static_cast<std::uint64_t>(row));
    if (!plan || plan_epoch != place.epoch) {
      plan = state_->plan_of(place.epoch);
      plan_epoch = place.epoch;
    }
    const RandomStream random(state_->options.seed,
                              {.site = RandomStream::kSequence, .epoch = place.epoch, .item = place.number});
    state_->writer.write((*plan)[place.number], random, row, batch);
  }
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
