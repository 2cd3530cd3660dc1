#include "inspect/raw_slices.h"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <string_view>

#include "inspect/json_text.h"

namespace scoria {
namespace {

std::set<std::size_t> cuts_of(const TokenFlow& tokens, std::size_t text) {
  std::set<std::size_t> cuts{0, tokens.texts[text].raw.size()};
  for (std::size_t i = 0; i < tokens.bytes.size(); ++i) {
    if (tokens.special[i] || static_cast<std::size_t>(tokens.segments[i]) != text) continue;
    cuts.insert({tokens.bytes[i].begin, tokens.bytes[i].end});
  }
  return cuts;
}

std::string slice(std::string_view raw, std::size_t begin, std::size_t end) {
  std::string bytes;
  for (const char c : raw.substr(begin, end - begin))
    fmt::format_to(std::back_inserter(bytes), "{:02x}", static_cast<unsigned char>(c));
  return fmt::format("{{\"text\":{},\"begin\":{},\"bytes\":\"{}\"}}", json_quoted(raw.substr(begin, end - begin)),
                     begin, bytes);
}

}  // namespace

std::string raw_slices(const TokenFlow& tokens) {
  std::string out;
  for (std::size_t text = 0; text < tokens.texts.size(); ++text) {
    const std::set<std::size_t> cuts = cuts_of(tokens, text);
    std::string slices;
    for (auto begin = cuts.begin(), end = std::next(begin); end != cuts.end(); ++begin, ++end)
      slices.append(slices.empty() ? "" : ",").append(slice(tokens.texts[text].raw, *begin, *end));
    out.append(out.empty() ? "[" : "],[").append(slices);
  }
  return "[" + out + "]]";
}

}  // namespace scoria
