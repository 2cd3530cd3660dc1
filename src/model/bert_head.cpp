#include "model/bert_head.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace scoria {
namespace {

struct HeadRow {
  BertHead head;
  std::string_view architecture;
  BertHeadParts parts;
};

// Encoder comes after Pooler: the first row of a class is what the class usually has.
constexpr std::array<HeadRow, 8> kHeads{
    {{BertHead::Pooler, "BertModel", {.pooler = true}},
     {BertHead::Encoder, "BertModel", {}},
     {BertHead::Pretraining, "BertForPreTraining", {.pooler = true, .mlm = true, .next_sentence = true}},
     {BertHead::MaskedLm, "BertForMaskedLM", {.mlm = true}},
     {BertHead::NextSentence, "BertForNextSentencePrediction", {.pooler = true, .next_sentence = true}},
     {BertHead::SequenceClassification, "BertForSequenceClassification", {.pooler = true, .classifier = true}},
     {BertHead::TokenClassification, "BertForTokenClassification", {.classifier = true}},
     {BertHead::QuestionAnswering, "BertForQuestionAnswering", {.spans = true}}}};

const HeadRow& row_of(BertHead head) {
  const auto* row = std::ranges::find(kHeads, head, &HeadRow::head);
  SCORIA_CHECK(row != kHeads.end(), "every head has a row");
  return *row;
}

}  // namespace

BertHeadParts head_parts(BertHead head) { return row_of(head).parts; }

std::string_view architecture(BertHead head) { return row_of(head).architecture; }

std::optional<BertHead> head_of_architecture(std::string_view architecture) {
  const auto* row = std::ranges::find(kHeads, architecture, &HeadRow::architecture);
  if (row == kHeads.end()) return {};
  return row->head;
}

std::string known_architectures() {
  std::string known;
  for (const HeadRow& row : kHeads) {
    if (row.head == BertHead::Encoder) continue;
    known += known.empty() ? "" : ", ";
    known += row.architecture;
  }
  return known;
}

}  // namespace scoria
