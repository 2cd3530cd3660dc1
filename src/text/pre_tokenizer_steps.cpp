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
  std::size_t word = begin;
  for (std::size_t at = begin; at < end;) {
    const auto [c, byte_count] = unicode::decode(from.text, at);
    at += byte_count;
    if (!unicode::is_space(c)) continue;
    append_range(out.text, from, word, at - byte_count);
    end_piece(out);
    word = at;
  }
  append_range(out.text, from, word, end);
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
  std::size_t done = begin;
  for (std::size_t at = begin; at < end;) {
    const bool is_space = from.text[at] == ' ';
    const auto is_mark = [&] { return std::string_view(from.text).substr(at, end - at).starts_with(mark); };
    if (!is_space && (from.text[at] != mark[0] || !is_mark())) {
      ++at;
      continue;
    }
    append_range(out.text, from, done, at);
    if (metaspace.split && at > begin) end_piece(out);
    done = at;
    at += is_space ? 1 : mark.size();
    if (!is_space) continue;
    append_bytes(out.text, mark, from.sources[done]);
    done = at;
  }
  append_range(out.text, from, done, end);
  end_piece(out);
}

void apply(const PreTokenizerStep& step, const NormalizedWord& from, std::size_t begin, std::size_t end, Pieces& out) {
  step.is_metaspace ? apply(step.metaspace, from, begin, end, out) : split_at_spaces(from, begin, end, out);
}

void clear(Pieces& pieces) {
  pieces.text.text.clear();
  pieces.text.sources.clear();
  pieces.ends.clear();
}

}  // namespace

void pre_tokenize(const std::vector<PreTokenizerStep>& steps, const NormalizedWord& text, std::size_t from,
                  std::size_t to, Pieces& out, Pieces& spare) {
  clear(out);
  if (steps.empty()) {
    append_range(out.text, text, from, to);
    return end_piece(out);
  }
  apply(steps[0], text, from, to, out);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    std::swap(out, spare);
    clear(out);
    std::size_t begin = 0;
    for (const std::size_t end : spare.ends) {
      apply(steps[i], spare.text, begin, end, out);
      begin = end;
    }
  }
}

}  // namespace scoria
