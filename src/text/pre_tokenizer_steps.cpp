#include "text/pre_tokenizer_steps.h"

#include <utility>

#include "text/text_rewriter.h"
#include "text/unicode.h"

namespace scoria {
namespace {

void end_piece(Pieces& pieces) {
  const std::size_t begin = pieces.ends.empty() ? 0 : pieces.ends.back();
  if (pieces.text.text.size() > begin) pieces.ends.push_back(pieces.text.text.size());
}

void split_at_spaces(const NormalizedWord& from, std::size_t begin, std::size_t end, Pieces& out) {
  for (std::size_t at = begin; at < end;) {
    const auto [c, byte_count] = unicode::decode(from.text, at);
    if (unicode::is_space(c))
      end_piece(out);
    else
      append_range(out.text, from, at, at + byte_count);
    at += byte_count;
  }
  end_piece(out);
}

bool wants_prefix(const Metaspace& metaspace, const NormalizedWord& from, std::size_t begin) {
  const std::string_view rest = std::string_view(from.text).substr(begin);
  if (metaspace.prepend == Metaspace::Prepend::Never || rest.starts_with(metaspace.replacement)) return false;
  if (rest[0] == ' ') return false;  // about to become one
  return metaspace.prepend == Metaspace::Prepend::Always || from.sources[begin].begin == 0;
}

void apply(const Metaspace& metaspace, const NormalizedWord& from, std::size_t begin, std::size_t end, Pieces& out) {
  const std::string_view mark = metaspace.replacement;
  if (begin == end) return;
  if (wants_prefix(metaspace, from, begin)) append_bytes(out.text, mark, from.sources[begin]);
  for (std::size_t at = begin; at < end;) {
    const bool is_space = from.text[at] == ' ';
    const bool is_mark = is_space || std::string_view(from.text).substr(at, end - at).starts_with(mark);
    if (is_mark && metaspace.split && at > begin) end_piece(out);
    const std::size_t size = is_space ? 1 : is_mark ? mark.size() : unicode::decode(from.text, at).byte_count;
    if (is_space)
      append_bytes(out.text, mark, from.sources[at]);
    else
      append_range(out.text, from, at, at + size);
    at += size;
  }
  end_piece(out);
}

}  // namespace

void pre_tokenize(const std::vector<PreTokenizerStep>& steps, const NormalizedWord& text, std::size_t from,
                  std::size_t to, Pieces& out, Pieces& spare) {
  out.text.text.assign(text.text, from, to - from);
  out.text.sources.assign(text.sources.begin() + static_cast<std::ptrdiff_t>(from),
                          text.sources.begin() + static_cast<std::ptrdiff_t>(to));
  out.ends.clear();
  end_piece(out);
  for (const PreTokenizerStep& step : steps) {
    std::swap(out, spare);
    out.text.text.clear();
    out.text.sources.clear();
    out.ends.clear();
    std::size_t begin = 0;
    for (const std::size_t end : spare.ends) {
      if (step.is_metaspace)
        apply(step.metaspace, spare.text, begin, end, out);
      else
        split_at_spaces(spare.text, begin, end, out);
      begin = end;
    }
  }
}

}  // namespace scoria
