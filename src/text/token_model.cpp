#include "text/token_model.h"

namespace scoria {

TokenModel::TokenModel(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
  ids_.reserve(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    if (!tokens_[i].empty()) ids_[tokens_[i]] = static_cast<std::int32_t>(i);
}

std::optional<std::int32_t> TokenModel::id(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return {};
  return found->second;
}

}  // namespace scoria
