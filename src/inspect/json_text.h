#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scoria/inspect/comparison.h"
#include "scoria/inspect/inspection.h"

namespace scoria {

enum class Digits {
  Exact,  ///< as few as read back as the same float
  Few,    ///< four: what a page shows
};

/// A string of JSON. Bytes that are not UTF-8 become U+FFFD, and "<" is escaped: safe inside a script element.
std::string json_quoted(std::string_view text);

/// Nested lists of a tensor of f32.
void append_tensor(const Tensor& tensor, Digits digits, std::string& out);

/// The members of one model that the JSON file and the page have alike, `"name":...` to `"predictions":...`, without
/// braces: inspection_files.h lists them.
void append_members(const Inspection& seen, Digits digits, std::string& out);

/// The comparison, an object.
void append_comparison(const InspectionComparison& comparison, Digits digits, std::string& out);

}  // namespace scoria
