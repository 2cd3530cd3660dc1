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
/// JSON is read wherever its objects stand: one a line, in an array, in {"data": [...]}, or one behind the other over
/// several lines; which, is told by the content. An array that is broken is an error with its place.
/// Where the format is a guess and nothing but text is left, a file that starts with [, { or < is refused.
///
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
  std::uint64_t rows_before = 0;  ///< that fit: its place among them
  std::string why;
};

/// What was odd in the files read with it and did not stop the reading.
struct TaskFileReport {
  CountedPlace invalid_utf8;       ///< bytes that are not UTF-8, read as U+FFFD
  CountedPlace nul_characters;     ///< dropped
  CountedPlace rows_left_out;      ///< rows, sentences or questions that do not fit the others
  CountedPlace without_label;      ///< rows whose label is empty, or "-" under gold_label (SNLI, MNLI): left out
  CountedPlace answers_moved;      ///< answers that were not at their answer_start, found where their text occurs
  CountedPlace answers_unplaced;   ///< answers without a place: their text occurs not once, or several times
  CountedPlace comments;           ///< lines of column files that are no words: # comments, ranges, empty nodes
  std::vector<std::string> notes;  ///< what was found out and is not odd: which columns were taken
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
  /// In place of `label` where a text may have several: those it has, maybe none. All rows of a file have it or none.
  std::optional<std::vector<std::string>> labels = {};
  /// Where the file gives 0 or 1 for every label: all there are, shared by the rows. Else null: the rows name them.
  std::shared_ptr<const std::vector<std::string>> all_labels = {};
};

enum class TextFileFormat {
  ByName,  ///< .tsv, .csv, .jsonl, .ndjson, .json, each also with .zst; else JSON if it starts so, else TSV
  Tsv,     ///< columns apart by a tab, lines by a line end, no quoting: a " is a character (GLUE)
  Csv,     ///< RFC 4180: fields may be in quotes, "" is one, line ends inside count to the text
  Json,    ///< objects
};

/// Where a row's text and label are: names of the header or of JSON members, or numbers of columns from 1 (as cut -f
/// counts). A table has a header if a column is given by name, or if its first row is one that is known.
///
/// What is left empty is found by the known names, whatever their case. Pairs: sentence1 + sentence2, question1 +
/// question2, question + sentence, premise + hypothesis, question + passage, text_a + text_b, "#1 String" + "#2 String"
/// (MRPC). One text: sentence, text, comment_text, review. Labels: gold_label, label, labels, quality, score,
/// is_duplicate. Without a header, four columns of which the second is 0 or 1 and the third empty or "*" are CoLA's.
///
/// Where no label is known by its name, two columns or more that hold 0 or 1 (or true or false) in the first row are
/// labels, of which a text may have several (toxic-comments): a later row that holds another value there is an error.
struct TextColumns {
  std::string text = {};   ///< --text-column
  std::string pair = {};   ///< --pair-column; empty: none, if text is given
  std::string label = {};  ///< --label-column; several with commas: each holds 0 or 1
};

struct LabelledTextOptions {
  TextColumns columns = {};
  TextFileFormat format = TextFileFormat::ByName;
  bool labelled = true;  ///< false: no label is looked for (files to predict from)
};

/// Rows in the file's order; blank lines are passed over. In JSON a label may be a string, a number or a truth value;
/// or a list, and then a text may have several labels: their names, or their numbers; or, where all lists are of one
/// length of at least two, 0 or 1 for each label, whose names are "0", "1" and so on. Throws Error (Input) where the
/// columns are not found, with the columns that there are and the flag that chooses; and as said above.
std::vector<LabelledText> read_labelled_texts(const std::filesystem::path& path, const LabelledTextOptions& options,
                                              TaskFileReport& report);

/// Whether a text of the file may have several labels.
bool has_label_lists(const std::vector<LabelledText>& rows);

/// The labels that occur, each once: by value if all are integers, else byte by byte (transformers' example scripts).
/// Of columns of 0 and 1 all, in their order.
std::vector<std::string> label_names(const std::vector<LabelledText>& rows);

/// `known`, the names that a model has, where all of `names` are among them; in other capitals too (Unicode's simple
/// lower case), if no two of `known` are the same then; or where `names` are all the numbers from 0 to that of the last
/// of `known`. Else `names`.
std::vector<std::string> in_known_order(std::vector<std::string> names, const std::vector<std::string>& known);

/// Each row's place in `names`: of the label itself; or of the one that differs from it in capitals alone, if that is
/// one; or, for a number where no name is one, of the name so far down the list. Throws Error (Input), naming the row's
/// line and the known labels, for another label. `file` is for the message.
std::vector<std::int32_t> label_ids(const std::vector<LabelledText>& rows, const std::vector<std::string>& names,
                                    std::string_view file);

/// The same where a text may have several: ascending, each once. A row with a single label has that alone.
std::vector<std::vector<std::int32_t>> label_sets(const std::vector<LabelledText>& rows,
                                                  const std::vector<std::string>& names, std::string_view file);

/// Labels as numbers, for regression. Throws Error (Input), naming the line, for one that is no finite number.
std::vector<float> label_scores(const std::vector<LabelledText>& rows, std::string_view file);

struct TaggedSentence {
  std::vector<std::string> words;
  std::vector<std::string> tags;  ///< one a word, as they are written (BIO, IOB1, IOBES, ...); none if not asked for
  std::int64_t line = 0;          ///< of its first word, from 1
};

/// Where words and tags are. In column files numbers of columns from 1; in JSON names of members.
struct TagColumns {
  std::string words = {};  ///< --word-column; empty: the first column; "tokens" or "words"
  std::string tags = {};   ///< --tag-column; empty: the last column; "ner_tags", "tags" or "labels"
};

enum class TaggedFileFormat {
  ByContent,  ///< JSON by its name (*.jsonl, *.ndjson, *.json) or its first bytes, else columns
  Columns,
  Json,
};

struct TaggedSentenceOptions {
  TagColumns columns = {};
  TaggedFileFormat format = TaggedFileFormat::ByContent;
  bool tagged = true;  ///< false: no tags are looked for
};

/// Reads CoNLL column files, and JSON objects of {"tokens": [strings], "ner_tags": [strings or integers]}; integers are
/// tags that a list names by their place in it (datasets' ClassLabel): see tag_ids.
///
/// A column file has a word a line, its columns apart by tabs if it has one, else by spaces; a blank line ends a
/// sentence, and lines of the word -DOCSTART- are passed over. All lines have as many columns as the first; one that
/// has not spoils its sentence. In a file with tabs a word may be empty, and keeps its place.
///
/// A line that begins with # before a sentence's first word is a comment (# id ..., # sent_id = ..., #begin document),
/// passed over and counted, unless it has the file's columns and a tag: O, B-PER, or one that has come before. Inside a
/// sentence # is a word.
///
/// Where the first column counts a sentence's words from 1 (CoNLL-U, GermEval, Universal NER), the words are the second
/// column, and the tags the first column behind it that holds tags as O and B-PER; a note says which. Lines of ranges
/// (1-2) and of empty nodes (1.1) are passed over then.
std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& path,
                                                  const TaggedSentenceOptions& options, TaskFileReport& report);

/// The tags that occur, each once: O first, then by type, and B- before I- of a type (other prefixes by their letter).
std::vector<std::string> tag_names(const std::vector<TaggedSentence>& sentences);

/// Whether the tags are numbers and not names.
bool are_numbers(const std::vector<TaggedSentence>& sentences);

/// Each sentence's tags by their place in `names`, found as label_ids does. Throws Error (Input), as it does.
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

/// Reads SQuAD's JSON, v1.1 and v2.0 (data > paragraphs > qas), and records of {"id", "question", "context",
/// "answers": {"text": [..], "answer_start": [..]}} or "answers": [{"text", "answer_start"}], as datasets writes them:
/// one a line, in an array, or in {"data": [...]}. An id may be a number and may be missing: then it is the number of
/// the question, from 1. Answers may be missing (to predict). Impossible is what is_impossible says, else, of a record,
/// that it has answers and they are none.
///
/// answer_start counts code points. An answer that is not there is placed where its text occurs, if that is once, and
/// counted; else it has no place, and is counted: train on answers with a place, evaluate on all texts.
///
/// An article or record has 512 MiB at most, a context 1 MiB at most.
/// Throws Error (Input) naming the member that is missing or of the wrong type and where, or an id that comes twice.
std::vector<ReadingQuestion> read_questions(const std::filesystem::path& path, TaskFileReport& report);

}  // namespace scoria
