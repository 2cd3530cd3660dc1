#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// The words of an answer once it is normalized (scoria/metrics/squad.h).
std::vector<std::string> answer_words(std::string_view text);

}  // namespace scoria
