#pragma once

#include <optional>
#include <string_view>

#include "scoria/model/bert.h"

namespace scoria {

/// What a head consists of.
struct BertHeadParts {
  bool pooler = false;
  bool mlm = false;
  bool next_sentence = false;
  bool classifier = false;
  bool spans = false;
};

BertHeadParts head_parts(BertHead head);

/// The head of a Hugging Face class; none for a class that is not computed here. "BertModel" is Pooler.
std::optional<BertHead> head_of_architecture(std::string_view architecture);

/// "BertModel, BertForPreTraining, ...", for messages.
std::string known_architectures();

}  // namespace scoria
