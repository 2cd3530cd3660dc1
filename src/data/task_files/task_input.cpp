#include "data/task_files/task_input.h"

#include <fmt/core.h>

#include <algorithm>

#include "data/corpora/text_check.h"
#include "data/corpora/utf8_text.h"
#include "scoria/error.h"

namespace scoria {
namespace {

constexpr std::string_view kWhat = "task file";

void check_is_there(const std::filesystem::path& path) {
  if (path == "-") return;
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw Error(ErrorKind::Input, fmt::format("{} {}: there is no such file; check the path", kWhat, path.string()));
  if (std::filesystem::is_directory(status))
    throw Error(ErrorKind::Input, fmt::format("{} {}: it is a folder; name a file in it", kWhat, path.string()));
}

}  // namespace

TaskInput::TaskInput(const std::filesystem::path& path, TaskFileReport& report)
    : file_(path == "-" ? "standard input" : path.string()), report_(report) {
  check_is_there(path);
  bytes_ = open_input(path, {.report = findings_, .interrupted = {}, .input_copy = nullptr, .what = kWhat});
  check_is_text(fmt::format("{} {}", kWhat, file_), start());
  skip_byte_order_mark(*bytes_);
  if (start().empty()) throw Error(ErrorKind::Input, fmt::format("{} {}: it is empty", kWhat, file_));
}

std::string TaskInput::place(std::int64_t line) const { return fmt::format("{} line {}", file_, line); }

/// Damage inside the compression is an error here: a file that ends early would be a smaller task.
bool TaskInput::refill() {
  const bool more = bytes_->refill();
  if (const CorpusReport::Entry& damage = findings_.entry(CorpusFinding::DamagedZstd); damage.count > 0)
    throw Error(ErrorKind::Input,
                fmt::format("{} {}; get the file again, or compress it again from its source", kWhat, damage.first));
  return more;
}

void TaskInput::mend(std::string_view raw, std::string& out) {
  const auto [replaced, nuls] = append_valid_utf8(raw, out);
  const std::string where = replaced + nuls == 0 ? "" : line_ == 0 ? file_ : place(line_);
  if (replaced > 0) report_.invalid_utf8.add(where, replaced);
  if (nuls > 0) report_.nul_characters.add(where, nuls);
}

bool TaskInput::next_line() {
  std::size_t end = start().find('\n');
  while (end == start().npos && start().size() <= kMaxLineBytes) {
    const std::size_t searched = start().size();
    if (!refill()) break;
    end = start().find('\n', searched);
  }
  std::string_view raw = start().substr(0, end);
  if (raw.empty() && end == start().npos) return false;
  ++line_;
  if (raw.size() > kMaxLineBytes)
    throw Error(ErrorKind::Input,
                fmt::format("{} {}: it is longer than 16 MiB; is it the right file?", kWhat, place(line_)));
  const std::size_t taken = raw.size() + (end == start().npos ? 0 : 1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  text_.clear();
  mend(raw, text_);
  bytes_->skip(taken);
  return true;
}

int TaskInput::peek() {
  for (;;) {
    if (start().empty() && !refill()) break;
    const char c = start().front();
    if (c == '\n') ++lines_before_;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      line_ = lines_before_ + 1;
      return static_cast<unsigned char>(c);
    }
    bytes_->skip(1);
  }
  line_ = lines_before_ + 1;
  return -1;
}

void TaskInput::skip_byte() { bytes_->skip(1); }

namespace {

/// Finds the end of a JSON value as its bytes come.
class ValueEnd {
 public:
  /// Whether the value goes on behind `c`; a byte that ends a number or a name is not part of it.
  enum class Step { GoesOn, EndsBehind, EndsBefore };
  Step step(char c) {
    if (in_string_) {
      const bool closes = c == '"' && !escaped_;
      escaped_ = c == '\\' && !escaped_;
      in_string_ = !closes;
      return closes && depth_ == 0 ? Step::EndsBehind : Step::GoesOn;
    }
    if (c == '"') in_string_ = true;
    if (c == '[' || c == '{') ++depth_;
    if (depth_ == 0 && !in_string_) return kEnds.find(c) == kEnds.npos ? Step::GoesOn : Step::EndsBefore;
    if (c == ']' || c == '}') --depth_;
    return depth_ == 0 && !in_string_ ? Step::EndsBehind : Step::GoesOn;
  }

 private:
  static constexpr std::string_view kEnds = ",:]} \t\r\n";
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false;
};

}  // namespace

void TaskInput::take_value(std::size_t max_bytes) {
  peek();
  std::string raw;
  ValueEnd end;
  for (auto step = ValueEnd::Step::GoesOn; step == ValueEnd::Step::GoesOn && (!start().empty() || refill());) {
    const std::string_view unread = start();
    std::size_t size = 0;
    while (size < unread.size() && step == ValueEnd::Step::GoesOn) {
      step = end.step(unread[size]);
      if (step != ValueEnd::Step::EndsBefore) lines_before_ += unread[size++] == '\n';
    }
    raw.append(unread.substr(0, size));
    bytes_->skip(size);
    if (raw.size() > max_bytes)
      throw Error(ErrorKind::Input, fmt::format("{} {}: a value of more than {} MiB begins here; is it the right file?",
                                                kWhat, place(line_), max_bytes >> 20));
  }
  text_.clear();
  mend(raw, text_);
}

void RowTally::leave_out(std::int64_t line, std::string_view why) {
  if (report_.row_faults) {
    report_.row_faults->push_back({line, good_, std::string(why)});
    return;
  }
  const std::string place = fmt::format("{}: {}", input_.place(line), why);
  if (left_out_++ == 0) first_ = place;
  report_.rows_left_out.add(place);
}

void RowTally::add_unlabelled(std::int64_t line) {
  ++unlabelled_;
  report_.without_label.add(input_.place(line));
}

void RowTally::finish() const {
  if (report_.row_faults && !report_.row_faults->empty()) return;
  const std::uint64_t all = good_ + left_out_ + unlabelled_;
  if (left_out_ * 100 > all)
    throw Error(ErrorKind::Input, fmt::format("{} {}; mend it: {} of {} {} do not fit, at most one in 100 may", kWhat,
                                              first_, left_out_, all, what_));
  if (good_ > 0) return;
  throw Error(ErrorKind::Input,
              fmt::format("{} {}: no {} in it{}", kWhat, input_.file(), what_,
                          unlabelled_ > 0 ? fmt::format(" that have a label, {} without", unlabelled_) : ""));
}

}  // namespace scoria
