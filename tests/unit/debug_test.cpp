#include "base/debug.h"

#include <doctest/doctest.h>

#include "scoria/error.h"

namespace scoria {

TEST_CASE("SCORIA_DEBUG is a list of words") {
  CHECK(parse_debug_words("") == 0);
  CHECK(parse_debug_words("device") == 1u << static_cast<int>(DebugWord::Device));
  CHECK(parse_debug_words("nan,plan") ==
        (1u << static_cast<int>(DebugWord::Nan) | 1u << static_cast<int>(DebugWord::Plan)));
  CHECK(parse_debug_words("time,,kernels,") ==
        (1u << static_cast<int>(DebugWord::Time) | 1u << static_cast<int>(DebugWord::Kernels)));
}

TEST_CASE("a wrong word of SCORIA_DEBUG is answered with the list") {
  CHECK_THROWS_WITH_AS(
      parse_debug_words("plan,kernel"),
      "SCORIA_DEBUG: no word \"kernel\"; the words are device, plan, kernels, time, nan, with commas between", Error);
}

}  // namespace scoria
