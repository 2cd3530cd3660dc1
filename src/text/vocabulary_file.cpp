#include <fmt/core.h>

#include <fstream>
#include <string>
#include <unordered_set>
#include <vector>

#include "io/known_formats.h"
#include "io/misplaced_file.h"
#include "scoria/error.h"
#include "text/tokenizer_model.h"
#include "text/unicode.h"

namespace scoria {
namespace {

constexpr std::size_t kMaxTokens = std::size_t{1} << 22;
constexpr std::size_t kMaxTokenBytes = 1000;

[[noreturn]] void refuse(const std::string& source, std::size_t line, const std::string& what) {
  const std::string where =
      source.empty() ? fmt::format("vocabulary entry {}", line) : fmt::format("{}:{}", source, line);
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
}

/// As Hugging Face trims lines: Unicode's spaces too, so that a line of U+2028 alone is empty.
std::string_view without_space_at_end(std::string_view line) {
  while (!line.empty()) {
    std::size_t at = line.size() - 1;
    while (at > 0 && line.size() - at < 4 && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) --at;
    const auto [c, size] = unicode::decode(line, at);
    if (!unicode::is_space(c) || at + size != line.size()) break;
    line = line.substr(0, at);
  }
  return line;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, size] = unicode::decode(text, at);
    if (c == 0xFFFD && text.substr(at, 3) != "\xEF\xBF\xBD") return false;
    at += size;
  }
  return true;
}

void check_vocabulary(const std::vector<std::string>& tokens, const std::string& source) {
  const std::string name = source.empty() ? "vocabulary" : source;
  if (tokens.empty()) throw Error(ErrorKind::Input, fmt::format("{}: no tokens; expected one token a line", name));
  if (tokens.size() > kMaxTokens)
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} tokens; at most {} are allowed", name, tokens.size(), kMaxTokens));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].size() > kMaxTokenBytes)
      refuse(source, i + 1,
             fmt::format("a token of {} bytes; at most {} are allowed", tokens[i].size(), kMaxTokenBytes));
    if (!is_utf8(tokens[i])) refuse(source, i + 1, "a token that is not valid UTF-8; save the file as UTF-8");
  }
}

void check_special_tokens(const std::vector<std::string>& tokens, const std::string& source) {
  const std::unordered_set<std::string_view> known(tokens.begin(), tokens.end());
  for (const std::string_view special : kSpecialNames) {
    if (known.contains(special)) continue;
    throw Error(ErrorKind::Input,
                fmt::format("{}: {} is missing; a BERT vocabulary has [PAD], [UNK], [CLS], [SEP] and [MASK]",
                            source.empty() ? "vocabulary" : source, special));
  }
}

std::string read_whole_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code))
    throw Error(ErrorKind::Input, fmt::format("{}: is a folder, expected a file", path.string()));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(std::filesystem::exists(path, code) ? ErrorKind::Io : ErrorKind::Input,
                fmt::format("{}: cannot be opened for reading; check the path", path.string()));
  std::string text, block(1 << 16, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_bytes)
      throw Error(ErrorKind::Input,
                  fmt::format("{}: over {} bytes, too large for a tokenizer file", path.string(), max_bytes));
  }
  if (file.bad()) throw Error(ErrorKind::Io, fmt::format("{}: reading failed", path.string()));
  if (!text.empty()) refuse_misplaced(std::string_view(text).substr(0, kTellingBytes), path);
  if (const std::string_view format = known_format(text); !format.empty())
    throw Error(ErrorKind::Input, fmt::format("{}: not UTF-8 text: {}", path.string(), format));
  return text;
}

std::vector<std::string> parse_vocab_txt(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    tokens.emplace_back(without_space_at_end(line));
  }
  return tokens;
}

}  // namespace scoria
