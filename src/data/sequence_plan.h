#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scoria/data/pretraining.h"

namespace scoria {

/// Which sentences make one sequence; the tokens are chosen when it is written.
struct PlannedSequence {
  std::uint32_t document;        ///< place in the list of documents
  std::uint32_t first_sentence;  ///< of A, counted in its document
  std::uint16_t a_sentences;
  std::uint16_t b_sentences;  ///< 0: B is drawn from another document
  std::uint16_t target;       ///< tokens wanted of A and B together
};

/// Cuts one document into sequences for an epoch: a pure function of seed, epoch and document.
void plan_document(const TokenStore& store, std::uint32_t document, std::uint32_t place, std::uint32_t epoch,
                   const PretrainingOptions& options, std::vector<PlannedSequence>& plan);

}  // namespace scoria
