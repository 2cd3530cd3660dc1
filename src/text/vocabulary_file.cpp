#include <fmt/core.h>

#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/misplaced_file.h"
#include "scoria/error.h"
#include "text/unicode.h"
#include "text/tokenizer_model.h"

namespace scoria {
namespace {

constexpr std::size_t kMaxTokens = std::size_t{1} << 22;
constexpr std::size_t kMaxTokenBytes = 1000;

[[noreturn]] void refuse(const std::string& source, std::size_t line, const std::string& what) {
  const std::string where =
      source.empty() ? fmt::format("vocabulary entry {}", line) : fmt::format("{}:{}", source, line);
  throw Error(ErrorKind::Input, fmt::format("{}: {}", where, what));
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
  std::unordered_map<std::string_view, std::size_t> line_of;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token.empty()) refuse(source, i + 1, "an empty token; a vocabulary has one token a line and no blank lines");
    if (token.size() > kMaxTokenBytes)
      refuse(source, i + 1, fmt::format("a token of {} bytes; at most {} are allowed", token.size(), kMaxTokenBytes));
    if (!is_utf8(token)) refuse(source, i + 1, "a token that is not valid UTF-8; save the file as UTF-8");
    const auto [place, is_new] = line_of.try_emplace(token, i + 1);
    if (!is_new)
      refuse(source, i + 1,
             fmt::format("\"{}\" is there already, in line {}; tokens must be unique", token, place->second));
  }
  for (const std::string_view special : kSpecialNames) {
    if (!line_of.contains(special))
      throw Error(
          ErrorKind::Input,
          fmt::format("{}: {} is missing; a BERT vocabulary has [PAD], [UNK], [CLS], [SEP] and [MASK]", name, special));
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
  return text;
}

std::vector<std::string> parse_vocab_txt(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    // Hugging Face trims the end of each line, Unicode's spaces included; only ASCII ones occur in practice.
    line = line.substr(0, line.find_last_not_of(" \t\r\v\f") + 1);
    tokens.emplace_back(line);
  }
  return tokens;
}

}  // namespace scoria
