#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/corpora/input_bytes.h"

namespace scoria {

/// Why a line is no JSON; `column` counts bytes from 1.
struct BadJson {
  std::string why;
  std::uint64_t column;
};

/// What a line's end is between two tokens.
enum class LineEnds {
  End,    ///< the end of a line's JSON
  Blank,  ///< white space
};

/// Reads JSON (RFC 8259), front to back, in the memory of a block however long it is: one line at a time, or a text of
/// many lines.
///
/// With LineEnds::End a line end inside a value is an error: it is never stepped over but by start_line(), end_line()
/// and skip_line(), which are for such lines alone. Bytes above 127 pass through strings as they are. All functions but
/// those three throw BadJson.
class JsonScanner {
 public:
  explicit JsonScanner(InputBytes& bytes, LineEnds line_ends = LineEnds::End)
      : bytes_(bytes), line_ends_(line_ends), line_(line_ends == LineEnds::Blank ? 1 : 0) {}

  /// Goes to the first byte of the next line that is not blank; false at the end of the file.
  bool start_line();
  /// Steps over blanks and the line's end, or throws if anything else is there.
  void end_line();
  void skip_line();
  /// The line in hand, from 1.
  std::uint64_t line() const { return line_; }

  /// The first byte of the next token, not taken; -1 at the end of the line, or of the file.
  int peek();
  /// Takes the next token if it is `c`, and tells whether it was.
  bool take(char c);
  void expect(char c);
  /// Throws unless nothing but blanks is left of the line, or of the file.
  void expect_end();
  /// After a string's opening quote: the next run of its characters, escapes resolved, valid until the next call;
  /// false behind the closing quote. No run ends inside a UTF-8 sequence unless the string does.
  bool next_run(std::string_view& run);
  /// A whole string, from its opening quote. One longer than `longest` is cut there, which says no more than that.
  void read_string(std::string& out, std::size_t longest);
  /// Steps over any value.
  void skip_value();

  /// Escapes so far that were half a surrogate pair; they came out as U+FFFD.
  std::uint64_t lone_surrogates() const { return lone_surrogates_; }

 private:
  [[noreturn]] void fail(std::string why) const;
  [[noreturn]] void fail_at_token(std::string_view expected);
  int next_byte();
  void skip_string();
  void skip_scalar();
  void skip_number();
  void skip_digits();
  void open_member();
  bool open_container(char kind);
  bool close_containers();
  void read_escape();
  char32_t read_hex();

  InputBytes& bytes_;
  LineEnds line_ends_;
  std::uint64_t line_, line_begin_ = 0, lone_surrogates_ = 0;
  std::size_t given_ = 0;  ///< of the run that next_run gave last
  std::string escape_, open_;
};

}  // namespace scoria
