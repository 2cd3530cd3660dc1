#include "data/corpora/json_scanner.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "data/corpora/utf8_text.h"

namespace scoria {
namespace {

// Deeper than any record, and not so deep that a line of brackets costs memory.
constexpr std::size_t kMaxDepth = 1000;

constexpr bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr bool is_digit(int c) { return c >= '0' && c <= '9'; }
constexpr bool is_low_surrogate(char32_t value) { return value >= 0xDC00 && value <= 0xDFFF; }

/// Bytes that end a run inside a string: quote, backslash, control characters.
constexpr std::array<bool, 256> kEndsRun = [] {
  std::array<bool, 256> ends{};
  for (int c = 0; c < 0x20; ++c) ends[static_cast<std::size_t>(c)] = true;
  ends['"'] = ends['\\'] = true;
  return ends;
}();

std::size_t run_size(std::string_view bytes) {
  const auto* end =
      std::find_if(bytes.begin(), bytes.end(), [](char c) { return kEndsRun[static_cast<unsigned char>(c)]; });
  return static_cast<std::size_t>(end - bytes.begin());
}

}  // namespace

void JsonScanner::fail(std::string why) const { throw BadJson{std::move(why), bytes_.position() - line_begin_ + 1}; }

void JsonScanner::fail_at_token(std::string_view expected) {
  const int c = peek();
  if (c < 0) fail(fmt::format("the {} ends, expected {}", line_ends_ == LineEnds::End ? "line" : "file", expected));
  fail(c > 0x20 && c < 0x7F ? fmt::format("'{}', expected {}", static_cast<char>(c), expected)
                            : fmt::format("byte 0x{:02X}, expected {}", c, expected));
}

int JsonScanner::next_byte() {
  if (bytes_.unread().empty() && !bytes_.refill()) return -1;
  return static_cast<unsigned char>(bytes_.unread().front());
}

bool JsonScanner::start_line() {
  for (;;) {
    ++line_;
    line_begin_ = bytes_.position();
    if (peek() >= 0) return true;
    if (next_byte() < 0) return false;
    bytes_.skip(1);
  }
}

void JsonScanner::expect_end() {
  if (peek() >= 0) fail_at_token(line_ends_ == LineEnds::End ? "the end of the line" : "the end of the file");
}

void JsonScanner::end_line() {
  expect_end();
  if (next_byte() >= 0) bytes_.skip(1);
}

void JsonScanner::skip_line() {
  do {
    const std::string_view unread = bytes_.unread();
    const std::size_t end = unread.find('\n');
    bytes_.skip(end == unread.npos ? unread.size() : end + 1);
    if (end != unread.npos) return;
  } while (bytes_.refill());
}

int JsonScanner::peek() {
  for (;;) {
    const int c = next_byte();
    if (c == '\n') {
      if (line_ends_ == LineEnds::End) return -1;
      ++line_;
      line_begin_ = bytes_.position() + 1;
    } else if (!is_blank(c)) {
      return c;
    }
    bytes_.skip(1);
  }
}

bool JsonScanner::take(char c) {
  if (peek() != c) return false;
  bytes_.skip(1);
  return true;
}

void JsonScanner::expect(char c) {
  if (!take(c)) fail_at_token(fmt::format("'{}'", c));
}

bool JsonScanner::next_run(std::string_view& run) {
  bytes_.skip(given_);
  given_ = 0;
  for (bool more = true;;) {
    const std::string_view unread = bytes_.unread();
    std::size_t size = run_size(unread);
    if (size == unread.size() && more) size = size_of_whole_characters(unread);
    if (size > 0) {
      run = unread.substr(0, size);
      given_ = size;
      return true;
    }
    if (run_size(unread) == unread.size()) {
      if (!more) fail("the file ends inside a string");
      more = bytes_.refill();
      continue;
    }
    const char c = unread.front();
    if (c == '\n') fail("the line ends inside a string");
    if (c != '"' && c != '\\') fail(fmt::format("control character 0x{:02X} inside a string", c));
    bytes_.skip(1);
    if (c == '"') return false;
    read_escape();
    run = escape_;
    return true;
  }
}

void JsonScanner::read_escape() {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  escape_.clear();
  const int c = next_byte();
  if (const std::size_t at = c < 0 ? kNames.npos : kNames.find(static_cast<char>(c)); at != kNames.npos) {
    escape_ += kMeanings[at];
    bytes_.skip(1);
    return;
  }
  if (c != 'u') fail("a backslash that starts no escape");
  bytes_.skip(1);
  char32_t value = read_hex();
  // Half a pair may be followed by anything, so by any number of further halves.
  while (value >= 0xD800 && value <= 0xDBFF) {
    while (bytes_.unread().size() < 6 && bytes_.refill()) continue;
    if (!bytes_.unread().starts_with("\\u")) break;
    bytes_.skip(2);
    const char32_t second = read_hex();
    if (is_low_surrogate(second)) {
      append_code_point(0x10000 + ((value - 0xD800) << 10) + (second - 0xDC00), escape_);
      return;
    }
    append_code_point(0xFFFD, escape_);
    ++lone_surrogates_;
    value = second;
  }
  const bool lone = value >= 0xD800 && value <= 0xDFFF;
  if (lone) ++lone_surrogates_;
  append_code_point(lone ? 0xFFFD : value, escape_);
}

char32_t JsonScanner::read_hex() {
  char32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int c = next_byte();
    const int lower = c | 0x20;
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!is_digit(c) && !letter) fail("\\u without four hexadecimal digits");
    value = value * 16 + static_cast<char32_t>(letter ? lower - 'a' + 10 : c - '0');
    bytes_.skip(1);
  }
  return value;
}

void JsonScanner::read_string(std::string& out, std::size_t longest) {
  out.clear();
  expect('"');
  for (std::string_view run; next_run(run);) out.append(run.substr(0, longest - std::min(out.size(), longest)));
}

void JsonScanner::skip_string() {
  expect('"');
  for (std::string_view run; next_run(run);) continue;
}

void JsonScanner::skip_value() {
  open_.clear();
  do {
    const int c = peek();
    if (c == '{' || c == '[') {
      if (open_container(static_cast<char>(c))) continue;
    } else if (c == '"') {
      skip_string();
    } else {
      skip_scalar();
    }
    if (close_containers()) return;
  } while (true);
}

/// Steps inside; whether a value comes next, and not the end of an empty one.
bool JsonScanner::open_container(char kind) {
  expect(kind);
  if (take(kind == '{' ? '}' : ']')) return false;
  if (open_.size() == kMaxDepth) fail(fmt::format("nested more than {} deep", kMaxDepth));
  open_ += kind;
  if (kind == '{') open_member();
  return true;
}

/// Behind a value: steps out of the containers that end there; false where another value comes.
bool JsonScanner::close_containers() {
  while (!open_.empty()) {
    const bool object = open_.back() == '{';
    if (take(',')) {
      if (object) open_member();
      return false;
    }
    if (!take(object ? '}' : ']')) fail_at_token(object ? "',' or '}'" : "',' or ']'");
    open_.pop_back();
  }
  return true;
}

void JsonScanner::open_member() {
  skip_string();
  expect(':');
}

void JsonScanner::skip_scalar() {
  const int c = peek();
  if (c == '-' || is_digit(c)) return skip_number();
  for (const std::string_view word : {"true", "false", "null"}) {
    if (c != word.front()) continue;
    for (const char letter : word) {
      if (next_byte() != letter) fail(fmt::format("a word that is not {}", word));
      bytes_.skip(1);
    }
    return;
  }
  fail_at_token("a value");
}

void JsonScanner::skip_number() {
  take('-');
  if (next_byte() == '0')
    bytes_.skip(1);
  else
    skip_digits();
  if (next_byte() == '.') {
    bytes_.skip(1);
    skip_digits();
  }
  if (const int c = next_byte(); c == 'e' || c == 'E') {
    bytes_.skip(1);
    if (const int sign = next_byte(); sign == '+' || sign == '-') bytes_.skip(1);
    skip_digits();
  }
}

void JsonScanner::skip_digits() {
  if (!is_digit(next_byte())) fail("a number without a digit");
  while (is_digit(next_byte())) bytes_.skip(1);
}

}  // namespace scoria
