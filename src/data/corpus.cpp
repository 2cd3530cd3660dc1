#include "scoria/data/corpus.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "data/document_reader.h"
#include "scoria/error.h"

namespace scoria {
namespace {

namespace fs = std::filesystem;

bool is_text_name(const fs::path& path) {
  static constexpr std::array kExtensions = {"", ".txt", ".text"};
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(ErrorKind::Input, fmt::format("corpus {}: {}", path.string(), what));
}

std::vector<fs::path> text_files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  try {
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
      if (is_hidden(at->path())) {
        if (at->is_directory()) at.disable_recursion_pending();
      } else if (at->is_regular_file() && is_text_name(at->path())) {
        files.push_back(at->path());
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::Io, fmt::format("corpus {}: {}", error.path1().string(), error.code().message()));
  }
  if (files.empty()) refuse(folder, "the folder holds no text: no file named *.txt, *.text or without extension");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Corpus::Corpus(const std::vector<fs::path>& paths) {
  if (paths.empty()) throw Error(ErrorKind::Input, "corpus: no path given; name a text file or a folder of them");
  for (const fs::path& path : paths) {
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (!fs::exists(status)) refuse(path, "no such file or folder; check the path");
    if (fs::is_directory(status)) {
      for (const fs::path& file : text_files_of(path)) {
        if (fs::file_size(file) == 0)
          log(LogLevel::Warning, fmt::format("corpus {}: the file is empty, skipped", file.string()));
        else
          files_.push_back(file);
      }
    } else if (!fs::is_regular_file(status)) {
      refuse(path, "neither a file nor a folder; a corpus is read more than once, so a pipe will not do");
    } else {
      if (fs::file_size(path) == 0) refuse(path, "the file is empty; expected text");
      files_.push_back(path);
    }
  }
  if (files_.empty()) refuse(paths.front(), "all files are empty; expected text");
  for (const fs::path& file : files_) byte_count_ += fs::file_size(file);
}

void Corpus::for_each_document(const std::function<void(const Document&)>& visit,
                               const CorpusProgress& progress) const {
  std::uint64_t before = 0;
  for (const fs::path& file : files_) {
    DocumentReader reader(file);
    while (const Document* document = reader.next()) {
      visit(*document);
      if (progress) progress(std::min(before + reader.bytes_read(), byte_count_), byte_count_);
    }
    before += reader.bytes_read();
    if (progress) progress(std::min(before, byte_count_), byte_count_);
  }
}

}  // namespace scoria
