#include "data/corpora/json_documents.h"

#include <fmt/core.h>

#include <algorithm>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::uint64_t kLinesToJudgeBy = 100;
constexpr std::size_t kMaxNameBytes = 40, kMaxNamesBytes = 200;

}  // namespace

JsonDocuments::JsonDocuments(CorpusFile file, std::string text_field, JsonLayout layout)
    : DocumentReader(std::move(file)),
      layout_(layout),
      scanner_(*file_.bytes, layout == JsonLayout::Lines ? LineEnds::End : LineEnds::Blank),
      text_field_(std::move(text_field)) {}

const Document* JsonDocuments::next() {
  text_.clear_taken();
  for (;;) {
    try {
      if (!in_text_ && !start_object()) {
        refuse_if_none_is_good(1);
        return nullptr;
      }
      if (in_text_ || find_text()) {
        read_text();
        if (text_.is_full()) return give_part(line_);
        finish_object();
        ++good_;
        if (!text_.is_empty()) return give(text_.take(), line_);
      } else {
        pass_over(CorpusFinding::NoTextField, fmt::format("it has {}", member_names_.empty() ? "none" : member_names_));
      }
    } catch (const BadJson& bad) {
      pass_over_bad(bad);
    }
    refuse_if_none_is_good(kLinesToJudgeBy);
  }
}

/// Goes to the next object; false behind the last one.
bool JsonDocuments::start_object() {
  bool is_there = false;
  if (layout_ == JsonLayout::Lines)
    is_there = scanner_.start_line();
  else if (layout_ == JsonLayout::Sequence)
    is_there = scanner_.peek() >= 0;
  else
    is_there = start_element();
  line_ = scanner_.line();
  return is_there;
}

/// Goes to the array's next element.
bool JsonDocuments::start_element() {
  const bool is_first = !has_begun_;
  if (is_first) find_array();
  if (scanner_.take(']')) {
    end_file();
    return false;
  }
  if (!is_first) {
    if (!scanner_.take(',')) scanner_.expect(']');
  }
  scanner_.peek();  // its line is the element's, not the comma's
  return true;
}

/// Steps into the array, past the members before it.
void JsonDocuments::find_array() {
  has_begun_ = true;
  if (layout_ == JsonLayout::Array) return scanner_.expect('[');
  has_member_ = false;
  scanner_.expect('{');
  while (next_member()) {
    if (key_ == "data") return scanner_.expect('[');
    scanner_.skip_value();
  }
}

/// Behind the array: the members that are left, and nothing else.
void JsonDocuments::end_file() {
  if (layout_ == JsonLayout::DataArray) {
    has_member_ = true;
    while (next_member()) scanner_.skip_value();
  }
  scanner_.expect_end();
}

/// Reads the object up to the quote that opens its text; false, behind it, if it has none.
bool JsonDocuments::find_text() {
  member_names_.clear();
  has_member_ = false;
  if (layout_ == JsonLayout::Lines || scanner_.peek() == '{') {
    scanner_.expect('{');
    while (next_member()) {
      if (key_ == text_field_ && scanner_.take('"')) return true;
      scanner_.skip_value();
    }
  } else {
    scanner_.skip_value();
  }
  if (layout_ == JsonLayout::Lines) scanner_.end_line();
  return false;
}

/// Reads the name of the object's next member and its colon; false behind the object.
bool JsonDocuments::next_member() {
  if (scanner_.take('}')) return false;
  if (has_member_ && !scanner_.take(',')) scanner_.expect('}');
  has_member_ = true;
  scanner_.read_string(key_, text_field_.size() + kMaxNameBytes);
  scanner_.expect(':');
  if (member_names_.size() < kMaxNamesBytes) member_names_.append(member_names_.empty() ? "" : ", ").append(key_);
  return true;
}

/// Reads the text until the document is full or the string ends.
void JsonDocuments::read_text() {
  const std::uint64_t lone_before = scanner_.lone_surrogates();
  in_text_ = true;
  for (std::string_view run; !text_.is_full() && (in_text_ = scanner_.next_run(run));) {
    while (!run.empty()) {
      const std::size_t end = std::min(run.find('\n'), run.size());
      add_text(run.substr(0, end), line_);
      if (end < run.size()) text_.end_line();
      run.remove_prefix(std::min(end + 1, run.size()));
    }
  }
  file_.report.add(CorpusFinding::InvalidUtf8, scanner_.lone_surrogates() - lone_before, file_.name, line_);
}

void JsonDocuments::finish_object() {
  while (next_member()) scanner_.skip_value();
  if (layout_ == JsonLayout::Lines) scanner_.end_line();
}

void JsonDocuments::pass_over_bad(const BadJson& bad) {
  if (layout_ != JsonLayout::Lines) {
    throw Error(ErrorKind::Input, fmt::format("corpus {}: its JSON is broken in line {}, byte {} of the line: {}; mend "
                                              "it there, or get the file again",
                                              file_.name, scanner_.line(), bad.column, bad.why));
  }
  scanner_.skip_line();
  in_text_ = false;
  text_.take();
  text_.clear_taken();
  pass_over(CorpusFinding::BadJsonLine, fmt::format("{}, byte {} of the line", bad.why, bad.column));
}

void JsonDocuments::pass_over(CorpusFinding finding, const std::string& why) {
  if (passed_over_++ == 0) first_reason_ = fmt::format("{}: {}", line_, why);
  file_.report.add(finding, 1, file_.name, line_, why);
}

void JsonDocuments::refuse_if_none_is_good(std::uint64_t lines) const {
  if (good_ > 0 || passed_over_ < lines) return;
  const bool by_lines = layout_ == JsonLayout::Lines;
  const std::string which =
      passed_over_ == 1 ? fmt::format("its only {} is not", by_lines ? "line" : "entry")
                        : fmt::format("none of its first {} {} is", passed_over_, by_lines ? "lines" : "entries");
  throw Error(ErrorKind::Input,
              fmt::format("corpus {}: {} a JSON object with a string \"{}\"; line {}; give the field's name with "
                          "--text-field, or --corpus-format text for plain text",
                          file_.name, which, text_field_, first_reason_));
}

}  // namespace scoria
