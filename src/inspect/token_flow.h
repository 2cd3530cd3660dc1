#pragma once

#include "scoria/inspect/inspection.h"

namespace scoria {

/// Tokens for a model of so many positions; what is beyond them is cut and counted.
TokenFlow make_token_flow(const Tokenizer& tokenizer, const InspectionOptions& options, std::int64_t most_positions);

}  // namespace scoria
