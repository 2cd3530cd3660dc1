#include "data/examples/dynamic_examples.h"

#include <fmt/core.h>

#include <algorithm>

#include "scoria/error.h"

namespace scoria {

DynamicExamples::DynamicExamples(std::shared_ptr<const TokenStore> store, const Tokenizer& tokenizer,
                                 const PretrainingOptions& options, DocumentChoice documents)
    : store_(std::move(store)),
      options_(options),
      documents_(*store_, std::move(documents)),
      bins_(options),
      writer_(options, {tokenizer.cls_id(), tokenizer.sep_id(), tokenizer.mask_id(), tokenizer.size()},
              continuing_ids(tokenizer)) {
  if (store_->vocabulary_size() != tokenizer.size())
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: the store was made with a vocabulary of {}, not {}",
                                              store_->vocabulary_size(), tokenizer.size()));
  check_documents();
}

void DynamicExamples::check_documents() const {
  if (documents_.count() < (options_.next_sentence ? 2u : 1u))
    throw Error(ErrorKind::Input,
                fmt::format("corpus: {} document; next-sentence prediction needs at least two. An empty line ends a "
                            "document: put one between them, or give more files",
                            documents_.count()));
  // Every document has a sentence; with more sentences than documents, one has two.
  if (options_.next_sentence && documents_.sentence_count(*store_) == documents_.count())
    throw Error(
        ErrorKind::Input,
        fmt::format("corpus: none of the {} documents has two sentences, so there is no next sentence to predict. "
                    "Only an empty line should end a document",
                    documents_.count()));
}

template <typename Visit>
void DynamicExamples::for_each_sequence(std::size_t block_number, const TokenBlock& block, std::uint32_t epoch,
                                        const Visit& visit) const {
  const std::uint64_t first = store_->first_document(block_number);
  std::vector<PlannedSequence> plan;
  for (std::uint32_t d = 0; d < block.document_count(); ++d) {
    if (!documents_.contains(static_cast<std::uint32_t>(first + d))) continue;
    plan.clear();
    plan_document(block, d, first + d, epoch, options_, plan);
    for (const PlannedSequence& planned : plan)
      if (!visit(d, planned)) return;
  }
}

std::uint32_t DynamicExamples::bin_of(const PlannedSequence& planned) const {
  return bins_.bin_of(std::int64_t{planned.tokens} + special_count(options_));
}

BlockCounts DynamicExamples::count_blocks(std::uint32_t epoch) const {
  BlockCounts counts(bins_.count());
  std::vector<std::uint64_t> of_block(bins_.count());
  for (std::size_t b = 0; b < store_->block_count(); ++b) {
    std::fill(of_block.begin(), of_block.end(), 0);
    for_each_sequence(b, store_->block(b), epoch, [&](std::uint32_t, const PlannedSequence& planned) {
      ++of_block[bin_of(planned)];
      return true;
    });
    counts.add(of_block);
  }
  return counts;
}

std::shared_ptr<const BlockCounts> DynamicExamples::block_counts(std::uint32_t epoch) {
  return counts_.get(epoch, [&] { return count_blocks(epoch); });
}

std::vector<std::uint64_t> DynamicExamples::counts(std::uint32_t epoch) { return block_counts(epoch)->totals(); }

void DynamicExamples::write(const ExamplePlace& place, std::int32_t row, PretrainingBatch& batch) {
  const BlockCounts::Found found = block_counts(place.epoch)->find(place.bin, place.number);
  const TokenBlock block = store_->block(found.block);
  std::uint64_t left = found.number;
  for_each_sequence(found.block, block, place.epoch, [&](std::uint32_t d, const PlannedSequence& planned) {
    if (bin_of(planned) != place.bin || left-- > 0) return true;
    const auto number = static_cast<std::uint32_t>(store_->first_document(found.block) + d);
    write(block, block.first_sentence(d), planned, number, place, row, batch);
    return false;
  });
}

void DynamicExamples::write(const TokenBlock& block, std::uint32_t first_sentence, const PlannedSequence& planned,
                            std::uint32_t number_in_store, const ExamplePlace& place, std::int32_t row,
                            PretrainingBatch& batch) const {
  RandomStream random(options_.seed, {.site = RandomStream::kSequence,
                                      .epoch = place.epoch,
                                      .item = static_cast<std::uint32_t>(place.number),
                                      .lane = place.bin});
  const std::uint32_t a_begin = first_sentence + planned.first_sentence, a_end = a_begin + planned.a_sentences;
  const TokenRange a{block, block.first_token(a_begin), block.first_token(a_end)};
  TokenRange b{block, a.end, block.first_token(a_end + planned.b_sentences)};
  std::int32_t label = options_.next_sentence ? 0 : -1;
  if (options_.next_sentence && planned.b_sentences == 0) {
    b = other_document(number_in_store, planned.target > a.size() ? planned.target - a.size() : 1, random);
    label = 1;
  }
  const auto longest = static_cast<std::uint32_t>(bins_[place.bin].sequence_length - special_count(options_));
  writer_.write(a, b, longest, label, random, row, batch);
}

/// At least `wanted` tokens from a random sentence of another document, or all to its end.
TokenRange DynamicExamples::other_document(std::uint32_t not_this, std::uint32_t wanted, RandomStream& random) const {
  std::uint32_t place = random.below(documents_.count() - 1);
  if (place >= documents_.place_of(not_this)) ++place;
  const std::uint32_t number = documents_.document_at(place);
  const std::size_t block_number = store_->block_of(number);
  TokenRange range{store_->block(block_number), 0, 0};
  const TokenBlock& block = range.block;
  const auto document = static_cast<std::uint32_t>(number - store_->first_document(block_number));
  const std::uint32_t last = block.first_sentence(document + 1);
  const std::uint32_t start = block.first_sentence(document) + random.below(block.sentences_in(document));
  std::uint32_t end = start + 1;
  range.begin = block.first_token(start);
  while (end < last && block.first_token(end) - range.begin < wanted) ++end;
  range.end = block.first_token(end);
  return range;
}

std::vector<bool> continuing_ids(const Tokenizer& tokenizer) {
  std::vector<bool> continues(static_cast<std::size_t>(tokenizer.size()));
  for (std::int32_t id = 0; id < tokenizer.size(); ++id)
    continues[static_cast<std::size_t>(id)] = tokenizer.continues_word(id);
  return continues;
}

}  // namespace scoria
