#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/text/tokenizer.h"

namespace scoria {

/// Whole documents in a row, read-only. Documents and sentences are numbered within the block.
class TokenBlock {
 public:
  TokenBlock() = default;
  /// Where each document's sentences and each sentence's tokens end, the ids in 16 bits or, where `narrow` is null, in
  /// 32, and what keeps them in memory.
  TokenBlock(std::span<const std::uint32_t> sentence_end, std::span<const std::uint32_t> token_end,
             const std::uint16_t* narrow, const std::uint32_t* wide, std::shared_ptr<const void> keep)
      : sentence_end_(sentence_end), token_end_(token_end), narrow_(narrow), wide_(wide), keep_(std::move(keep)) {}

  std::uint32_t document_count() const { return static_cast<std::uint32_t>(sentence_end_.size()); }
  std::uint32_t sentence_count() const { return static_cast<std::uint32_t>(token_end_.size()); }
  /// A document's sentences are [first_sentence(d), first_sentence(d + 1)), a sentence's tokens likewise.
  std::uint32_t first_sentence(std::uint32_t document) const { return document == 0 ? 0 : sentence_end_[document - 1]; }
  std::uint32_t first_token(std::uint32_t sentence) const { return sentence == 0 ? 0 : token_end_[sentence - 1]; }
  std::uint32_t sentences_in(std::uint32_t document) const {
    return first_sentence(document + 1) - first_sentence(document);
  }
  std::uint32_t sentence_length(std::uint32_t sentence) const {
    return first_token(sentence + 1) - first_token(sentence);
  }
  std::uint32_t token_count() const { return first_token(sentence_count()); }
  std::int32_t token(std::uint32_t at) const { return narrow_ ? narrow_[at] : static_cast<std::int32_t>(wide_[at]); }

 private:
  std::span<const std::uint32_t> sentence_end_, token_end_;
  const std::uint16_t* narrow_ = nullptr;
  const std::uint32_t* wide_ = nullptr;
  std::shared_ptr<const void> keep_;
};

/// A corpus as token ids, documents of sentences of tokens, in memory or in shards on disk. Two bytes a token up to a
/// vocabulary of 65536, else four, and four bytes a sentence and a document.
///
/// Documents are kept in blocks of 16384 tokens or a little more (a longer document makes a longer block). From disk a
/// block is read when it is asked for, through a memory map; what stays in memory is 40 bytes a block (a thousandth of
/// the store) and at most 16 MiB of mapped shards (or two documents, if longer). Any number of threads may read.
class TokenStore {
 public:
  /// Empty, in memory.
  explicit TokenStore(std::int32_t vocabulary_size);
  /// The shards that write_token_shards left in a folder. A block is proved, checksum and contents, when it is first
  /// read. Throws Error (Input), naming file and byte, for what is damaged, not whole, or made with another vocabulary.
  static TokenStore open(const std::filesystem::path& folder, const Tokenizer& tokenizer);
  ~TokenStore();
  TokenStore(TokenStore&&) noexcept;
  TokenStore& operator=(TokenStore&&) noexcept;

  /// Adds a document, in memory: the sentences' tokens one after the other, and each one's length. Empty sentences and
  /// a document without any token are left out. Throws Error (Usage) for an id outside the vocabulary.
  void add_document(std::span<const std::int32_t> ids, std::span<const std::uint32_t> sentence_lengths);
  /// Adds the documents of another store in memory over the same vocabulary.
  void append(TokenStore other);

  std::int32_t vocabulary_size() const;
  std::uint64_t document_count() const;
  std::uint64_t sentence_count() const;
  std::uint64_t token_count() const;

  std::size_t block_count() const;
  /// Documents before a block; before block_count(): all of them.
  std::uint64_t first_document(std::size_t block) const;
  /// The block that holds a document.
  std::size_t block_of(std::uint64_t document) const;
  /// In memory it looks into the store and lives no longer than it, or than the next document added.
  TokenBlock block(std::size_t number) const;

  /// A number that any change of the tokens or their division changes: by it a resumed run knows its data. The same in
  /// memory and on disk.
  std::uint64_t fingerprint() const;

 private:
  struct State;
  explicit TokenStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct TokenizeOptions {
  LineMeaning lines = LineMeaning::Prose;
  /// A longer sentence is stored as several of at most this many tokens, so that text without sentence ends
  /// is still used throughout and not only where pretraining's truncation leaves it.
  std::uint32_t max_sentence_tokens = 256;
  /// 0: host_threads(). The result is the same for any number.
  int thread_count = 0;
};

/// Reads a corpus once and tokenizes it. What for_each_document throws; and Error (Input) if not one token
/// came of it.
TokenStore tokenize_corpus(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options = {},
                           const CorpusProgress& progress = {});

/// The same into shards on disk, the same bytes for any number of threads: `folder` appears whole or not at all, and
/// replaces one that was there. It holds shard-00000.bin and so on, 8 MiB each, the tokenizer's files, manifest.json
/// (sizes and checksums), and corpus.txt, which names the files it was made of.
///
/// Memory does not grow with the corpus: a few MiB of text a thread (or one document, if it is longer) and a shard.
void write_token_shards(const Corpus& corpus, const Tokenizer& tokenizer, const TokenizeOptions& options,
                        const std::filesystem::path& folder, const CorpusProgress& progress = {});

/// Whether a folder is what write_token_shards would make of this: the corpus by the names, sizes and times of its
/// files. False for no folder, or one that cannot be opened.
bool are_token_shards_of(const std::filesystem::path& folder, const Corpus& corpus, const Tokenizer& tokenizer,
                         const TokenizeOptions& options);

/// Some of a store's documents: all of them, the listed ones, or all but the listed ones.
struct DocumentChoice {
  enum class Rule { All, Only, AllBut };
  Rule rule = Rule::All;
  std::vector<std::uint32_t> listed;  ///< ascending, each once
  /// Whether it can be of no document.
  bool empty() const { return rule == Rule::Only && listed.empty(); }
};

struct HeldOut {
  DocumentChoice training;                                    ///< all but those held out
  DocumentChoice evaluation{DocumentChoice::Rule::Only, {}};  ///< only those held out; may list none
};

/// Holds out `fraction` of the documents, at least two and at most 10000: a pure function of the store's division and
/// the seed. Only documents of at least two sentences are held out. A corpus too small to leave two documents, one of
/// them of two sentences, on either side holds out none.
HeldOut hold_out(const TokenStore& store, double fraction, std::uint64_t seed);

}  // namespace scoria
