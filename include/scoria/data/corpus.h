#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// A document as it streams by; the views live until the callback returns.
struct Document {
  /// Valid UTF-8, lines apart by '\n', none of them blank, no space at either end of a line.
  std::string_view text;
  std::string_view file;
  /// Line of the file, from 1, that the document starts in.
  std::uint64_t line = 1;
};

/// Bytes of the corpus read so far and in all. May throw to stop the work: what it throws comes out of the call.
using CorpusProgress = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

/// Plain text in files: the form in which BERT was pretrained.
///
/// UTF-8, an empty line ends a document, and so does the end of a file. A line is a sentence or a paragraph:
/// see split_sentences. A byte-order mark is dropped, CRLF is a line end, a byte that is not UTF-8 becomes
/// U+FFFD (a warning to the log tells how many), NUL is dropped. A document of more than 16 MiB comes in
/// several parts, each cut at the end of a line or, where a line is that long, at a space.
class Corpus {
 public:
  /// Each path is a file of any name, or a folder: its files named *.txt, *.text or without extension, in all
  /// its folders, in the order of their paths; names that start with a dot are passed over. Nothing is read yet.
  ///
  /// Throws Error (Input), naming the path, for a path that is not there, is neither file nor folder, a folder
  /// without such files, or no path at all; for an empty file that was named itself (in a folder it is
  /// skipped with a warning), and where no file has any content.
  explicit Corpus(const std::vector<std::filesystem::path>& paths);

  const std::vector<std::filesystem::path>& files() const { return files_; }
  std::uint64_t byte_count() const { return byte_count_; }

  /// Reads every document in order; memory for one at a time.
  /// Throws Error (Input), naming the file, for what is not text: compressed, UTF-16, or more than one byte
  /// in 50 NUL or one in 10 not UTF-8 in its first 64 KiB. Throws Error (Io) if reading fails.
  void for_each_document(const std::function<void(const Document&)>& visit, const CorpusProgress& progress = {}) const;

 private:
  std::vector<std::filesystem::path> files_;
  std::uint64_t byte_count_ = 0;
};

enum class LineMeaning {
  Prose,      ///< a line is a paragraph, or a sentence: it is split where sentences end
  Sentences,  ///< a line is one sentence
};

/// The sentences of a document's text, as views into it, none empty, without space at their ends.
///
/// In prose a sentence ends at . ! ? or an ellipsis, with the quotes and brackets that close there, before a
/// space and something that can start a sentence: not a lower-case letter. A point does not end one after an
/// initial ("J. Smith"), a title ("Dr. Who"), an abbreviation ("e.g.", "No. 5", "U.S. Navy" but "in the U.S. The"),
/// a number that opens the sentence ("1. Of trees") or inside a number. Chinese, Japanese, Hindi, Arabic and
/// Urdu sentence ends count; the ideographic ones need no space after them. Abbreviations are the English ones.
void split_sentences(std::string_view text, LineMeaning meaning, std::vector<std::string_view>& sentences);

}  // namespace scoria
