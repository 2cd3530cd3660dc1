#include "data/sequence_plan.h"

#include "data/random_stream.h"

namespace scoria {

void plan_document(const TokenStore& store, std::uint32_t document, std::uint32_t place, std::uint32_t epoch,
                   const PretrainingOptions& options, std::vector<PlannedSequence>& plan) {
  RandomStream random(options.seed, {.site = RandomStream::kPlan, .epoch = epoch, .item = document});
  const auto longest = static_cast<std::uint32_t>(options.sequence_length - 3);
  const std::uint32_t target = random.uniform() < options.short_fraction ? random.between(2, longest) : longest;
  const std::uint64_t first = store.first_sentence(document);
  const auto sentences = static_cast<std::uint32_t>(store.sentences_in(document));
  std::uint32_t begin = 0, count = 0;
  std::uint64_t tokens = 0;
  while (begin + count < sentences) {
    tokens += store.sentence_length(first + begin + count);
    ++count;
    if (begin + count < sentences && tokens < target) continue;
    const std::uint32_t a = count < 2 ? 1 : random.between(1, count - 1);
    const bool random_b = count == 1 || random.uniform() < options.random_next_fraction;
    plan.push_back({place, begin, static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(random_b ? 0 : count - a),
                    static_cast<std::uint16_t>(target)});
    // With a B from elsewhere the sentences after A are put back, to be the next sequence's.
    begin += random_b ? a : count;
    count = 0;
    tokens = 0;
  }
}

}  // namespace scoria
