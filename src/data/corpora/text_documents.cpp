#include "data/corpora/text_documents.h"

#include "data/corpora/article_marks.h"

namespace scoria {
namespace {

// A longer line is no mark and no title.
constexpr std::size_t kLongestMark = std::size_t{1} << 16;

bool is_blank(std::string_view line) {
  constexpr std::string_view kBlank(" \t\r\v\f\0", 6);
  return line.find_first_not_of(kBlank) == line.npos;
}

}  // namespace

/// The line that begins, without its end; nothing if it is longer than any mark.
std::optional<std::string_view> TextDocuments::whole_line() {
  InputBytes& bytes = *file_.bytes;
  for (std::size_t searched = 0;;) {
    const std::string_view unread = bytes.unread();
    const std::size_t end = unread.find('\n', searched);
    searched = unread.size();
    if (end != unread.npos) return unread.substr(0, end);
    if (searched > kLongestMark) return {};
    if (!bytes.refill()) return bytes.unread();
  }
}

/// Takes a line that opens or closes an article.
bool TextDocuments::take_mark() {
  while (file_.bytes->unread().empty() && file_.bytes->refill()) continue;
  if (!may_be_article_mark(file_.bytes->unread())) return false;
  const std::optional<std::string_view> line = whole_line();
  if (!line) return false;
  std::optional<std::string> title = opened_article(*line);
  if (!title && !(in_article_ && closes_article(*line))) return false;
  in_article_ = title.has_value();
  if (in_article_) file_.report.add(CorpusFinding::Article, 1, file_.name, line_);
  title_ = std::move(title);
  end_line(*line);
  is_border_ = true;
  return true;
}

/// Takes the line that says an article's title again.
bool TextDocuments::take_title() {
  const std::optional<std::string_view> line = whole_line();
  if (line && is_blank(*line)) return false;
  const bool is_it = line && is_title(*line, *title_);
  title_.reset();
  if (is_it) end_line(*line);
  return is_it;
}

/// Steps over a whole line and its end.
void TextDocuments::end_line(std::string_view line) {
  InputBytes& bytes = *file_.bytes;
  const std::size_t size = line.size();
  const bool has_end = size < bytes.unread().size();
  if (has_end && line.ends_with('\r')) file_.report.add(CorpusFinding::CrLf, 1, file_.name, line_);
  bytes.skip(size + (has_end ? 1 : 0));
  ++line_;
}

/// Takes a line, or what the buffer has of it, into the document; false at the end of the file.
bool TextDocuments::read_line_piece() {
  InputBytes& bytes = *file_.bytes;
  is_border_ = false;
  if (at_line_start_ && (take_mark() || (title_ && take_title()))) return true;
  for (bool more = true;;) {
    const std::string_view unread = bytes.unread();
    const std::size_t end = unread.find('\n');
    // A line that the buffer cuts: a character cut in two waits for its rest, and so does CR for LF.
    std::size_t size = end != unread.npos ? end : more ? size_of_whole_characters(unread) : unread.size();
    if (end == unread.npos && more && size > 0 && unread[size - 1] == '\r') --size;
    if (end == unread.npos && size == 0) {
      if (!more) return false;
      more = bytes.refill();
      continue;
    }
    if (text_.is_empty()) {
      first_line_ = line_;
      lines_are_in_a_row_ = true;
    }
    add_text(unread.substr(0, size), line_);
    bytes.skip(size);
    at_line_start_ = end != unread.npos;
    if (!at_line_start_) return true;
    bytes.skip(1);
    if (size > 0 && unread[size - 1] == '\r') file_.report.add(CorpusFinding::CrLf, 1, file_.name, line_);
    const bool is_blank_line = !text_.end_line();
    is_border_ = is_blank_line && !in_article_;
    if (is_blank_line && in_article_) lines_are_in_a_row_ = false;
    ++line_;
    return true;
  }
}

const Document* TextDocuments::next() {
  text_.clear_taken();
  // What is left of a long document is the line in hand, or the one that ended just when the text was full.
  first_line_ = text_.is_empty() || text_.is_in_line() ? line_ : line_ - 1;
  while (!text_.is_full() && read_line_piece())
    if (is_border_ && !text_.is_empty()) return give(text_.take(), first_line_, lines_are_in_a_row_);
  if (text_.is_full()) return give_part(first_line_, lines_are_in_a_row_);
  return text_.is_empty() ? nullptr : give(text_.take(), first_line_, lines_are_in_a_row_);
}

}  // namespace scoria
