#pragma once

#include <doctest/doctest.h>

#include <string>

#include "scoria/error.h"

namespace scoria {

/// What the Error that `call` throws says; fails the test for another kind or for none.
template <typename Call>
std::string error_message(ErrorKind kind, Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  FAIL_CHECK("nothing was thrown");
  return {};
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace scoria
