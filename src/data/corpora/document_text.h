#pragma once

#include <string>
#include <string_view>

#include "data/corpora/utf8_text.h"

namespace scoria {

/// The text of the document in hand: raw bytes in, clean lines out, a part at a time.
class DocumentText {
 public:
  /// Adds raw bytes of the current line. Blanks at the line's start go; see append_valid_utf8.
  Utf8Repairs add(std::string_view raw);
  /// Ends the current line; blanks at its end go. Whether the line held anything.
  bool end_line();

  bool is_empty() const { return text_.empty(); }
  bool is_in_line() const { return in_line_; }
  /// 4 MiB are there: time for take_part(). (War and Peace is 3.2 MB.)
  bool is_full() const;
  /// Everything; valid until clear_taken().
  std::string_view take();
  /// When full: a first part, as Corpus says where it is cut; valid until clear_taken(), the rest stays.
  std::string_view take_part();
  void clear_taken();

 private:
  std::string text_;
  std::size_t taken_ = 0;
  bool in_line_ = false;
};

}  // namespace scoria
