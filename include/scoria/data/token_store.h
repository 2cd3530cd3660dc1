#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "scoria/data/corpus.h"
#include "scoria/text/wordpiece.h"

namespace scoria {

/// A corpus as token ids in memory: documents of sentences of tokens. Two bytes a token up to a vocabulary of
/// 65536, else four, and 8 bytes a sentence and a document.
class TokenStore {
 public:
  explicit TokenStore(std::int32_t vocabulary_size);

  /// Adds a document: the sentences' tokens one after the other, and each one's length. Empty sentences and a
  /// document without any token are left out. Throws Error (Usage) for an id outside the vocabulary.
  void add_document(std::span<const std::int32_t> ids, std::span<const std::uint32_t> sentence_lengths);
  /// Adds the documents of another store over the same vocabulary.
  void append(const TokenStore& other);

  std::int32_t vocabulary_size() const { return vocabulary_size_; }
  std::uint64_t document_count() const { return document_begin_.size() - 1; }
  std::uint64_t sentence_count() const { return sentence_begin_.size() - 1; }
  std::uint64_t token_count() const { return sentence_begin_.back(); }
  std::size_t byte_count() const;

  /// Sentences are numbered through the whole store; a document's are [first_sentence(d), first_sentence(d + 1)).
  std::uint64_t first_sentence(std::uint64_t document) const { return document_begin_[document]; }
  std::uint64_t sentences_in(std::uint64_t document) const {
    return document_begin_[document + 1] - document_begin_[document];
  }
  std::uint64_t first_token(std::uint64_t sentence) const { return sentence_begin_[sentence]; }
  std::uint64_t sentence_length(std::uint64_t sentence) const {
    return sentence_begin_[sentence + 1] - sentence_begin_[sentence];
  }
  std::int32_t token(std::uint64_t position) const {
    return narrow_ ? ids16_[position] : static_cast<std::int32_t>(ids32_[position]);
  }

  /// A number that any change of the tokens or their division changes: by it a resumed run knows its data.
  std::uint64_t fingerprint() const;

 private:
  std::int32_t vocabulary_size_;
  bool narrow_;
  std::vector<std::uint16_t> ids16_;
  std::vector<std::uint32_t> ids32_;
  std::vector<std::uint64_t> sentence_begin_{0};
  std::vector<std::uint64_t> document_begin_{0};
};

struct TokenizeOptions {
  LineMeaning lines = LineMeaning::Prose;
  /// A longer sentence is stored as several of at most this many tokens, so that text without sentence ends
  /// is still used throughout and not only where pretraining's truncation leaves it.
  std::uint32_t max_sentence_tokens = 256;
  /// 0: every core. The result is the same for any number.
  int thread_count = 0;
};

/// Reads a corpus once and tokenizes it. What for_each_document throws; and Error (Input) if not one token
/// came of it.
TokenStore tokenize_corpus(const Corpus& corpus, const WordPiece& tokenizer, const TokenizeOptions& options = {},
                           const CorpusProgress& progress = {});

/// Two lists of document numbers, each ascending: those to train on, and those held out.
struct HeldOut {
  std::vector<std::uint32_t> training;
  std::vector<std::uint32_t> evaluation;
};

/// Holds out `fraction` of the documents, at least two: a pure function of the store's division and the seed.
/// Only documents of at least two sentences are held out. A corpus too small to leave two documents, one of
/// them of two sentences, on either side holds out none.
HeldOut hold_out(const TokenStore& store, double fraction, std::uint64_t seed);

}  // namespace scoria
