#include "data/corpora/json_documents.h"

#include <fmt/core.h>

#include <algorithm>

#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::uint64_t kLinesToJudgeBy = 100;
constexpr std::size_t kMaxNameBytes = 40, kMaxNamesBytes = 200;

}  // namespace

JsonDocuments::JsonDocuments(CorpusFile file, std::string text_field)
    : DocumentReader(std::move(file)), scanner_(*file_.bytes), text_field_(std::move(text_field)) {}

const Document* JsonDocuments::next() {
  text_.clear_taken();
  for (;;) {
    try {
      if (!in_text_ && !scanner_.start_line()) {
        refuse_if_none_is_good(1);
        return nullptr;
      }
      if (in_text_ || find_text()) {
        read_text();
        if (text_.is_full()) return give_part(scanner_.line());
        finish_object();
        ++good_;
        if (!text_.is_empty()) return give(text_.take(), scanner_.line());
      } else {
        pass_over(CorpusFinding::NoTextField, fmt::format("it has {}", member_names_.empty() ? "none" : member_names_));
      }
    } catch (const BadJson& bad) {
      pass_over_bad(bad);
    }
    refuse_if_none_is_good(kLinesToJudgeBy);
  }
}

/// Reads the object up to the quote that opens its text; false, at the line's end, if it has none.
bool JsonDocuments::find_text() {
  member_names_.clear();
  has_member_ = false;
  scanner_.expect('{');
  while (next_member()) {
    if (key_ == text_field_ && scanner_.take('"')) return true;
    scanner_.skip_value();
  }
  scanner_.end_line();
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
      add_text(run.substr(0, end), scanner_.line());
      if (end < run.size()) text_.end_line();
      run.remove_prefix(std::min(end + 1, run.size()));
    }
  }
  file_.report.add(CorpusFinding::InvalidUtf8, scanner_.lone_surrogates() - lone_before, file_.name, scanner_.line());
}

void JsonDocuments::finish_object() {
  while (next_member()) scanner_.skip_value();
  scanner_.end_line();
}

void JsonDocuments::pass_over_bad(const BadJson& bad) {
  scanner_.skip_line();
  in_text_ = false;
  text_.take();
  text_.clear_taken();
  pass_over(CorpusFinding::BadJsonLine, fmt::format("{}, byte {} of the line", bad.why, bad.column));
}

void JsonDocuments::pass_over(CorpusFinding finding, const std::string& why) {
  if (passed_over_++ == 0) first_reason_ = fmt::format("{}: {}", scanner_.line(), why);
  file_.report.add(finding, 1, file_.name, scanner_.line(), why);
}

void JsonDocuments::refuse_if_none_is_good(std::uint64_t lines) const {
  if (good_ > 0 || passed_over_ < lines) return;
  const std::string which =
      passed_over_ == 1 ? "its only line is not" : fmt::format("none of its first {} lines is", passed_over_);
  throw Error(ErrorKind::Input,
              fmt::format("corpus {}: {} a JSON object with a string \"{}\"; line {}; give the field's name with "
                          "--text-field, or --corpus-format text for plain text",
                          file_.name, which, text_field_, first_reason_));
}

bool is_named_json_lines(std::filesystem::path path) {
  if (path.extension() == ".zst") path = path.stem();
  return path.extension() == ".jsonl" || path.extension() == ".ndjson";
}

bool starts_as_json_object(std::string_view bytes) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto skip_blanks = [&] { bytes.remove_prefix(std::min(bytes.find_first_not_of(kBlank), bytes.size())); };
  skip_blanks();
  for (const char c : {'{', '"'}) {
    if (!bytes.starts_with(c)) return false;
    bytes.remove_prefix(1);
    if (c == '{') skip_blanks();
  }
  bytes.remove_prefix(std::min(bytes.find('"'), bytes.size() - 1) + 1);
  skip_blanks();
  return bytes.starts_with(':');
}

}  // namespace scoria
