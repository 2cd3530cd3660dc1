#include "text/normalizer_steps.h"

#include <algorithm>
#include <utility>

#include "text/text_rewriter.h"
#include "text/unicode.h"

namespace scoria {
namespace {

/// Calls visit(code point, its source) for each.
template <typename Visit>
void each_code_point(const NormalizedWord& text, const Visit& visit) {
  for (std::size_t at = 0; at < text.text.size();) {
    const auto [c, byte_count] = unicode::decode(text.text, at);
    visit(c, text.sources[at]);
    at += byte_count;
  }
}

void forbid(AsciiFold& ascii, const auto& is_forbidden) {
  for (unsigned char& byte : ascii)
    if (is_forbidden(byte)) byte = 0;
}

/// A step that makes at most one code point of each, without a look at its neighbours.
template <typename Map>
class EachCodePoint final : public NormalizerStep {
 public:
  explicit EachCodePoint(Map map) : map_(map) {}
  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    spare.text.clear();
    spare.sources.clear();
    each_code_point(text, [&](char32_t c, TokenSpan source) {
      char32_t out[2];
      const int count = map_(c, out);
      for (int i = 0; i < count; ++i) append_code_point(spare, out[i], source);
    });
    std::swap(text, spare);
    return true;
  }
  void fold(AsciiFold& ascii) const override {
    for (std::size_t i = 0; i < ascii.size(); ++i) {
      char32_t out[2];
      if (ascii[i] == 0) continue;
      ascii[i] = map_(ascii[i], out) == 1 ? static_cast<unsigned char>(out[0]) : 0;
    }
  }

 private:
  Map map_;
};

/// What is found takes the source of its last byte.
class Replace final : public NormalizerStep {
 public:
  Replace(std::string pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}

  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    if (pattern_.empty() || text.text.find(pattern_) == std::string::npos) return true;
    spare.text.clear();
    spare.sources.clear();
    std::size_t done = 0;
    for (std::size_t at = 0; (at = text.text.find(pattern_, at)) != std::string::npos; done = at) {
      append_range(spare, text, done, at);
      at += pattern_.size();
      append_bytes(spare, content_, text.sources[at - 1]);
    }
    append_range(spare, text, done, text.text.size());
    std::swap(text, spare);
    return true;
  }

  void fold(AsciiFold& ascii) const override {
    if (pattern_.size() == 1 && content_.size() == 1) {
      std::replace(ascii.begin(), ascii.end(), static_cast<unsigned char>(pattern_[0]),
                   static_cast<unsigned char>(content_[0]));
      return;
    }
    forbid(ascii, [&](unsigned char byte) { return pattern_.find(static_cast<char>(byte)) != std::string::npos; });
  }

 private:
  std::string pattern_, content_;
};

class ReplaceSpaces final : public NormalizerStep {
 public:
  ReplaceSpaces(std::size_t least, std::string content) : least_(least), content_(std::move(content)) {}

  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    if (text.text.find(std::string(least_, ' ')) == std::string::npos) return true;
    spare.text.clear();
    spare.sources.clear();
    for (std::size_t at = 0; at < text.text.size();) {
      const std::size_t run = std::min(text.text.find(' ', at), text.text.size());
      append_range(spare, text, at, run);
      at = std::min(text.text.find_first_not_of(' ', run), text.text.size());
      if (at - run >= least_)
        append_bytes(spare, content_, text.sources[at - 1]);
      else
        append_range(spare, text, run, at);
    }
    std::swap(text, spare);
    return true;
  }
  void fold(AsciiFold& ascii) const override {
    if (least_ == 1) ascii[' '] = 0;
  }

 private:
  std::size_t least_;
  std::string content_;
};

class Strip final : public NormalizerStep {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  bool apply(NormalizedWord& text, NormalizedWord& spare) const override {
    std::size_t begin = text.text.size(), end = 0;
    for (std::size_t at = 0; at < text.text.size();) {
      const auto [c, byte_count] = unicode::decode(text.text, at);
      if (!unicode::is_space(c)) begin = std::min(begin, at), end = at + byte_count;
      at += byte_count;
    }
    if (!left_ && end > 0) begin = 0;
    if (!right_ && end > 0) end = text.text.size();
    // A text of spaces alone goes, whichever side is stripped.
    spare.text.clear();
    spare.sources.clear();
    if (end > 0) append_range(spare, text, begin, end);
    std::swap(text, spare);
    return true;
  }
  void fold(AsciiFold& ascii) const override { ascii.fill(0); }

 private:
  bool left_, right_;
};

class Prepend final : public NormalizerStep {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  bool apply(NormalizedWord& text, NormalizedWord&) const override {
    if (text.text.empty()) return true;
    text.text.insert(0, prefix_);
    text.sources.insert(text.sources.begin(), prefix_.size(), text.sources[0]);
    return true;
  }
  void fold(AsciiFold& ascii) const override { ascii.fill(0); }

 private:
  std::string prefix_;
};

int nmt(char32_t c, char32_t out[2]) {
  const bool is_dropped =
      (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  const bool is_space = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                        c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  out[0] = is_space ? U' ' : c;
  return is_dropped ? 0 : 1;
}

}  // namespace

std::unique_ptr<const NormalizerStep> replace_step(std::string pattern, std::string content) {
  return std::make_unique<Replace>(std::move(pattern), std::move(content));
}
std::unique_ptr<const NormalizerStep> replace_spaces_step(std::size_t least, std::string content) {
  return std::make_unique<ReplaceSpaces>(least, std::move(content));
}
std::unique_ptr<const NormalizerStep> lowercase_step() {
  const auto map = [](char32_t c, char32_t out[2]) { return unicode::lower(c, out); };
  return std::make_unique<EachCodePoint<decltype(map)>>(map);
}
std::unique_ptr<const NormalizerStep> strip_step(bool left, bool right) { return std::make_unique<Strip>(left, right); }
std::unique_ptr<const NormalizerStep> strip_accents_step() {
  const auto map = [](char32_t c, char32_t out[2]) {
    out[0] = c;
    return unicode::is_combining(c) ? 0 : 1;
  };
  return std::make_unique<EachCodePoint<decltype(map)>>(map);
}
std::unique_ptr<const NormalizerStep> nmt_step() { return std::make_unique<EachCodePoint<decltype(&nmt)>>(&nmt); }
std::unique_ptr<const NormalizerStep> prepend_step(std::string prefix) {
  return std::make_unique<Prepend>(std::move(prefix));
}

}  // namespace scoria
