#include "data/corpora/text_documents.h"

namespace scoria {

/// Takes a line, or what the buffer has of it, into the document; false at the end of the file.
bool TextDocuments::read_line_piece() {
  InputBytes& bytes = *file_.bytes;
  is_blank_ = false;
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
    if (text_.is_empty()) first_line_ = line_;
    add_text(unread.substr(0, size), line_);
    bytes.skip(size);
    if (end == unread.npos) return true;
    bytes.skip(1);
    if (size > 0 && unread[size - 1] == '\r') file_.report.add(CorpusFinding::CrLf, 1, file_.name, line_);
    is_blank_ = !text_.end_line();
    ++line_;
    return true;
  }
}

const Document* TextDocuments::next() {
  text_.clear_taken();
  // What is left of a long document is the line in hand, or the one that ended just when the text was full.
  first_line_ = text_.is_empty() || text_.is_in_line() ? line_ : line_ - 1;
  while (!text_.is_full() && read_line_piece())
    if (is_blank_ && !text_.is_empty()) return give(text_.take(), first_line_);
  if (text_.is_full()) return give_part(first_line_);
  return text_.is_empty() ? nullptr : give(text_.take(), first_line_);
}

}  // namespace scoria
