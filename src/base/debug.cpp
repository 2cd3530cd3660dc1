#include "base/debug.h"

#include <cstdlib>
#include <iterator>
#include <string>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kWords[] = {"device", "plan", "kernels", "time", "nan"};

std::uint32_t bit_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (kWords[i] == word) return 1u << i;
  }
  throw Error(ErrorKind::Usage, "SCORIA_DEBUG: no word \"" + std::string(word) +
                                    "\"; the words are device, plan, kernels, time, nan, with commas between");
}

std::uint32_t words_of_environment() {
  const char* list = std::getenv("SCORIA_DEBUG");
  return list ? parse_debug_words(list) : 0;
}

std::uint32_t words() {
  static const std::uint32_t bits = words_of_environment();
  return bits;
}

}  // namespace

std::uint32_t parse_debug_words(std::string_view list) {
  std::uint32_t bits = 0;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    if (!word.empty()) bits |= bit_of(word);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return bits;
}

bool debug(DebugWord word) { return (words() >> static_cast<unsigned>(word)) & 1u; }

bool debug_any() { return words() != 0; }

}  // namespace scoria
