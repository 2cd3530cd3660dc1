#include "data/examples/sequence_plan.h"

#include <algorithm>

#include "data/shards/random_stream.h"

namespace scoria {
namespace {

// With length bins a B from elsewhere is cut at its bin's length; it is planned to have so many tokens at least.
constexpr std::uint32_t kLeastRandomB = 16;

}  // namespace

void plan_document(const TokenBlock& block, std::uint32_t document, std::uint64_t number_in_store, std::uint32_t epoch,
                   const PretrainingOptions& options, std::vector<PlannedSequence>& plan) {
  RandomStream random(
      options.seed, {.site = RandomStream::kPlan, .epoch = epoch, .item = static_cast<std::uint32_t>(number_in_store)});
  const auto longest = static_cast<std::uint32_t>(options.sequence_length - special_count(options));
  const std::uint32_t target = random.uniform() < options.short_fraction ? random.between(2, longest) : longest;
  const std::uint32_t first = block.first_sentence(document), sentences = block.sentences_in(document);
  for (std::uint32_t begin = 0, end = 0; end < sentences;) {
    const std::uint32_t first_token = block.first_token(first + begin);
    ++end;
    const std::uint32_t tokens = block.first_token(first + end) - first_token;
    if (end < sentences && tokens < target) continue;
    const std::uint32_t count = end - begin;
    PlannedSequence planned{begin, static_cast<std::uint16_t>(count), 0, static_cast<std::uint16_t>(target), tokens};
    if (options.next_sentence) {
      const std::uint32_t a = count < 2 ? 1 : random.between(1, count - 1);
      const bool random_b = count == 1 || random.uniform() < options.random_next_fraction;
      planned.a_sentences = static_cast<std::uint16_t>(a);
      planned.b_sentences = static_cast<std::uint16_t>(random_b ? 0 : count - a);
      if (random_b) {
        const std::uint32_t a_tokens = block.first_token(first + begin + a) - first_token;
        planned.tokens = std::max(target, a_tokens + kLeastRandomB);
        // The sentences after A are put back, to be the next sequence's.
        end = begin + a;
      }
    }
    plan.push_back(planned);
    begin = end;
  }
}

}  // namespace scoria
