#include "tasks/limits.h"

#include <fmt/format.h>

#include "scoria/error.h"
#include "scoria/tasks/text_windows.h"

namespace scoria {

void require_head(const BertRunner& runner, BertHead head) {
  if (runner.head() == head) return;
  throw Error(ErrorKind::Usage,
              fmt::format("the model is a {}; this task needs a {}", architecture(runner.head()), architecture(head)));
}

std::int64_t length_limit(const BertRunner& runner, const Tokenizer& tokenizer, std::int64_t max_length) {
  constexpr std::int64_t kLeast = 4;
  const std::int64_t positions = runner.config().max_position_embeddings;
  if (max_length == 0) return most_tokens(runner.config(), tokenizer);
  if (max_length < kLeast || max_length > positions)
    throw Error(ErrorKind::Usage,
                fmt::format("texts of {} tokens; give {} to {}, the model's positions", max_length, kLeast, positions));
  return max_length;
}

}  // namespace scoria
