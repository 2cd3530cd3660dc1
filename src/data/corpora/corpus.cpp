#include "scoria/data/corpus.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "data/corpora/document_reader.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-", kPrefix = "corpus ";

bool is_corpus_name(fs::path path) {
  static constexpr std::array kExtensions = {"", ".txt", ".text", ".jsonl", ".ndjson", ".json"};
  if (path.extension() == ".zst") path = path.stem();
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

[[noreturn]] void refuse(ErrorKind kind, const fs::path& path, std::string_view what) {
  throw Error(kind, fmt::format("corpus {}: {}", path.string(), what));
}

/// Leaves the reason in errno.
bool may_read(const fs::path& path) { return ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0; }

/// 0 where the size cannot be had: the reading tells why.
std::uint64_t size_of(const fs::path& file) {
  std::error_code code;
  const std::uintmax_t size = fs::file_size(file, code);
  return code ? 0 : size;
}

}  // namespace

Corpus::Corpus(const std::vector<fs::path>& paths, const CorpusOptions& options) : paths_(paths), options_(options) {
  if (paths.empty()) throw Error(ErrorKind::Input, "corpus: no path given; name a text file or a folder of them");
  if (std::count(paths.begin(), paths.end(), kStandardInput) > 1)
    throw Error(ErrorKind::Usage, "corpus: standard input (-) is named twice; it can be read once");
  for (const fs::path& path : paths) list(path);
  if (files_.empty()) refuse(ErrorKind::Input, paths.front(), "all files are empty or unreadable; expected text");
  for (const fs::path& file : files_)
    if (file != kStandardInput) byte_count_ += size_of(file);
  report_ = listing_report_;
  if (has_standard_input() && options.keep_input) input_copy_ = std::make_shared<InputCopy>();
}

void Corpus::list(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (path == kStandardInput) {
    files_.push_back(path);
  } else if (!fs::exists(status)) {
    refuse(ErrorKind::Input, path, "no such file or folder; check the path");
  } else if (fs::is_directory(status)) {
    if (list_folder(path) == 0)
      refuse(ErrorKind::Input, path,
             "the folder holds no text: no file named *.txt, *.text, *.jsonl, *.ndjson, *.json, one of these with "
             ".zst, or without extension");
  } else if (!fs::is_regular_file(status)) {
    refuse(ErrorKind::Input, path, "neither a file nor a folder; pipe it in and name - to read standard input");
  } else if (!may_read(path)) {
    refuse(ErrorKind::Io, path, fmt::format("cannot be read: {}; check its permissions", std::strerror(errno)));
  } else if (size_of(path) == 0) {
    refuse(ErrorKind::Input, path, "the file is empty; expected text");
  } else {
    files_.push_back(path);
  }
}

/// Entry by entry in the order of their names, so that the files come in that of their paths. How many candidates
/// there were.
std::size_t Corpus::list_folder(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(folder, code); !code && at != fs::directory_iterator(); at.increment(code))
    if (!is_hidden(at->path())) entries.push_back(at->path());
  if (code) listing_report_.add(CorpusFinding::UnreadableFile, 1, folder.string(), 0, code.message());
  std::sort(entries.begin(), entries.end());
  std::size_t candidates = 0;
  for (const fs::path& entry : entries) {
    if (fs::is_directory(fs::symlink_status(entry, code))) {
      candidates += list_folder(entry);
    } else if (is_corpus_name(entry)) {
      ++candidates;
      list_found(entry);
    }
  }
  return candidates;
}

void Corpus::list_found(const fs::path& file) {
  std::error_code code;
  const fs::file_status status = fs::status(file, code);
  const std::string name = file.string();
  if (!may_read(file))
    listing_report_.add(CorpusFinding::UnreadableFile, 1, name, 0, std::strerror(errno));
  else if (!fs::is_regular_file(status))
    listing_report_.add(CorpusFinding::UnusableFile, 1, name, 0,
                        fs::is_directory(status) ? "a link to a folder, not followed" : "neither a file nor a folder");
  else if (size_of(file) == 0)
    listing_report_.add(CorpusFinding::EmptyFile, 1, name);
  else
    files_.push_back(file);
}

bool Corpus::has_standard_input() const {
  return std::find(files_.begin(), files_.end(), kStandardInput) != files_.end();
}

bool Corpus::is_read_once() const { return has_standard_input() && !options_.keep_input; }

/// Reads one file; false if it was skipped, wholly or from somewhere on.
void Corpus::read_file(const fs::path& file, const std::function<void(const Document&)>& visit,
                       const std::function<void(std::uint64_t)>& progress) const {
  std::unique_ptr<DocumentReader> reader;
  const auto report_progress = [&] { progress(reader ? reader->bytes_read() : 0); };
  // Only what the reading throws may be passed over, not what visit or progress do.
  const auto next = [&]() -> const Document* {
    try {
      if (!reader) reader = open_documents(file, options_, {report_, report_progress, input_copy_.get()});
      return reader->next();
    } catch (const Error& error) {
      if (std::find(paths_.begin(), paths_.end(), file) != paths_.end()) throw;
      const bool unusable = error.kind() == ErrorKind::Input;
      // "corpus FILE: why": the report's lines say the first word themselves.
      const std::string_view reason = std::string_view(error.what()).substr(kPrefix.size());
      report_.add(unusable ? CorpusFinding::UnusableFile : CorpusFinding::UnreadableFile, 1, reason);
      return nullptr;
    }
  };
  while (const Document* document = next()) {
    visit(*document);
    report_progress();
  }
  report_progress();
}

void Corpus::for_each_document(const std::function<void(const Document&)>& visit,
                               const CorpusProgress& progress) const {
  const bool is_kept = input_copy_ && input_copy_->is_whole();
  if (has_standard_input() && std::exchange(input_is_read_, true) && !is_kept)
    throw Error(ErrorKind::Input, "corpus -: standard input was read already; save it to a file and name that");
  report_ = listing_report_;
  std::uint64_t before = 0, document_count = 0;
  const std::uint64_t total = has_standard_input() ? 0 : byte_count_;
  for (const fs::path& file : files_) {
    std::uint64_t in_file = 0;
    read_file(
        file,
        [&](const Document& document) {
          ++document_count;
          visit(document);
        },
        [&](std::uint64_t bytes_read) {
          in_file = bytes_read;
          if (progress) progress(total == 0 ? before + in_file : std::min(before + in_file, total), total);
        });
    before += in_file;
  }
  if (document_count == 0) {
    const std::vector<std::string> found = report_.lines();
    throw Error(ErrorKind::Input, fmt::format("corpus {}: no words in it; expected text{}", paths_.front().string(),
                                              found.empty() ? "" : fmt::format(" ({})", found.back())));
  }
}

}  // namespace scoria
