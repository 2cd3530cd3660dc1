#pragma once

#include <string>

#include "scoria/inspect/inspection.h"

namespace scoria {

/// Every text cut where a token begins or ends, as JSON: [[{"text", "begin", "bytes"}]], a list of slices a text. begin
/// is the byte where a slice starts, bytes its contents as hexadecimal: what a page shows of text that is not UTF-8.
std::string raw_slices(const TokenFlow& tokens);

}  // namespace scoria
