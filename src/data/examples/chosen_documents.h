#pragma once

#include <cstdint>

#include "scoria/data/token_store.h"

namespace scoria {

/// The chosen documents of a store, numbered by their place among them.
class ChosenDocuments {
 public:
  /// Throws Error (Usage) for a list that is not ascending or names documents that are not there.
  ChosenDocuments(const TokenStore& store, DocumentChoice choice);

  std::uint32_t count() const { return count_; }
  bool contains(std::uint32_t document) const;
  std::uint32_t document_at(std::uint32_t place) const;
  /// Chosen documents before this one.
  std::uint32_t place_of(std::uint32_t document) const;
  /// Sums over them.
  std::uint64_t sentence_count(const TokenStore& store) const;
  std::uint64_t token_count(const TokenStore& store) const;

 private:
  DocumentChoice choice_;
  std::uint32_t count_;
};

}  // namespace scoria
