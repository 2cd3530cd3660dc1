#include "text/decoder_steps.h"

#include <algorithm>
#include <optional>

#include "text/tokenizer_model.h"

namespace scoria {
namespace {

using Tokens = std::vector<std::string>;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Every replacement goes from the first token, wherever in it.
void metaspace(const Metaspace& step, Tokens& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i)
    replace_all(tokens[i], step.replacement, i == 0 && step.prepend != Metaspace::Prepend::Never ? "" : " ");
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return {};
}

std::optional<char> byte_of(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return {};
  const std::optional<int> low = hex_digit(token[4]);
  if (token[3] == '+' && low) return static_cast<char>(*low);  // Rust reads a sign, too
  const std::optional<int> high = hex_digit(token[3]);
  if (!high || !low) return {};
  return static_cast<char>(*high * 16 + *low);
}

void byte_fallback(Tokens& tokens) {
  Tokens out;
  std::string bytes;
  const auto flush = [&] {
    if (is_utf8(bytes)) {
      if (!bytes.empty()) out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), "\uFFFD");
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    if (const auto byte = byte_of(token)) {
      bytes += *byte;
    } else {
      flush();
      out.push_back(std::move(token));
    }
  }
  flush();
  tokens = std::move(out);
}

void fuse(Tokens& tokens) {
  std::string all;
  for (const std::string& token : tokens) all += token;
  tokens = {std::move(all)};
}

void strip(const DecoderStep& step, std::string& token) {
  std::size_t begin = 0, end = token.size();
  for (std::size_t i = 0; i < step.start && std::string_view(token).substr(begin).starts_with(step.content); ++i)
    begin += step.content.size();
  for (std::size_t i = 0; i < step.stop && end > begin &&
                          std::string_view(token).substr(begin, end - begin).ends_with(step.content);
       ++i)
    end -= step.content.size();
  token = token.substr(begin, end - begin);
}

void apply(const DecoderStep& step, Tokens& tokens) {
  switch (step.kind) {
    case DecoderStep::Kind::Metaspace:
      return metaspace(step.metaspace, tokens);
    case DecoderStep::Kind::ByteFallback:
      return byte_fallback(tokens);
    case DecoderStep::Kind::Fuse:
      return fuse(tokens);
    case DecoderStep::Kind::Strip:
      for (std::string& token : tokens) strip(step, token);
      return;
    case DecoderStep::Kind::Replace:
      for (std::string& token : tokens) replace_all(token, step.pattern, step.content);
      return;
  }
}

}  // namespace

std::string decode_tokens(const std::vector<DecoderStep>& steps, const std::vector<std::string_view>& tokens) {
  Tokens parts(tokens.begin(), tokens.end());
  for (const DecoderStep& step : steps) apply(step, parts);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (steps.empty() && i > 0) out += ' ';
    out += parts[i];
  }
  return out;
}

}  // namespace scoria
