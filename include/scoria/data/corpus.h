#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scoria/data/corpus_report.h"

namespace scoria {

class InputCopy;

/// A document as it streams by; the views live until the callback returns.
struct Document {
  /// Valid UTF-8, lines apart by '\n', none of them blank, no space at either end of a line.
  std::string_view text;
  std::string_view file;
  /// Line of the file, from 1, that the document starts in.
  std::uint64_t line = 1;
};

/// Bytes of the files read so far and in all: compressed bytes where they are. The total is 0 where it cannot be
/// known (standard input). May throw to stop the work: what it throws comes out of the call.
using CorpusProgress = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

enum class CorpusFormat {
  ByName,  ///< *.jsonl, *.ndjson and *.json are JSON, all else (standard input too) is text
  Text,    ///< an empty line ends a document, and so does the end of a file
  Json,    ///< objects, the text field of each a document: one a line, in an array, or in {"data": [...]}
};

struct CorpusOptions {
  CorpusFormat format = CorpusFormat::ByName;
  /// The member of each object that holds the text; a member of the object itself, not of one inside it.
  std::string text_field = "text";
  /// Standard input can be read again: its bytes are kept, as they come, in a file without a name in TMPDIR (/tmp).
  bool keep_input = false;
};

/// Text in files, streamed: plain or JSON, either of them also compressed with zstd.
///
/// Text is UTF-8, an empty line ends a document, and so does the end of a file. A line is a sentence or a
/// paragraph: see split_sentences. WikiExtractor's lines <doc id="..." url="..." title="..."> and </doc> are borders of
/// documents; between them an empty line ends nothing, and the first line is left out if it is the title again.
///
/// Of JSON each object is a document; blank lines in its text are dropped. The objects stand one a line, or in one
/// array of any size, or in the array "data" of one object, or one behind the other over several lines; which, is told
/// by the content. A bad line is skipped; an array that is broken is an error (Input) that says where, since nothing
/// behind the damage can be told apart. What starts as a zstd frame is decompressed, whatever its name.
///
/// [SEP], [MASK] and the other special tokens' names in a text are text, as for Google's script, and counted.
///
/// Nothing is held whole. A document of more than 4 MiB comes in parts of at most that size and a block, each cut
/// at the last end of a line in its second half, or else at the last space there, or else behind a character: so a
/// line of any length is read. Memory: a part, a block of 256 KiB, and for zstd its window (8 MiB up to level 19,
/// at most 128 MiB: beyond, the file is refused). With threads (tokenize_corpus) three parts a thread.
///
/// What is odd is mended, counted and reported (CorpusFinding says how): invalid UTF-8, NUL, a byte-order mark,
/// CR LF, a JSON line that is none, a compressed file that ends early. A line of JSON found bad behind its first
/// 4 MiB of text keeps the parts already given.
///
/// What you name must be right, what a folder holds may be odd. A file named itself is refused (Error) where it
/// cannot be read, is empty, or is not what it should be:
///   - text: it is in a known binary format, UTF-16, or in its first 256 KiB more than one byte in 50 is NUL or
///     one in 10 is not UTF-8; or it starts as JSON does, or with [, { or < (HTML, XML), and CorpusFormat::Text was not
///     asked for
///   - JSON: not one of its first 100 objects has the text field
///   - zstd: not one byte comes out, or it wants a larger window or a dictionary
/// A file found in a folder is skipped for the same, and counted.
class Corpus {
 public:
  /// Each path is a file of any name, "-" for standard input, or a folder: in all its folders, in the order of
  /// their paths byte by byte, the files named *.txt, *.text, *.jsonl, *.ndjson, *.json, each also with .zst behind it,
  /// or without extension; names that start with a dot are passed over, links to folders counted and not followed.
  ///
  /// Throws Error (Input), naming the path, for a path that is not there, is neither file nor folder, a folder
  /// without such files, or no path at all; for an empty file that was named itself, and where no file has any
  /// content. Throws Error (Io) for a named file that may not be read, Error (Usage) for "-" twice.
  explicit Corpus(const std::vector<std::filesystem::path>& paths, const CorpusOptions& options = {});

  const std::vector<std::filesystem::path>& files() const { return files_; }
  /// Of all files as they lie on the disk; standard input counts 0.
  std::uint64_t byte_count() const { return byte_count_; }
  const CorpusOptions& options() const { return options_; }
  bool has_standard_input() const;
  /// Standard input is among the files and not kept: for_each_document serves once.
  bool is_read_once() const;

  /// Reads every document in order; memory for one at a time. One call at a time.
  /// Throws Error (Input) for a file that is refused, where not one document came, and where standard input
  /// would be read a second time; Error (Io) if reading a named file fails.
  void for_each_document(const std::function<void(const Document&)>& visit, const CorpusProgress& progress = {}) const;

  /// What the listing of the folders and the newest for_each_document found.
  const CorpusReport& report() const { return report_; }

 private:
  void list(const std::filesystem::path& path);
  std::size_t list_folder(const std::filesystem::path& folder);
  void list_found(const std::filesystem::path& file);
  void read_file(const std::filesystem::path& file, const std::function<void(const Document&)>& visit,
                 const std::function<void(std::uint64_t)>& progress) const;

  std::vector<std::filesystem::path> paths_, files_;
  CorpusOptions options_;
  std::uint64_t byte_count_ = 0;
  CorpusReport listing_report_;
  std::shared_ptr<InputCopy> input_copy_;
  mutable CorpusReport report_;
  mutable bool input_is_read_ = false;
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
