#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoria/text/encoding.h"

namespace scoria {

/// Whose reading of BERT's tokenization to follow where the systems differ.
///
///                         HuggingFace (transformers' BertTokenizerFast)    Google (bert/tokenization.py)
///   special tokens        "[MASK]" in raw text is the token                split at the brackets
///   longest word          100 characters, longer is [UNK]                  200 characters
///   lower-casing          each letter alone                                final sigma becomes U+03C2
///   Unicode               the library's own tables, pinned in our source   those of the installed utf8proc
///   removed               also private use characters                      control and format only
///   ideographs            U+2B820..2B91F not split                         split
enum class TextContract { HuggingFace, Google };

/// How raw text becomes words.
struct TextOptions {
  bool lower_case = true;
  /// Unset: follows lower_case, as in BERT.
  std::optional<bool> strip_accents = {};
  /// Each ideograph is a word. Korean and kana are not concerned.
  bool split_ideographs = true;
  /// Drops control characters and turns every kind of space into a word boundary.
  bool clean_text = true;
  TextContract contract = TextContract::HuggingFace;
};

struct WordPieceOptions {
  TextOptions text = {};
  /// Words of more characters, counted after normalization, are [UNK]. Unset: the contract's limit.
  std::optional<int> max_word_characters = {};
  /// Unset: true for HuggingFace, false for Google.
  std::optional<bool> keep_special_tokens = {};
};

/// A token that is found in text before anything else is done with it, special or not; the flags are those of Hugging
/// Face's tokenizers. Of several that start at the same place the longest counts.
struct AddedToken {
  std::string content;
  std::int32_t id = -1;
  bool special = true;       ///< skipped by decode
  bool normalized = false;   ///< normalized first, and then looked for in normalized text
  bool single_word = false;  ///< not beside a letter, digit, mark or underscore
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

/// The tokenizer of a BERT: WordPiece, or what else stands behind BERT's architecture.
///
///     Tokenizer tokenizer = Tokenizer::load("run/");            // or a vocab.txt
///     Encoding e = tokenizer.encode("Hello, world!");           // [CLS] hello , world ! [SEP]
///
/// Added tokens ("[MASK]") are taken out; between them WordPiece does its work: clean-up, ideograph spacing, accent
/// stripping and lower-casing, then words split at spaces and around punctuation, then for each word the longest piece
/// of the vocabulary from the left, again and again; a word that cannot be covered is one [UNK]. Bytes that are not
/// UTF-8 count as U+FFFD, which BERT drops.
///
/// A folder whose tokenizer.json holds a Unigram model (SentencePiece's, with its normalizer, Metaspace, template and
/// decoder) is read as Hugging Face's tokenizers reads it: text between added tokens is normalized, cut into pieces that
/// begin where words do, and each piece covered by the likeliest tokens. Where its unknown token is missing, encode
/// throws Error (Input) for a character that no token covers.
///
/// Immutable: any number of threads may share one. Copies share the vocabulary.
/// Texts of 4 GiB and more are refused with Error (Usage).
class Tokenizer {
 public:
  /// A vocabulary in memory: tokens[i] has id i. The five special tokens [PAD], [UNK], [CLS], [SEP] and [MASK]
  /// must be there, anywhere. An empty token is an id that no text has; of a token that is there twice the last id
  /// counts. Throws Error (Input) naming the line for a missing special, text that is not UTF-8, a token of over 1000
  /// bytes, no tokens at all or more than 2^22.
  explicit Tokenizer(std::vector<std::string> tokens, const WordPieceOptions& options = {});

  /// Reads a vocab.txt (one token a line, the line number is the id), or a folder that holds one or a tokenizer.json.
  ///
  /// Of a folder the tokenizer is that of transformers 5: from tokenizer.json, tokenizer_config.json (and the class
  /// that config.json names), special_tokens_map.json, added_tokens.json and vocab.txt. What tokenizer.json and
  /// tokenizer_config.json say differently is told in the log; vocab.txt beside tokenizer.json is compared alone. A
  /// single file says nothing of options: the defaults are those of the uncased models. Space at the end of a line is
  /// not part of the token, an empty line is an id that no text has.
  /// Throws Error (Io) if a file cannot be read; Error (Input) if it is not there or, naming the line or key, wrong, if
  /// the words of its class are not cut here, or if transformers and tokenizers would read the files differently.
  /// Truncation and padding that tokenizer.json asks for are passed over, as by transformers: see EncodeOptions.
  static Tokenizer load(const std::filesystem::path& path);
  /// As above, with these options instead of the folder's.
  static Tokenizer load(const std::filesystem::path& path, const WordPieceOptions& options);

  /// This tokenizer, with text lower-cased first and no more than that: the do_lower_case of sentence-transformers,
  /// which is not BERT's (accents stay where they stayed). Throws Error (Input) if the model behind it cannot.
  Tokenizer lower_cased() const;

  /// The highest id plus one: the rows that a model's embedding must have.
  std::int32_t size() const;
  /// "WordPiece", as tokenizer.json calls it, or another.
  std::string_view model_name() const;
  /// Defaults where the model is not WordPiece.
  const WordPieceOptions& options() const;
  /// The ids of what the files name pad_token and so on, whatever their text: "[CLS]", "<s>".
  std::int32_t pad_id() const;
  std::int32_t unk_id() const;
  std::int32_t cls_id() const;
  std::int32_t sep_id() const;
  /// -1: there is none.
  std::int32_t mask_id() const;
  /// One of the five, or an added token that is special.
  bool is_special(std::int32_t id) const;
  /// Whether a token is a further piece of the word before it: "##ing", or one without the mark of a word's start
  /// where the model has such. An added token is not.
  bool continues_word(std::int32_t id) const;
  /// In the order of their ids.
  std::span<const AddedToken> added_tokens() const;
  /// How many tokens encode adds to a text or a pair: 2 and 3 for [CLS] A [SEP] B [SEP].
  std::size_t special_token_count(bool is_pair) const;
  /// model_max_length of tokenizer_config.json: the longest input, special tokens included, that the model was made
  /// for. Nothing where it is not said. encode does not cut by itself.
  std::optional<std::int64_t> max_length() const;

  /// [CLS] text [SEP], or the text alone.
  Encoding encode(std::string_view text, bool add_special_tokens = true) const;
  /// [CLS] first [SEP] second [SEP], or first and second alone; segments tell them apart.
  Encoding encode_pair(std::string_view first, std::string_view second, bool add_special_tokens = true) const;
  /// A text or pair, cut and padded as the options say. Throws Error (Usage) for options that cannot be met.
  Encoding encode(const TextInput& input, const EncodeOptions& options) const;
  /// Each of many, on thread_count threads (0: host_threads()): the same for any number of them. Where one input
  /// cannot be encoded, what is thrown names its number.
  std::vector<Encoding> encode_batch(std::span<const TextInput> inputs, const EncodeOptions& options = {},
                                     int thread_count = 0) const;
  /// Adds the tokens of the text alone, with their offsets, to what the lists already hold.
  void append(std::string_view text, std::vector<std::int32_t>& ids, std::vector<TokenSpan>& offsets) const;
  /// The ids of the text alone, after what `ids` already holds: the fast way through a corpus.
  void append_ids(std::string_view text, std::vector<std::int32_t>& ids) const;

  /// The words of a text after normalization; a special token that is kept whole is one as well.
  std::vector<NormalizedWord> normalize(std::string_view text) const;

  /// Text from ids, as Hugging Face's decoder makes it: pieces glued, other tokens separated by a space and, with
  /// clean_up, no space before . , ! ? and inside English contractions ("don't", "we've"). A Unigram model's decoder is
  /// that of its tokenizer.json, and clean_up changes nothing.
  /// Throws Error (Usage) for an id outside the vocabulary.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens = true, bool clean_up = true) const;

  /// An added token that is normalized is shown so. Empty for an id without a token.
  /// Throws Error (Usage) for an id outside the vocabulary.
  const std::string& token(std::int32_t id) const;
  std::vector<std::string> tokens(std::span<const std::int32_t> ids) const;
  /// Nothing if the vocabulary has no such token.
  std::optional<std::int32_t> id(std::string_view token) const;

  /// The files by which transformers and tokenizers load this tokenizer, as text.
  std::string vocab_txt() const;
  std::string tokenizer_json() const;
  std::string tokenizer_config_json(std::int64_t max_length = 512) const;
  std::string special_tokens_map_json() const;
  /// Those that save writes, by name: vocab.txt (of a WordPiece), tokenizer.json, tokenizer_config.json,
  /// special_tokens_map.json. max_length is the model's.
  std::vector<std::pair<std::string, std::string>> files(std::int64_t max_length = 512) const;
  /// Writes them into a folder that exists: under other names first, so that none is left cut off. Throws Error (Io).
  void save(const std::filesystem::path& folder, std::int64_t max_length = 512) const;

  /// For the library itself.
  struct Model;
  explicit Tokenizer(std::shared_ptr<const Model> model);
  const Model& model() const;

 private:
  std::shared_ptr<const Model> model_;
};

}  // namespace scoria
