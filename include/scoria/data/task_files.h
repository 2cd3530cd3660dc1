#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoria {

/// The files that people fine-tune and predict from: labelled texts, tagged sentences, questions on a text.
///
/// Every reader takes a path, or "-" for standard input; a file compressed with zstd is unpacked whatever its name.
/// Text comes out as valid UTF-8: a byte that is not becomes U+FFFD, NUL and a byte-order mark go, CR LF is a line end.
/// A row that does not fit the rest is left out and counted, up to one in 100: GLUE's QQP has such rows. Beyond that,
/// so always in a file of less than 100 rows, the first one is an error.
///
/// Throws Error (Input), one line that names the file and the line, for a file that is not there, is no UTF-8 text
/// (told as Corpus does), is damaged inside its compression, holds nothing, or has a line or row of more than 16 MiB;
/// Error (Io) where the system refuses to read it.

/// How often something odd was met, and where first ("dev.tsv line 7: why").
struct CountedPlace {
  std::uint64_t count = 0;
  std::string first;
  void add(std::string_view place, std::uint64_t more = 1);
};

/// A row that does not fit the rest of its file.
struct RowFault {
  std::int64_t line = 0;
  std::string why;
};

/// What was odd in the files read with it and did not stop the reading.
struct TaskFileReport {
  CountedPlace invalid_utf8;      ///< bytes that are not UTF-8, read as U+FFFD
  CountedPlace nul_characters;    ///< dropped
  CountedPlace rows_left_out;     ///< rows, sentences or questions that do not fit the others
  CountedPlace without_label;     ///< rows whose label is empty, or "-" under gold_label (SNLI, MNLI): left out
  CountedPlace answers_moved;     ///< answers that were not at their answer_start, found where their text occurs
  CountedPlace answers_unplaced;  ///< answers without a place: their text occurs not once, or several times
  /// Where this is given, rows that do not fit are listed here, in their order, and are no error however many there are.
  std::optional<std::vector<RowFault>> row_faults = {};
  /// One line for each that occurred: "dev.tsv line 7: ...", ready to print.
  std::vector<std::string> lines() const;
};

struct LabelledText {
  std::string first;
  std::optional<std::string> second;  ///< of a pair
  std::string label;                  ///< a class or a score, as it is written; empty if none was asked for
  std::int64_t line = 0;              ///< of the file, from 1
};

enum class TextFileFormat {
  ByName,     ///< .tsv, .csv, .jsonl, .ndjson, each also with .zst; else JSON lines if it starts so, else TSV
  Tsv,        ///< columns apart by a tab, lines by a line end, no quoting: a " is a character (GLUE)
  Csv,        ///< RFC 4180: fields may be in quotes, "" is one, line ends inside count to the text
  JsonLines,  ///< an object a line
};

/// Where a row's text and label are: names of the header or of JSON members, or numbers of columns from 1 (as cut -f
/// counts). A table has a header if a column is given by name, or if its first row is one that is known.
///
/// What is left empty is found by the known names, whatever their case. Pairs: sentence1 + sentence2, question1 +
/// question2, question + sentence, premise + hypothesis, question + passage, text_a + text_b, "#1 String" + "#2 String"
/// (MRPC). One text: sentence, text, review. Labels: gold_label, label, quality, score, is_duplicate. Without a header,
/// four columns of which the second is 0 or 1 and the third empty or "*" are CoLA's.
struct TextColumns {
  std::string text = {};   ///< --text-column
  std::string pair = {};   ///< --pair-column; empty: none, if text is given
  std::string label = {};  ///< --label-column
};

struct LabelledTextOptions {
  TextColumns columns = {};
  TextFileFormat format = TextFileFormat::ByName;
  bool labelled = true;  ///< false: no label is looked for (files to predict from)
};

/// Rows in the file's order; blank lines are passed over. In JSON a label may be a string, a number or a truth value.
/// Throws Error (Input) where the columns are not found, with the columns that there are and the flag that chooses; and
/// as said above.
std::vector<LabelledText> read_labelled_texts(const std::filesystem::path& path, const LabelledTextOptions& options,
                                              TaskFileReport& report);

/// The labels that occur, each once: by value if all are integers, else byte by byte (transformers' example scripts).
std::vector<std::string> label_names(const std::vector<LabelledText>& rows);

/// Each row's place in `names`. Throws Error (Input), naming the row's line and the known labels, for another label.
/// `file` is for the message.
std::vector<std::int32_t> label_ids(const std::vector<LabelledText>& rows, const std::vector<std::string>& names,
                                    std::string_view file);

/// Labels as numbers, for regression. Throws Error (Input), naming the line, for one that is no finite number.
std::vector<float> label_scores(const std::vector<LabelledText>& rows, std::string_view file);

struct TaggedSentence {
  std::vector<std::string> words;
  std::vector<std::string> tags;  ///< one a word, as they are written (BIO, IOB1, IOBES, ...); none if not asked for
  std::int64_t line = 0;          ///< of its first word, from 1
};

/// Where words and tags are. In column files numbers of columns from 1; in JSON lines names of members.
struct TagColumns {
  std::string words = {};  ///< --word-column; empty: the first column; "tokens" or "words"
  std::string tags = {};   ///< --tag-column; empty: the last column; "ner_tags", "tags" or "labels"
};

struct TaggedSentenceOptions {
  TagColumns columns = {};
  bool tagged = true;  ///< false: no tags are looked for
};

/// Reads CoNLL column files, and JSON lines of {"tokens": [strings], "ner_tags": [strings]} (told by their first
/// bytes).
///
/// A column file has a word a line, its columns apart by tabs if it has one, else by spaces; a blank line ends a
/// sentence, and lines of the word -DOCSTART- are passed over. All lines have as many columns as the first; one that
/// has not spoils its sentence.
std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& path,
                                                  const TaggedSentenceOptions& options, TaskFileReport& report);

/// The tags that occur, each once: O first, then by type, and B- before I- of a type (other prefixes by their letter).
std::vector<std::string> tag_names(const std::vector<TaggedSentence>& sentences);

/// Each sentence's tags by their place in `names`. Throws Error (Input), as label_ids does.
std::vector<std::vector<std::int32_t>> tag_ids(const std::vector<TaggedSentence>& sentences,
                                               const std::vector<std::string>& names, std::string_view file);

struct AnswerSpan {
  std::string text;                  ///< what metrics compare with
  std::optional<std::size_t> begin;  ///< of the text in the context, in bytes; none if it has no certain place
};

struct ReadingQuestion {
  std::string id = {}, question = {};
  std::shared_ptr<const std::string> context = {};  ///< never null; the questions of a paragraph share it
  std::vector<AnswerSpan> answers = {};             ///< as the annotators gave them, equal ones included
  bool impossible = false;                          ///< the context does not answer it (v2.0)
};

/// Reads SQuAD's JSON, v1.1 and v2.0 (data > paragraphs > qas), and JSON lines of {"id", "question", "context",
/// "answers": {"text": [..], "answer_start": [..]}}, as datasets writes them; which it is, is told by the content. An
/// id may be a number and may be missing: then it is the number of the question, from 1. Answers may be missing (to
/// predict). Impossible is what is_impossible says, else, in JSON lines, that the lists of answers are empty.
///
/// answer_start counts code points. An answer that is not there is placed where its text occurs, if that is once, and
/// counted; else it has no place, and is counted: train on answers with a place, evaluate on all texts.
///
/// The whole file is read: 512 MiB at most, a context 1 MiB at most.
/// Throws Error (Input) naming the member that is missing or of the wrong type and where, or an id that comes twice.
std::vector<ReadingQuestion> read_questions(const std::filesystem::path& path, TaskFileReport& report);

}  // namespace scoria
