#include "data/examples/chosen_documents.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "scoria/error.h"

namespace scoria {
namespace {

using Rule = DocumentChoice::Rule;

/// The total with the listed documents' share added to nothing, or taken from all.
template <typename Part>
std::uint64_t sum(const TokenStore& store, const DocumentChoice& choice, std::uint64_t all, const Part& part) {
  std::uint64_t listed = 0;
  for (const std::uint32_t document : choice.listed) {
    const std::size_t number = store.block_of(document);
    listed += part(store.block(number), static_cast<std::uint32_t>(document - store.first_document(number)));
  }
  return choice.rule == Rule::Only ? listed : all - listed;
}

}  // namespace

ChosenDocuments::ChosenDocuments(const TokenStore& store, DocumentChoice choice) : choice_(std::move(choice)) {
  const std::uint64_t all = store.document_count();
  if (all > UINT32_MAX) throw Error(ErrorKind::Usage, "pretraining data: over 2^32 documents; use several stores");
  if (choice_.rule == Rule::All) choice_.listed.clear();
  const auto& listed = choice_.listed;
  if (!std::is_sorted(listed.begin(), listed.end(), std::less_equal<>()))
    throw Error(ErrorKind::Usage, "pretraining data: the chosen documents must be listed in order, each once");
  if (!listed.empty() && listed.back() >= all)
    throw Error(ErrorKind::Usage, fmt::format("pretraining data: document {} of a store of {}", listed.back(), all));
  count_ = static_cast<std::uint32_t>(choice_.rule == Rule::Only ? listed.size() : all - listed.size());
}

bool ChosenDocuments::contains(std::uint32_t document) const {
  return std::binary_search(choice_.listed.begin(), choice_.listed.end(), document) == (choice_.rule == Rule::Only);
}

std::uint32_t ChosenDocuments::document_at(std::uint32_t place) const {
  if (choice_.rule == Rule::Only) return choice_.listed[place];
  // The document is place + j where j listed ones lie before it: listed[i] - i rises, and j counts those <= place.
  std::uint32_t low = 0, high = static_cast<std::uint32_t>(choice_.listed.size());
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (choice_.listed[middle] - middle <= place)
      low = middle + 1;
    else
      high = middle;
  }
  return place + low;
}

std::uint32_t ChosenDocuments::place_of(std::uint32_t document) const {
  const auto& listed = choice_.listed;
  const auto before =
      static_cast<std::uint32_t>(std::lower_bound(listed.begin(), listed.end(), document) - listed.begin());
  return choice_.rule == Rule::Only ? before : document - before;
}

std::uint64_t ChosenDocuments::sentence_count(const TokenStore& store) const {
  return sum(store, choice_, store.sentence_count(),
             [](const TokenBlock& block, std::uint32_t d) { return block.sentences_in(d); });
}

std::uint64_t ChosenDocuments::token_count(const TokenStore& store) const {
  return sum(store, choice_, store.token_count(), [](const TokenBlock& block, std::uint32_t d) {
    return block.first_token(block.first_sentence(d + 1)) - block.first_token(block.first_sentence(d));
  });
}

}  // namespace scoria
