#include "data/task_input.h"

#include <fmt/core.h>

#include <algorithm>

#include "data/text_check.h"
#include "data/utf8_text.h"
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

std::string TaskInput::rest(std::size_t max_bytes) {
  std::string text;
  do {
    const std::string_view unread = start();
    const std::size_t whole = size_of_whole_characters(unread);
    mend(unread.substr(0, whole), text);
    bytes_->skip(whole);
    if (text.size() > max_bytes)
      throw Error(ErrorKind::Input,
                  fmt::format("{} {}: it is larger than {} MiB; split it", kWhat, file_, max_bytes >> 20));
  } while (refill());
  mend(start(), text);
  bytes_->skip(start().size());
  return text;
}

void RowTally::leave_out(std::int64_t line, std::string_view why) {
  if (report_.row_faults) {
    report_.row_faults->push_back({line, std::string(why)});
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
