#pragma once

#include <string>
#include <vector>

#include "scoria/data/corpus.h"

namespace scoria {

/// The texts of a corpus's documents, in order.
inline std::vector<std::string> documents_of(const Corpus& corpus) {
  std::vector<std::string> texts;
  corpus.for_each_document([&](const Document& document) { texts.emplace_back(document.text); });
  return texts;
}

}  // namespace scoria
