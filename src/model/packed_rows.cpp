#include <fmt/format.h>

#include <algorithm>

#include "scoria/error.h"
#include "scoria/model/bert.h"

namespace scoria {
namespace {

void check_room(const BertBatchShape& shape, std::span<const std::int32_t> lengths) {
  std::int64_t tokens = 0;
  for (const std::int32_t length : lengths) {
    if (length < 1 || length > shape.sequence_length)
      throw Error(ErrorKind::Usage, fmt::format("a packed sequence of {} tokens; expected 1 to {}", length,
                                                shape.sequence_length));
    tokens += length;
  }
  if (tokens > shape.tokens() || static_cast<std::int64_t>(lengths.size()) > shape.batch)
    throw Error(ErrorKind::Usage, fmt::format("{} sequences of {} tokens do not fit a packed batch of {} and {}",
                                              lengths.size(), tokens, shape.batch, shape.tokens()));
}

}  // namespace

void PackedRows::lay_out(const BertBatchShape& shape, std::span<const std::int32_t> lengths) {
  check_room(shape, lengths);
  starts.clear();
  positions.clear();
  draw_rows.clear();
  const auto S = static_cast<std::int32_t>(shape.sequence_length), T = static_cast<std::int32_t>(shape.tokens());
  const auto append = [&](std::int32_t length) {
    const auto span = static_cast<std::int32_t>(starts.size());
    starts.push_back(static_cast<std::int32_t>(positions.size()));
    for (std::int32_t i = 0; i < length; ++i) {
      positions.push_back(i);
      draw_rows.push_back(span * S + i);
    }
  };
  for (const std::int32_t length : lengths) append(length);
  // What is left are spans of their own: attention costs the square of a span.
  while (static_cast<std::int32_t>(positions.size()) < T)
    append(std::min(S, T - static_cast<std::int32_t>(positions.size())));
  starts.resize(static_cast<std::size_t>(shape.spans()) + 1, T);
}

}  // namespace scoria
