#include "text/truncation.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "scoria/error.h"

namespace scoria {
namespace {

struct Kept {
  std::size_t first, second;
};

Kept longest_first(std::size_t first_count, std::size_t second_count, std::size_t room) {
  const auto [shorter, longer] = std::minmax(first_count, second_count);
  if (shorter + longer <= room) return {first_count, second_count};
  std::size_t of_shorter = shorter, of_longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (of_shorter + of_longer > room) {
    of_shorter = room / 2;
    of_longer = of_shorter + room % 2;
  }
  return first_count > second_count ? Kept{of_longer, of_shorter} : Kept{of_shorter, of_longer};
}

/// What is left of `count` when one text has to lose all that is too much.
std::size_t cut_alone(std::size_t count, std::size_t excess, const char* which) {
  if (count > excess) return count - excess;
  throw Error(ErrorKind::Usage,
              fmt::format("encode: the {} text has {} tokens and would have to lose {}; raise max_length or truncate "
                          "the longest first",
                          which, count, excess));
}

Kept kept_counts(std::size_t first_count, std::optional<std::size_t> second_count, std::size_t room,
                 Truncation truncation) {
  const std::size_t total = first_count + second_count.value_or(0);
  if (truncation == Truncation::None || total <= room) return {first_count, second_count.value_or(0)};
  if (room == 0) return {0, 0};
  switch (truncation) {
    case Truncation::OnlyFirst:
      return {cut_alone(first_count, total - room, "first"), second_count.value_or(0)};
    case Truncation::OnlySecond:
      if (!second_count)
        throw Error(ErrorKind::Usage, "encode: only the second text may be truncated, and there is none; give a pair");
      return {first_count, cut_alone(*second_count, total - room, "second")};
    default:
      return second_count ? longest_first(first_count, *second_count, room) : Kept{room, 0};
  }
}

std::vector<Window> windows(std::size_t count, std::size_t kept, const EncodeOptions& options) {
  if (kept >= count) return {{0, count}};
  if (kept == 0) return {{0, 0}, {0, count}};
  if (options.stride >= kept)
    throw Error(ErrorKind::Usage,
                fmt::format("encode: a stride of {} in windows that hold {} tokens of the text; it must be smaller",
                            options.stride, kept));
  const std::size_t step = kept - options.stride;
  std::vector<Window> out;
  if (options.truncation_side == Side::Right) {
    std::size_t begin = 0;
    for (; begin + kept < count; begin += step) out.push_back({begin, begin + kept});
    out.push_back({begin, count});
  } else {
    std::size_t end = count;
    for (; end > kept; end -= step) out.push_back({end - kept, end});
    out.push_back({0, end});
  }
  return out;
}

}  // namespace

Windows cut(std::size_t first_count, std::optional<std::size_t> second_count, std::size_t room,
            const EncodeOptions& options) {
  const Kept kept = kept_counts(first_count, second_count, room, options.truncation);
  Windows out{windows(first_count, kept.first, options), {}};
  if (second_count) out.second = windows(*second_count, kept.second, options);
  return out;
}

}  // namespace scoria
