#pragma once

#include <cstdint>
#include <vector>

#include "scoria/data/pretraining.h"

namespace scoria {

/// Which sentences make one sequence; the tokens are chosen when it is written.
struct PlannedSequence {
  std::uint32_t first_sentence;  ///< of A, counted in its document
  std::uint16_t a_sentences;
  std::uint16_t b_sentences;  ///< 0: B is drawn from another document, or there is none
  std::uint16_t target;       ///< tokens wanted of A and B together
  std::uint32_t tokens;       ///< tokens that A and B will have, or, with a B from elsewhere, should have room for
};

/// [CLS] and [SEP]s of a sequence.
inline std::int32_t special_count(const PretrainingOptions& options) { return options.next_sentence ? 3 : 2; }

/// Cuts one document, the document-th of `block`, into sequences for an epoch: a pure function of seed, epoch and the
/// document's number in the store.
void plan_document(const TokenBlock& block, std::uint32_t document, std::uint64_t number_in_store, std::uint32_t epoch,
                   const PretrainingOptions& options, std::vector<PlannedSequence>& plan);

}  // namespace scoria
